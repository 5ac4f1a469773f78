"""Parse a status that says several things: 未发货，退款成功; 已发货/待收货; 交易关闭（已退款）.

Returns SQL. Each part is a word of the platform for one of our codes; together they show how far
the order got and whether it was cancelled. An order refunded before dispatch is cancelled: nothing
was delivered, so it is no demand. If a part is unknown, the whole text is kept.
"""

from __future__ import annotations

from assets.resources.lakehouse.sql_text import literal

_SIGNS = "/|、;:()[]+_-　 "
# Written after another word without a separator.
_BEHIND = "(已?全额退款|已退款|退款成功|退款完成)"
_NOT_SENT = ("unpaid", "placed", "paid")
_FURTHEST_FIRST = ("completed", "arrived", "shipped", "paid", "placed", "unpaid")


def joined_status(text: str, word_map: str) -> str:
    """Write the code of a half-width `text` of several words; NULL if a word is unknown.

    `word_map`: SQL map of words to codes.
    """
    signs = f"translate({text}, {literal(_SIGNS)}, {literal(',' * len(_SIGNS))})"
    parted = rf"regexp_replace({signs}, {literal(_BEHIND)}, ',\1,', 'g')"
    words = f"list_filter(string_split({parted}, ','), lambda word: word <> '')"
    codes = f"list_transform({words}, lambda word: map_extract_value({word_map}, word))"
    is_known = "list_count(codes) = len(codes) and len(codes) > 1"
    cases = [
        f"when list_has_any(codes, {literal(list(_NOT_SENT))}) "
        "and list_contains(codes, 'refunded') then 'cancelled'",
        *(
            f"when list_contains(codes, {literal(code)}) then {literal(code)}"
            for code in ("cancelled", "refunded", *_FURTHEST_FIRST)
        ),
    ]
    return (
        f"list_extract(list_transform([{codes}], lambda codes: "
        f"case when not ({is_known}) then null {' '.join(cases)} end), 1)"
    )
