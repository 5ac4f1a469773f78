"""Named SQL steps that more than one asset starts from."""

from datetime import date, datetime

from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session

# what `known_lines` is made from: an asset that starts from it declares these
KNOWN_LINES = ("orders", "communities", "products")


def off_offer(session: Session) -> None:
    """Make `off_offer`: from which day to which a SKU is not on offer; needs `products` alone."""
    session.table("off_offer", sql_beside(__file__, "off_offer.sql"))


def known_lines(
    session: Session,
    run: DayRun,
    *,
    as_of: date | None = None,
    known_until: datetime | None = None,
    materialise: bool = False,
) -> None:
    """Make `known_lines`: order lines as they stood at the last instant of `run.as_of`, or of an
    earlier `as_of`, or, of a day still open, at the moment `known_until`.

    `materialise` computes it once, for assets that read it several times.
    """
    day = as_of or run.as_of
    make = session.table if materialise else session.view
    make(
        "known_lines",
        sql_beside(__file__, "known_lines.sql"),
        as_of=day,
        as_of_end=known_until or run.home.as_of_end(day),
    )
