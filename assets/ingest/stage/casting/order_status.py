"""Combine an order's own status with what other columns say of it.

Returns SQL. A word under 售后状态, 支付状态, 是否取消 or 发货状态 becomes a status code, or
`nothing` if all is well or undecided. A word with an unknown meaning is kept, so that its row is
quarantined with the word. Rules for several codes:

- cancelled is cancelled; unpaid is no sale unless the goods were sent (cash on delivery);
- an order that is cancelled or unpaid stays so, whatever was returned;
- a full refund cancels what was never sent, and is a refund of what was;
- goods that were dispatched are sent, even if the order's own status is behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assets.ingest.stage.casting.type_casting import (
    FALSE_WORDS,
    MORE_FALSE_WORDS,
    MORE_TRUE_WORDS,
    TRUE_WORDS,
    half_width,
    strip_invisible,
)
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from data_contracts.codes.orders import OrderStatus
from data_contracts.mappings.presets import (
    AFTER_SALES,
    CALLING_OFF,
    ITEM,
    NOTHING,
    PAPER,
    PAYMENT,
    SENDING,
    SENT_AT,
    VALIDITY,
)

UNSENT, SENT = "unsent", "sent"
_YES = [*TRUE_WORDS, *MORE_TRUE_WORDS, "对", "☑"]
_NO = [*FALSE_WORDS, *MORE_FALSE_WORDS, "x"]
_WELL = ["", "/", ".", "无", "没有", "暂无", "正常", "空", "none", "null", "nan", "na", "n/a"]
_WELL += ["normal", "ok"]
_NONE = ("无", "没有")  # under "valid": no, or no answer; `none` is an empty cell everywhere
_ASKED = ("是否", "is_", "is ", "has_")  # beginnings of a yes/no header
_SENT = ["shipped", "arrived", "completed"]

_CAME_BACK = (
    r"已退|(全额|全部|全)退|退(款|货)(已)?(成功|完成|完毕|到账|入库)|退(款|货)[(](成功|完成)|完成退"
    r"|^售后.{0,3}(成功|完成)|^(fully)?(refunded|returned)$|full(y)?refund"
    r"|refund(success|succe|complete|done)"
)
_DONE = r"^已?(成功|完成)$|^success(ful)?$|^completed?$"  # of a refund, under its own header
_NOT_PAID = (
    r"(未|待|没|没有|等待|尚未|等待买家|超时未)(付|支付|收款|到账|缴|结清)|[未没待].{0,3}(付款|支付)|欠"
    r"|(付|支付|付款|收款)(失败|超时|中|取消|关闭|异常|未)|^(失败|超时)|(失败|超时)$"
    r"|unpaid|notpaid|pending|fail|await|overdue|timeout|declined"
)
# kind of column → (pattern, meaning); the first match wins
_PATTERNS: dict[str, tuple[tuple[str, str], ...]] = {
    AFTER_SALES: (
        (
            r"部分|partial|换货|换新|补发|补寄|维修|未退|没退|不退|不支持|未成功|未完成|notrefund",
            NOTHING,
        ),
        (
            r"待|(申请|处理|退款|退货|审核|售后|换)中|^申请|退款申请|售后申请|同意|协商|举证",
            NOTHING,
        ),
        (f"{_CAME_BACK}|{_DONE}", "refunded"),
        (
            r"^[无没未]|拒绝|驳回|失败|关闭|取消|撤销|撤回|中$|审核|norefund|pending|process",
            NOTHING,
        ),
        (r"reject|fail|close|cancel|request|appl|wait|denied|declined", NOTHING),
    ),
    PAYMENT: (
        (r"部分|货到付|到付|月结|赊|无需|partial|cod$", "paid"),
        (r"未退|没退|退款?(中|失败|关闭|取消)|(申请|待|拒绝)退", "paid"),
        (_CAME_BACK, "refunded"),
        (_NOT_PAID, "unpaid"),
        (r"取消|关闭|作废|撤销|过期|void|cancel|expired|closed", "cancelled"),
        (
            r"付|收款|已收|到账|缴|结清|成功|完成|现金|刷卡|余额|paid|succe|complete|settled|authori|captured",
            "paid",
        ),
    ),
    CALLING_OFF: (
        (r"(未|没|不|否|非|无需|拒绝|申请|待|部分).{0,2}(取消|关闭|作废|撤|cancel)", NOTHING),
        (r"(取消|关闭|作废|撤)(中|失败)|^not|uncancel|^valid|^active|^有效", NOTHING),
        (r"取消|关闭|作废|撤|无效|cancel|close|void|invalid", "cancelled"),
    ),
    SENDING: (
        (r"无需|退|拒|缺货", NOTHING),
        (
            r"部分|待(收|签|确认|自提|提|核销|取)|未(签收|收货|提货|自提|核销)|等待(买家|确认)",
            "shipped",
        ),
        (r"未|待|没|不|备货|拣货|un|not|restocked|pending|processing", UNSENT),
        (r"签收|收货|已自提|已提货|核销|完成|delivered|complete", "completed"),
        (
            r"发货|发出|出库|配送|运输|在途|派送|揽|送达|到货|到店|到站|shipped|fulfilled|partial",
            "shipped",
        ),
    ),
}
_PATTERNS[PAPER] = ((r"作废|冲销|红冲|冲红|void", "cancelled"), (r"[未无][理由]*退|换货", NOTHING))
_PATTERNS[VALIDITY] = (
    (r"无效|失效|作废|取消|关闭|invalid|void|cancel|inactive", "cancelled"),
    (r"有效|生效|^valid|^active", NOTHING),
)
_PATTERNS[ITEM] = (
    (
        r"(取消|撤销|关闭|拒绝).{0,2}(退|售后)|(退.?.?|售后)(取消|撤销|关闭|失败|中)|未退|没退|不退",
        NOTHING,
    ),
    (r"部分|partial|申请|待退|待审|换货|补发|notrefund", NOTHING),
    (_CAME_BACK, "refunded"),
    (r"(未|待|没有?)(付|支付)|unpaid", "unpaid"),
    (r"(未|不).{0,2}(取消|关闭|作废)", NOTHING),
    (r"取消|交易关闭|订单关闭|^已?关闭$|作废|^cancel|^void", "cancelled"),
    (r"待(收|签|确认|自提|提)", "shipped"),
    (r"[未待]发|待出库|备货", UNSENT),
    (
        r"已?签收|已收货|已自提|已提货|核销|^已?完成$|交易(成功|完成)|^(delivered|completed?)$",
        "completed",
    ),
    (r"已?发货|已?出库|配送中|运输中|^shipped$", "shipped"),
)
_PRODUCT_S = (
    "商品",
    "货品",
    "宝贝",
    "单品",
    "item",
)  # headers that may mean the product
_YES_MEANS = {AFTER_SALES: "refunded", PAYMENT: "paid", CALLING_OFF: "cancelled"}
_YES_MEANS |= {SENDING: "shipped", VALIDITY: NOTHING, ITEM: NOTHING}
_NO_MEANS = {AFTER_SALES: NOTHING, PAYMENT: "unpaid", CALLING_OFF: NOTHING, SENDING: UNSENT}
_NO_MEANS |= {VALIDITY: "cancelled", ITEM: NOTHING}
# columns that may hold words of an order's own status, as 交易成功 under 支付状态
_OWN_MEANS = {PAYMENT: ["unpaid", "cancelled", "refunded"]}
_MEANINGS = [*OrderStatus.values(), UNSENT, SENT, NOTHING]


@dataclass(frozen=True)
class StatusColumn:
    """A status column next to the order's own: kind, header, SQL of its cell, translated words.

    `has_dates`: for a dispatch time, whether an empty one means not sent.
    """

    kind: str
    header: str
    cell: str
    translated: Mapping[str, str]
    has_dates: bool = False

    def meaning(self, word_map: str) -> str:
        """Write the meaning of the cell: one of `_MEANINGS`, or header and word if unknown.

        NULL for an empty cell. `word_map`: SQL map of words of an order's own status to codes.
        """
        if self.kind == SENT_AT:
            unsent = f"when {self.cell} is null then '{UNSENT}' " if self.has_dates else ""
            return f"case {unsent}when regexp_matches({self.cell}, '[1-9]') then '{SENT}' end"
        tries = []
        if self.translated:
            each = " ".join(
                f"when {literal(word)} then {literal(code)}"
                for word, code in self.translated.items()
            )
            tries.append(f"case trim({self.cell}) {each} end")
        is_question = self.header.casefold().startswith(_ASKED)
        open_ones = _NONE if self.kind == VALIDITY else ()
        well, no = ([w for w in listed if w not in open_ones] for listed in (_WELL, _NO))
        cases = [f"when word in {text_list(well)} then {literal(NOTHING)}"]
        if self.kind != PAPER:
            cases.insert(0, f"when word in {text_list(no)} then {literal(_NO_MEANS[self.kind])}")
        if self.kind != PAPER and (is_question or self.kind != AFTER_SALES):
            cases.insert(1, f"when word in {text_list(_YES)} then {literal(_YES_MEANS[self.kind])}")
        cases += [
            f"when regexp_matches(word, {literal(pattern)}) then {literal(code)}"
            for pattern, code in _PATTERNS[self.kind]
        ]
        if is_question and self.kind == AFTER_SALES:  # 是否退款: 退款
            cases.append("when regexp_matches(word, '退|^全[额部]$') then 'refunded'")
        plain = f"translate(lower({half_width(strip_invisible(self.cell))}), ' _-', '')"
        tries.append(
            f"list_extract(list_transform([{plain}], lambda word: case {' '.join(cases)} end), 1)"
        )
        if self.kind == PAYMENT:
            own = f"map_extract_value({word_map}, {half_width(strip_invisible(self.cell))})"
            own_meanings = text_list(_OWN_MEANS[self.kind])
            means = f"case when own in {own_meanings} then own when own <> '' then 'paid' end"
            tries.append(f"list_extract(list_transform([{own}], lambda own: {means}), 1)")
        if self.kind == PAPER:  # the amount of a return is unknown, but it is no sale
            tries.append(f"case when not {_is_return(self.cell)} then '{NOTHING}' end")
        if self.kind == ITEM:  # the status of the line or of the product
            own = f"map_extract_value({word_map}, {half_width(strip_invisible(self.cell))})"
            tries.append(f"list_extract(list_transform([{own}], lambda own: own), 1)")
            if any(sign in self.header.casefold() for sign in _PRODUCT_S):
                tries.append(literal(NOTHING))
        if self.kind == SENDING:  # any other word says nothing about the order
            tries.append(literal(NOTHING))
        tries.append(f"{literal(self.header + '：')} || trim({self.cell})")
        return f"case when {self.cell} is not null then coalesce({', '.join(tries)}) end"


def _is_return(cell: str) -> str:
    """Write the condition of a document type that takes goods or money back."""
    return f"regexp_matches(lower({cell}), '退|红字|return|refund')"


def combined_status(own: str, states: Sequence[StatusColumn], word_map: str) -> str:
    """Write the order's code from its own code (or unknown word) and the other status columns."""
    others = ", ".join(state.meaning(word_map) for state in states)
    unknown = f"list_filter(s.others, lambda word: word not in {text_list(_MEANINGS)})"
    is_open = "coalesce(s.own, 'refunded') = 'refunded'"
    is_sent = f"list_has_any(list_append(s.others, s.own), {literal(_SENT)})"
    # a dispatch time may be planned: the order's own status outweighs it
    came_back_later = f"list_contains(s.others, '{SENT}') and {is_open}"
    furthest = " ".join(
        f"when list_contains(s.others, {literal(code)}) then {literal(code)}"
        for code in reversed(_SENT)
    )
    cases = f"""
      when list_contains(s.others, 'cancelled') then 'cancelled'
      when s.own not in {text_list(OrderStatus.values())} then s.own
      when list_contains(s.others, 'unpaid') and not {is_sent} then 'unpaid'
      when s.own in ('cancelled', 'unpaid') then s.own
      when len({unknown}) > 0 then list_extract({unknown}, 1)
      when list_contains(s.others, 'refunded') or s.own = 'refunded' then case
        when {is_sent} or ({came_back_later}) then 'refunded'
        when s.own in ('placed', 'paid') or list_contains(s.others, '{UNSENT}') then 'cancelled'
        else 'refunded' end
      when s.own is null or s.own in ('placed', 'paid') then case {furthest} else s.own end
      else s.own"""
    pair = f"{{'own': {own}, 'others': [{others}]::varchar[]}}"
    return f"list_extract(list_transform([{pair}], lambda s: case {cases} end), 1)"


def sent_status(own: Sequence[str], states: Sequence[StatusColumn], word_map: str) -> str:
    """Write the code by which the order's own codes, or another column, show dispatch, or NULL."""
    others = ", ".join([*own, *(s.meaning(word_map) for s in states if s.kind == SENDING)])
    return f"list_extract(list_filter([{others}], lambda word: word in {text_list(_SENT)}), 1)"
