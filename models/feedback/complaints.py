"""Whether a message complains, and who must answer within how many hours.

Contains the two rules. Not here: what a fault is (`lexicon_data`, `aspects`, `faults`). The
grades come from the domain (data_contracts/domain.md#complaint-grades), the division between them
is ours: by who can resolve it. A leader hands out a missing bag or finds a late crate within
two hours; refunds, spoilt goods and anger about leader or service go to service; danger to health,
threats of the authorities or the press, and what was said before without an answer need several
departments.
Words of illness raise the grade and are stored nowhere: health is sensitive
(data_contracts/domain.md#sensitive-data).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from data_contracts.codes.feedback import Aspect, ComplaintGrade
from models.feedback.faults import find_faults as faults_in
from models.feedback.faults import is_thankful_for_mending, statements
from models.feedback.lexicon import count_words, is_mild, without_no_opinion, word_polarity
from models.feedback.lexicon_data import COMPLAINT, terms
from models.params.feedback import SentimentParams

# A fault that several departments must look at.
TASK_FORCE: Final = terms(
    "吃坏 肚子不舒服 肚子疼 拉肚子 腹泻 呕吐 中毒 过敏 医院 住院 异物 玻璃 钢丝 铁丝 虫子 有虫 "
    "生虫 蛆 "
    "不敢吃 举报 12315 市场监管 工商 消协 媒体 曝光 律师 起诉 维权 好几家的 大家都 都有问题 假货 "
    "问了三次 说了三次 第三次 多次反映 反映多次 一直没人 几天了没人 投诉无门"
)
# What money, goods or an apology of the platform must mend.
SERVICE: Final = terms(
    "退款 退货 退钱 赔 换一下 换货 能退吗 能不能退 可以退 补偿 投诉 差评 说法 客服 态度 踢皮球 "
    "没人处理 敷衍 推脱 骗 "
    "坑人 次品 "
    "质量太差 质量差 就坏 差太多 发错 送错 拿到的不是 别的东西 丢件 丢了 查不到"
)
_ONLY_BAD: Final = -1.0  # polarity of words that are all bad
_SERVICE_ASPECTS: Final = (Aspect.FRESHNESS, Aspect.AS_DESCRIBED, Aspect.SERVICE, Aspect.PRICE)
# Demands in the form of a question; the lexicon removes real questions such as "坏了吗".
DEMAND: Final = terms(
    "还没到 什么时候能提 什么时候能到 怎么没到 怎么处理 能退吗 到哪了 丢了吧 丢件了"
)


def is_complaint(
    text: pd.Series,
    stars: pd.Series,
    polarity: pd.Series,
    aspects: pd.DataFrame,
    faults: pd.DataFrame | None = None,
    params: SentimentParams | None = None,
) -> pd.Series:
    """Whether each message complains; texts normalised, `aspects` the polarities of them, `faults`
    those of `faults.faults`.

    Bottom stars complain whatever they say. Else: a fault described in a sentence; an unnegated
    word of fault or demand, but for a message that praises and is good on the whole
    ("就是送得慢了点" is a remark then); an aspect that is plainly bad in a message that is bad on
    the whole, and not only by comparison ("不如上次"); or, where no listed word occurs, a model
    sure that it is bad. A fault that was made good, in a message that thanks, does not count.
    Four and five stars never complain, but where a foreign body or illness is described: many give
    five stars without looking.
    """
    params = params or SentimentParams()
    faults = faults_in(text) if faults is None else faults
    clean = without_no_opinion(text.map(statements))
    given = stars.astype("float64").to_numpy()
    side = polarity.astype("float64").to_numpy()
    complaint_words, negated = count_words(clean, COMPLAINT)
    words_said = word_polarity(clean).notna().to_numpy()
    asked = text.str.contains("|".join(DEMAND), regex=True).to_numpy(dtype=bool)
    fault = (complaint_words > negated) | asked
    described = faults["grade"].notna().to_numpy()
    judged = words_said | described | aspects.notna().any(axis=1).to_numpy()
    mended = is_thankful_for_mending(text)
    silent = ~judged & (side <= -params.silent_polarity)
    grave = (faults["grade"] == ComplaintGrade.TASK_FORCE_48H.value).to_numpy(dtype=bool)
    worst = aspects.min(axis=1).to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        praises = (aspects.max(axis=1).to_numpy(dtype=float) > 0) | (
            word_polarity(text).to_numpy(dtype=float) > _ONLY_BAD
        )
        is_good = praises & (side >= params.sure_polarity)
        is_bad = side <= -params.sure_polarity
        blamed = is_bad & (worst < 0) & ~is_mild(clean)
        bottom = given <= params.complaint_stars
        top = given > params.complaint_stars + 1
    complains = bottom | grave | (~top & (described | (fault & ~is_good & ~mended) | blamed))
    complains |= silent & ~top
    return pd.Series(complains, index=text.index, name="is_complaint")


def complaint_grade(
    text: pd.Series,
    complains: pd.Series,
    aspects: pd.DataFrame,
    faults: pd.DataFrame | None = None,
) -> pd.Series:
    """Code of the grade of each complaint; missing where nobody complains.

    >>> said = pd.Series(["少发了一袋", "烂了,要求退款", "吃了肚子疼"])
    >>> from models.feedback.aspects import aspect_polarity
    >>> complaint_grade(said, pd.Series([True] * 3), aspect_polarity(said).polarity).tolist()
    ['leader_2h', 'service_24h', 'task_force_48h']
    """
    faults = faults_in(text) if faults is None else faults
    clean = without_no_opinion(text)
    grave, for_service = (
        np.subtract(*count_words(clean, listed)) > 0 for listed in (TASK_FORCE, SERVICE)
    )
    names = [aspect.value for aspect in _SERVICE_ASPECTS]
    spoilt = (aspects[names].min(axis=1) < 0).to_numpy()
    grade = np.full(len(text), ComplaintGrade.LEADER_2H.value, dtype=object)
    told_for = faults["grade"].to_numpy(dtype=object)
    for_service |= told_for == ComplaintGrade.SERVICE_24H.value
    grave |= told_for == ComplaintGrade.TASK_FORCE_48H.value
    grade[for_service | spoilt] = ComplaintGrade.SERVICE_24H.value
    grade[grave] = ComplaintGrade.TASK_FORCE_48H.value
    grade[~complains.to_numpy(dtype=bool)] = None
    return pd.Series(grade, index=text.index, name="complaint_grade")
