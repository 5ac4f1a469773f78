"""Asset `layer_labels`: quality, efficiency, price or novelty, with scores and the reason."""

from collections.abc import Mapping

from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from assets.profiles.change_detection.changed_users import ChangedUsers
from assets.profiles.change_detection.profile_inputs import code_version
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.labels import Layer
from data_contracts.tables.labels import LAYER_LABELS
from models.params.layers import LayerParams

DEPS = ["profile_basic", "profile_consumption", "profile_scene", "layer_thresholds"]

_THRESHOLDS = (
    "select figure, value, rank from layer_thresholds where as_of = $as_of order by figure, value"
)
_MADE_ON = "select max(made_on) from layer_thresholds where as_of = $as_of"
_TOUCHED = (
    "select * from figures where user_id in (select user_id from users_of_part) order by user_id"
)
# The digest is joined here because it does not fit a frame's float. A changed label gets none, so
# that it is computed again tomorrow, when it is no longer a change.
_ADD = """
select
    $as_of as as_of,
    l.*,
    case when not l.is_changed then t.input_digest end as input_digest
from labelled as l
inner join users_of_part as t on l.user_id = t.user_id
"""


@day_asset(LAYER_LABELS, deps=DEPS, kinds={"duckdb", "pandas"})
def layer_labels(run: DayRun) -> Written:
    """Give each user one label by rules over the platform's own quantiles.

    Mixed and unknown are labels too. A layer with unknown figures (no list price: no discounts) has
    no score and cannot win; the reason names it. A label is kept until another layer clearly leads
    it. Users without new activity, and without a row that left a window, keep the row and reason of
    the day before.
    """
    from models.customers import label_hysteresis, layers

    with run.session() as session:
        made_on = session.scalar(_MADE_ON, as_of=run.as_of)
        seed = f"{code_version(layers, label_hysteresis)} {LayerParams()!r} {made_on}"
        session.view(
            "figures", sql_beside(__file__, "layer_figures.sql"), as_of=run.as_of, seed=seed
        )
        changed = ChangedUsers(session, run, LAYER_LABELS, "from figures")
        ranks = session.frame(_THRESHOLDS, as_of=run.as_of)
        if ranks.empty:  # run alone, or no user has enough lines
            ranks = layers.thresholds(session.frame("from figures"), LayerParams())
        before = 0
        for _ in changed.parts():
            figures = session.frame(_TOUCHED)
            labels = session.frame(sql_beside(__file__, "labels_before.sql"), as_of=run.as_of)
            scored = layers.label_layers(figures, LayerParams(), ranks)
            labelled = label_hysteresis.apply_hysteresis(scored, labels, run.as_of, LayerParams())
            session.register("labelled", labelled)
            changed.add(_ADD, as_of=run.as_of)
            before += len(labels)
        changed.carry_over()
        rows = session.replace(LAYER_LABELS, run.as_of, "from day_rows")
        counts = _note_what_is_missing(run, session, rows)
    return Written(rows, {**counts, "known_before": before, **changed.metadata()})


def _note_what_is_missing(run: DayRun, session: Session, rows: int) -> Mapping[str, int]:
    """Return users per layer and changes; record a fallback for each layer without any score."""
    for layer in list(Layer)[:4]:
        scored = session.scalar(f"select count(score_{layer.value}) from day_rows")
        if rows and not scored:
            run.fallback(
                f"no_score_{layer.value}",
                f"the figures behind {layer.value} are unknown for all users; no user gets it",
                f"缺少判断{layer.zh}的数据，无人归入该层",
            )
    counts = dict(session.rows("select layer, count(*) from day_rows group by layer order by 1"))
    return counts | {"changed": session.scalar("select count_if(is_changed) from day_rows")}
