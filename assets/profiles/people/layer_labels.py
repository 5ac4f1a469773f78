"""Layer labels: quality, efficiency, price or novelty, with the score of each and the reason."""

from assets.day import DayRun, Written, day_asset, sql_beside
from assets.profiles.people.windows import windows
from assets.profiles.steps import known_lines
from data_contracts.codes import Layer
from data_contracts.tables import LAYER_LABELS
from models.layers import label_layers
from models.params.layers import LayerParams, ProfileParams

DEPS = ["profile_consumption", "profile_scene", "orders", "products"]


@day_asset(LAYER_LABELS, deps=DEPS, kinds={"duckdb", "pandas"})
def layer_labels(run: DayRun) -> Written:
    """One label per user from rules over the platform's own quantiles.

    Mixed and unknown are answers. A layer whose figures are not known (no list price: no discounts)
    has no score and cannot win; the reason names it.
    """
    with run.lake.session() as session:
        known_lines(session, run)
        figures = session.frame(
            sql_beside(__file__, "layer_figures.sql"),
            as_of=run.as_of,
            launch_days=ProfileParams().launch_days,
            **windows(run.as_of),
        )
        labelled = label_layers(figures, LayerParams())
        labelled["as_of"] = run.as_of
        session.register("labelled", labelled)
        rows = session.replace(LAYER_LABELS, run.as_of, "select * from labelled")
    for layer in list(Layer)[:4]:
        if rows and labelled[f"score_{layer.value}"].isna().all():
            run.fallback(
                f"no_score_{layer.value}",
                f"the figures behind {layer.value} are not known for anybody; nobody gets it",
                f"缺少判断{layer.zh}的数据，无人归入该层",
            )
    counts = labelled["layer"].value_counts()
    return Written(rows, {str(name): int(count) for name, count in counts.items()})
