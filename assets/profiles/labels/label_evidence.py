"""Asset `label_evidence`: the rows that support each label that began today."""

from assets.core.order_lines import ORDER_LINE_SOURCES, order_lines_as_of
from assets.core.windows import windows
from assets.framework.day_asset import DayRun, day_asset, sql_beside
from assets.profiles.change_detection.price_ranks import ranks
from data_contracts.tables.labels import LABEL_EVIDENCE
from models.params.profiles import ProfileParams

EVIDENCE_ROWS = 5  # per table; enough to check a label, not a full history of the user


@day_asset(
    LABEL_EVIDENCE,
    deps=["layer_labels", "price_ranks", "browse", "chat", "message_signals", *ORDER_LINE_SOURCES],
    kinds={"duckdb", "sql"},
)
def label_evidence(run: DayRun) -> int:
    """List the latest searches, messages and lines that support each label that began today."""
    from assets.profiles.scene.profile_scene_steps import register_words

    chosen = ProfileParams()
    with run.session() as session:
        order_lines_as_of(session, run)
        ranks(session, run)
        register_words(session, chosen)
        return session.replace(
            LABEL_EVIDENCE,
            run.as_of,
            sql_beside(__file__, "label_evidence.sql"),
            as_of=run.as_of,
            as_of_end=run.as_of_end,
            launch_days=chosen.launch_days,
            most_rows=EVIDENCE_ROWS,
            **windows(run.as_of),
        )
