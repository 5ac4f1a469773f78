"""Named SQL steps that more than one asset starts from."""

from assets.day import DayRun, sql_beside
from assets.resources.lakehouse import Session


def known_lines(session: Session, run: DayRun, *, materialise: bool = False) -> None:
    """Make `known_lines`: order lines as they stood at the last instant of `run.as_of`.

    `materialise` computes it once, for assets that read it several times.
    """
    make = session.table if materialise else session.view
    make(
        "known_lines",
        sql_beside(__file__, "known_lines.sql"),
        as_of=run.as_of,
        as_of_end=run.as_of_end,
    )
