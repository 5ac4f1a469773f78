"""Build the rows of the model of longer sums: a series, an origin, a span, features.

Contains the choice of sums to fit and to score, and the SQL step. Not here: features of the origin
(`demand_features.py`), the model (`models/demand/sums`).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
import pyarrow as pa

from assets.framework.day_asset import sql_beside
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.demand import SUM_HORIZONS
from models.clock import HORIZON_DAYS
from models.demand.sums.sum_model import (
    in_hash_sample,
    known_sums,
    over_at,
    wanted_sums,
    with_origin_features,
)
from models.params.demand import SumParams

_SPANS = list(SUM_HORIZONS)
_CATEGORIES = "select series_no, category from panel_series"


@dataclass(frozen=True)
class PastSums:
    """Known sums with features: `fitting`, all of them, and `scored`, those of the last origins.

    `first_scored`: the first of these origins; a backtest is fitted on what was over then.
    """

    fitting: pd.DataFrame
    scored: pd.DataFrame
    first_scored: date

    @property
    def before(self) -> pd.DataFrame:
        """Return the sums of `fitting` that were over at the end of `first_scored`."""
        return self.fitting[over_at(self.fitting, pd.Timestamp(self.first_scored))]


def past_sums(session: Session, day_rows: pd.DataFrame, as_of: date, params: SumParams) -> PastSums:
    """Build the sums that are over at `as_of`, of the series and origins of `day_rows`.

    Needs the steps of `feature_rows`. Sampled by hash within the row limits.
    """
    pairs = day_rows.loc[day_rows["horizon"] == 1, ["series_no", "origin"]]
    first = pairs["origin"].min().date() if len(pairs) else as_of
    scored_days = min(params.backtest_days, (as_of - first).days // 2)
    first_scored = as_of - timedelta(days=scored_days)
    wanted = wanted_sums(pairs, _SPANS)
    wanted = wanted[over_at(wanted, pd.Timestamp(as_of))].reset_index(drop=True)
    to_fit = in_hash_sample(wanted, params.booster.max_fit_rows)
    to_score = pd.Series(False, index=wanted.index)
    late = wanted[wanted["origin"] >= pd.Timestamp(first_scored)]
    for _, of_span in late.groupby("span_days", sort=True):
        to_score[of_span.index] = in_hash_sample(of_span, params.max_scored_rows)
    wanted = wanted.assign(to_fit=to_fit, to_score=to_score)[to_fit | to_score]
    keys = ["series_no", "origin", "span_days"]
    rows = sum_rows(session, wanted, day_rows).merge(wanted, on=keys)
    sums = known_sums(rows)
    return PastSums(sums[sums["to_fit"]], sums[sums["to_score"]], first_scored)


def coming_sums(session: Session, day_rows: pd.DataFrame) -> pd.DataFrame:
    """Build every sum of the series and origins of `day_rows`, that of 72 hours beside them.

    Adds weight_days_3 and offered_days_3, those of the first three days.
    """
    pairs = day_rows.loc[day_rows["horizon"] == 1, ["series_no", "origin"]]
    rows = sum_rows(session, wanted_sums(pairs, [HORIZON_DAYS, *_SPANS]), day_rows)
    three_days = rows["span_days"] == HORIZON_DAYS
    first = rows.loc[three_days, ["series_no", "origin", "weight_days", "offered_days"]]
    return rows[~three_days].merge(
        first.rename(columns={"weight_days": "weight_days_3", "offered_days": "offered_days_3"}),
        on=["series_no", "origin"],
    )


def sum_rows(session: Session, wanted: pd.DataFrame, day_rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row per wanted sum (series_no, origin, span_days), with features and category."""
    session.register(
        "wanted_sums",
        pa.table(
            {
                "series_no": pa.array(wanted["series_no"].to_numpy(), pa.int64()),
                "origin": pa.array(wanted["origin"].to_numpy("datetime64[D]"), pa.date32()),
                "span_days": pa.array(wanted["span_days"].to_numpy(), pa.int32()),
            }
        ),
    )
    windows = session.frame(sql_beside(__file__, "sum_windows.sql"))
    rows = with_origin_features(windows, day_rows)
    if "category" in rows:
        return rows
    return rows.merge(session.frame(_CATEGORIES), on="series_no", how="left")
