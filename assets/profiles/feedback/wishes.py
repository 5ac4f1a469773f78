"""Asset `wishes`: products people ask for, per community, and whether they are in the catalogue."""

from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.codes.feedback import WishMatch
from data_contracts.tables.feedback import WISHES
from models.params.feedback import FEEDBACK

_WRITE = "select $as_of as as_of, * from wished"


@day_asset(WISHES, deps=["chat", "orders", "products"], kinds={"duckdb", "sql", "pandas"})
def wishes(run: DayRun) -> Written:
    """Count wishes of the last 30 days by distinct users and match them with products.

    A wish that matches no product is named only from three distinct users on; for groups of fewer
    than ten users, counts and days are suppressed. Rows of 全部 count each user once.
    """
    from assets.profiles.feedback import message_source
    from models.feedback.normalise import normalise
    from models.feedback.wish_extraction import extract_wishes
    from models.feedback.wish_list import count_wishes

    with run.session() as session:
        messages = message_source.messages(session, run, FEEDBACK.wishes.window_days)
        wished = messages.assign(wish=extract_wishes(normalise(messages["text"]), FEEDBACK.wishes))
        wished = wished[wished["wish"].notna()][["user_id", "community_id", "day", "wish"]]
        listed = count_wishes(wished, message_source.catalogue(session, run), FEEDBACK.wishes)
        session.register("wished", listed)
        rows = session.replace(WISHES, run.as_of, _WRITE, as_of=run.as_of)
    missing = listed["wish_match"] == WishMatch.NOT_CARRIED.value
    return Written(
        rows,
        {
            "messages_that_wish": len(wished),
            "things_not_carried": int(listed[missing]["wish"].nunique()),
            "rows_suppressed": int(listed["is_suppressed"].sum()),
        },
    )
