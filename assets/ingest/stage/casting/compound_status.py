"""A status that says two things at once: 未发货，退款成功; 已发货/待收货; 交易关闭（已退款）.

SQL text out. Each part is a word of the platform for one of our codes; together they say how far
the order came, and whether it was called off. What was paid back before anything left is called
off: nobody received it, so it is no demand. A part nobody knows leaves the whole text as it is.
"""

from __future__ import annotations

from assets.resources.lakehouse.sql_text import literal

_SIGNS = "/|、;:()[]+_-　 "
# Written behind another word without a sign between them.
_BEHIND = "(已?全额退款|已退款|退款成功|退款完成)"
_NOT_SENT = ("unpaid", "placed", "paid")
_FURTHEST_FIRST = ("completed", "arrived", "shipped", "paid", "placed", "unpaid")


def joined_status(text: str, word_map: str) -> str:
    """Code of a half-width `text` of several words; NULL where a word of it is not known.

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
