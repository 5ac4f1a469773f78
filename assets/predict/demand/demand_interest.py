"""Turn product views and searches into demand features: interest rises before sales do.

Contains the match of search words to SKUs, and the step `demand_interest`. Not here: how a name is
normalised (`models/feedback/product_matching.py`), the windows (`demand_interest.sql`).
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from models.feedback.normalise import normalise
from models.feedback.product_matching import spoken_product_names

_LEAST_NAME = 2  # one character is ambiguous
_MOST_TEXTS = 5_000  # most frequent search texts

_TEXTS = """
select search_text
from browse
where
    action = 'search' and search_text <> ''
    and business_date between $from_day and $as_of and occurred_at < $as_of_end
group by search_text
order by count(distinct user_id) desc, search_text
limit $most
"""
_SKUS = """
select p.sku_id, p.sku_no, p.category_no, p.category, any_value(s.sku_name) as sku_name,
    any_value(s.brand) as brand
from panel_series as p
inner join products as s on p.sku_id = s.sku_id
group by p.sku_id, p.sku_no, p.category_no, p.category
order by p.sku_id
"""
# A text matches an SKU if it contains its spoken name or is the end of it: 有机鲜牛奶, 牛奶.
_TEXT_MATCHES = """
select distinct t.search_text, s.sku_no, s.category_no
from searched as t
inner join spoken as s
    on position(s.name in t.words) > 0 or (length(t.words) >= $least and ends_with(s.name, t.words))
union
select distinct t.search_text, null as sku_no, s.category_no
from searched as t
inner join (select distinct category, category_no from spoken) as s
    on position(s.category in t.words) > 0
    or (length(t.words) >= $least and position(t.words in s.category) > 0)
"""
_WAREHOUSE_SKUS = "select warehouse_id, sku_id, series_no as warehouse_sku_no from panel_series"


def create_interest(session: Session, run: DayRun, from_day: date) -> None:
    """Create `demand_interest` (measure, code, day, rise_1, rise_3).

    Needs `panel_series` and `calendar`. Empty without an export of browsing.
    """
    days = {"from_day": from_day, "as_of": run.as_of, "as_of_end": run.as_of_end}
    texts = session.frame(_TEXTS, **days, most=_MOST_TEXTS)
    skus = session.frame(_SKUS)
    named = skus.assign(
        name=pd.Series(spoken_product_names(skus), index=skus.index, dtype="str"),
        category=normalise(skus["category"].astype("str")),
    )
    session.register("spoken", named[named["name"].str.len() >= _LEAST_NAME])
    session.register("searched", texts.assign(words=normalise(texts["search_text"].astype("str"))))
    session.table("text_matches", _TEXT_MATCHES, least=_LEAST_NAME)
    session.view("warehouse_skus", _WAREHOUSE_SKUS)
    session.table("demand_interest", sql_beside(__file__, "demand_interest.sql"), **days)
