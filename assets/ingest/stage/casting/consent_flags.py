"""Cast words under a header of consent or refusal to one answer: whether the person refused.

SQL in, SQL out. The meaning of the words is in `data_contracts/mappings/consent.py`.
"""

from __future__ import annotations

from assets.ingest.stage.casting.type_casting import half_width, strip_invisible
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from data_contracts.mappings.consent import (
    AGREES,
    IS_MOMENT,
    NOT_REFUSED,
    NOTHING_SAID,
    UNHEARD,
    ZERO_DAY,
)
from data_contracts.mappings.transforms import IN_WORDS, Transform

ANSWERS = (Transform.REFUSAL, Transform.CONSENT, Transform.CONSENT_MOMENT, *IN_WORDS)


def refusal_answer(text: str, transform: Transform) -> str:
    """Write `true` if the word `text` refuses, `false` if it clearly does not, NULL if it says
    nothing.

    Refusals in words are answers already (`normalise/refusal_answers.py`).
    """
    if transform in IN_WORDS:
        return f"case when {text} in ('true', 'false') then {text} end"
    clear = NOT_REFUSED if transform is Transform.REFUSAL else AGREES
    nothing = ZERO_DAY
    if transform is Transform.CONSENT_MOMENT:
        # the person agreed once, which does not withdraw a later refusal
        nothing = f"({ZERO_DAY})|({IS_MOMENT})"
    bare = (
        f"regexp_replace(lower({half_width(strip_invisible(text))}), {literal(UNHEARD)}, '', 'g')"
    )
    return (
        "list_extract(list_transform("
        f"[{bare}], lambda word: case when word is null or word in {text_list(list(NOTHING_SAID))} "
        f"or regexp_full_match(word, {literal(nothing)}) then null "
        f"when regexp_full_match(word, {literal(clear)}) then 'false' else 'true' end), 1)"
    )


def any_refusal(answers: list[str]) -> str:
    """Combine the answers of several columns: one refusal is enough."""
    return answers[0] if len(answers) == 1 else f"greatest({', '.join(answers)})"
