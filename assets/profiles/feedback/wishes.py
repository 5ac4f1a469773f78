"""The wish list: what people ask for, by community, and whether we carry it."""

from assets.framework.day_asset import DayRun, Written, day_asset
from assets.profiles.feedback import message_source
from data_contracts.tables.feedback import WISHES
from data_contracts.tables.feedback_codes import WishMatch
from models.feedback.normalise import normalise
from models.feedback.wish_extraction import wished
from models.feedback.wish_list import wish_list
from models.params.feedback import VOICES

_WRITE = "select $as_of as as_of, * from wished"


@day_asset(WISHES, deps=["chat", "orders", "products"], kinds={"duckdb", "sql", "pandas"})
def wishes(run: DayRun) -> Written:
    """Things asked for in the last 30 days, counted by distinct users, matched with products.

    A thing nobody sells is named once three people asked for it; groups of fewer than ten users
    stand without count and days. Rows of 全部 count everybody once.
    """
    with run.session() as session:
        said = message_source.messages(session, run, VOICES.wishes.window_days)
        asked = said.assign(wish=wished(normalise(said["text"]), VOICES.wishes))
        asked = asked[asked["wish"].notna()][["user_id", "community_id", "day", "wish"]]
        listed = wish_list(asked, message_source.shelf(session, run), VOICES.wishes)
        session.register("wished", listed)
        rows = session.replace(WISHES, run.as_of, _WRITE, as_of=run.as_of)
    missing = listed["wish_match"] == WishMatch.NOT_CARRIED.value
    return Written(
        rows,
        {
            "messages_that_wish": len(asked),
            "things_not_carried": int(listed[missing]["wish"].nunique()),
            "rows_suppressed": int(listed["is_suppressed"].sum()),
        },
    )
