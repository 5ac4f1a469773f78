"""Layer labels: quality, efficiency, price or novelty, with the score of each and the reason."""

from assets.day import DayRun, Written, day_asset, sql_beside
from assets.profiles.people.profile_scene import register_words
from assets.profiles.people.windows import windows
from assets.profiles.steps import known_lines
from data_contracts.codes import Layer
from data_contracts.tables import LABEL_EVIDENCE, LAYER_LABELS
from models.label_history import hold
from models.layers import label_layers
from models.params.layers import LayerParams
from models.params.profiles import ProfileParams

EVIDENCE_ROWS = 5  # of each sort; enough to look at, and no list of everything somebody did
DEPS = ["profile_consumption", "profile_scene", "orders", "products"]


@day_asset(LAYER_LABELS, deps=DEPS, kinds={"duckdb", "pandas"})
def layer_labels(run: DayRun) -> Written:
    """One label per user from rules over the platform's own quantiles.

    Mixed and unknown are answers. A layer whose figures are not known (no list price: no discounts)
    has no score and cannot win; the reason names it. A label of the day before is held until
    another layer leads it clearly, so that labels move when behaviour does and not with every rank.
    """
    with run.lake.session() as session:
        known_lines(session, run)
        figures = session.frame(
            sql_beside(__file__, "layer_figures.sql"),
            as_of=run.as_of,
            launch_days=ProfileParams().launch_days,
            **windows(run.as_of),
        )
        before = session.frame(sql_beside(__file__, "labels_before.sql"), as_of=run.as_of)
        labelled = hold(label_layers(figures, LayerParams()), before, run.as_of, LayerParams())
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
    moved = {"changed": int(labelled["is_changed"].sum()), "known_before": len(before)}
    return Written(rows, {str(name): int(count) for name, count in counts.items()} | moved)


@day_asset(LABEL_EVIDENCE, deps=["layer_labels", *DEPS, "browse"], kinds={"duckdb", "sql"})
def label_evidence(run: DayRun) -> int:
    """Rows behind each label that began today: the latest searches and lines that speak for it."""
    params = {"as_of": run.as_of, "as_of_end": run.as_of_end, **windows(run.as_of)}
    chosen = ProfileParams()
    with run.lake.session() as session:
        known_lines(session, run)
        register_words(session, chosen)
        for step in ("scene_browse", "consumption_price_ranks"):
            session.table(step, sql_beside(__file__, f"{step}.sql"), **params)
        return session.replace(
            LABEL_EVIDENCE,
            run.as_of,
            sql_beside(__file__, "label_evidence.sql"),
            launch_days=chosen.launch_days,
            most_rows=EVIDENCE_ROWS,
            **params,
        )
