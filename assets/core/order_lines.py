"""SQL steps that several assets start from: order lines as known at an instant, days off offer."""

from datetime import date, datetime

from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session

# Sources of `order_lines_as_of`; an asset that reads it declares them as its deps.
ORDER_LINE_SOURCES = ("orders", "communities", "products")


def order_lines(session: Session) -> None:
    """Make the view `order_lines`: lines with integer amounts and the times a cancellation or
    refund became known; needs only `orders`."""
    session.view("order_lines", sql_beside(__file__, "order_lines.sql"))


def off_offer(session: Session) -> None:
    """Make `off_offer`: first and last day on which a SKU is off offer; needs only `products`."""
    session.table("off_offer", sql_beside(__file__, "off_offer.sql"))


def order_lines_as_of(
    session: Session,
    run: DayRun,
    *,
    as_of: date | None = None,
    known_until: datetime | None = None,
    materialise: bool = False,
) -> None:
    """Make `order_lines_as_of`: order lines as known at the last instant of `run.as_of`, of an
    earlier `as_of`, or, for a day that is still open, at the moment `known_until`.

    Also makes `order_lines`. `materialise` stores the rows for the session, for assets that read
    them several times.
    """
    day = as_of or run.as_of
    order_lines(session)
    make = session.table if materialise else session.view
    make(
        "order_lines_as_of",
        sql_beside(__file__, "order_lines_as_of.sql"),
        as_of=day,
        as_of_end=known_until or run.home.as_of_end(day),
    )
