"""Find headers that say that a person's account is closed: 是否注销, 销户时间, is_deleted,
closed_at.

Closed accounts must not be contacted, so words under such a header are read as under a refusal: any
time and any word but a clear no. In a file of users a deleted row is a deleted person; elsewhere
only an account can be closed, and 是否删除 describes a line, an address or a message.
"""

from __future__ import annotations

import re
from functools import lru_cache

from data_contracts.mappings.spelling import simplified

_SIGNS = re.compile("[?:*\"'“”]|\\([^()]*\\)$")
_WHO = "(用户|会员|客户|顾客|粉丝|账号|账户|帐号|帐户)*"
_WHO_LATIN = "(user|member|customer|client|account|profile)"
_DONE = "(是否|是不是|有没有|有无|已|已经|被|主动|自助|申请)*"
_ENDING = "(状态|标志位?|标识|标记|与否|flag)?(时间|日期|时刻|time|date|at)?"
_ENDING_LATIN = "(flag|status|state)?(at|on|date|time|datetime|timestamp)?"
_ENDED = "(closed|closure|deactivated|deregistered|deleted?|terminated|cancell?ed|erased)"
_ACCOUNT = re.compile(
    f"{_DONE}{_WHO}{_DONE}(注销|销户|销号|退会){_ENDING}"
    f"|(is|has|was)?{_WHO_LATIN}(is|was)?{_ENDED}{_ENDING_LATIN}"
    f"|(is|was)?(deregistered|deceased){_ENDING_LATIN}"
)
_RECORD = re.compile(
    f"{_DONE}{_WHO}{_DONE}(逻辑|软)?删除{_ENDING}"
    f"|(is|has|was|soft)*(removed|anonymi[sz]ed|{_ENDED}){_ENDING_LATIN}"
    "|(is)?del(flag|time|date|at)|isdel|date(deleted|closed)|deletion(date|time)"
)
# A button copied from a web page, not an answer.
_BARE = re.compile("删除|注销|销户|销号|退会|delete")


@lru_cache(maxsize=4096)
def closes_account(header: str, *, is_of_users: bool) -> bool:
    """Whether a header, normalised by `spelling.normal`, says that the person's account is closed.

    >>> [closes_account(one, is_of_users=False) for one in ("注销时间", "是否删除", "核销时间")]
    [True, False, False]
    """
    text = _SIGNS.sub("", simplified(header))
    if _BARE.fullmatch(text):
        return False
    return bool(_ACCOUNT.fullmatch(text) or (is_of_users and _RECORD.fullmatch(text)))
