"""Asset `layer_thresholds`: percent ranks of the layers' figures, fixed for a week."""

from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from data_contracts.tables.labels import LAYER_THRESHOLDS
from models.clock import monday_of
from models.params.layers import LayerParams

_RANKED_ON = "select max(ranked_on) from price_ranks where as_of = $as_of"
_COMPUTED_THIS_WEEK = """
select min(as_of) from layer_thresholds where as_of >= $monday and as_of < $as_of
"""
_HELD = "select * replace ($as_of as as_of) from layer_thresholds where as_of = $held"
_WRITE = "select $as_of as as_of, *, $as_of as made_on from thresholds"


@day_asset(
    LAYER_THRESHOLDS,
    deps=["profile_consumption", "profile_scene", "price_ranks"],
    kinds={"duckdb", "pandas"},
)
def layer_thresholds(run: DayRun) -> Written:
    """Compute percent ranks of the figures among users with enough order lines, once a week.

    With fixed thresholds a label changes when its user does something, not when others do. They are
    recomputed on Mondays, with the price ranks, and on the first day of a week that is run.
    """
    from models.customers.layers import thresholds

    with run.session() as session:
        fresh = session.scalar(_RANKED_ON, as_of=run.as_of) in (None, run.as_of)
        monday = monday_of(run.as_of)
        held = (
            None if fresh else session.scalar(_COMPUTED_THIS_WEEK, monday=monday, as_of=run.as_of)
        )
        if held is not None:
            rows = session.replace(LAYER_THRESHOLDS, run.as_of, _HELD, as_of=run.as_of, held=held)
        else:
            figures = session.frame(
                sql_beside(__file__, "layer_figures.sql"), as_of=run.as_of, seed=""
            )
            session.register("thresholds", thresholds(figures, LayerParams()))
            rows = session.replace(LAYER_THRESHOLDS, run.as_of, _WRITE, as_of=run.as_of)
    return Written(rows, {"made_on": str(held or run.as_of)})
