"""Signals of messages: what each says, without its text."""

from assets.day import DayRun, Written, day_asset
from assets.profiles.voices import reading
from data_contracts.tables.voice_codes import SkuSource
from data_contracts.tables.voices import MESSAGE_SIGNALS
from models.params.voices import VOICES, WINDOW_DAYS
from models.voices.reading import learn, read_messages
from models.voices.shelf import named_products
from models.voices.wording import normalise

_WRITE = "select $as_of as as_of, * from signals"


@day_asset(
    MESSAGE_SIGNALS, deps=["chat", "orders", "products"], kinds={"duckdb", "sql", "scikitlearn"}
)
def message_signals(run: DayRun) -> Written:
    """Messages of users in the last 180 days: polarity, emotion, aspects, complaint, wish.

    The polarity model learns from the platform's own reviews of 1, 2, 4 and 5 stars known by the
    day; with too few of them the lexicon judges alone, and the run card says so. All 180 days are
    judged by the model of the day, so that they can be compared. No text is kept.
    """
    with run.lake.session() as session:
        said = reading.messages(session, run, WINDOW_DAYS)
        reviews = reading.starred_reviews(session, run, VOICES.polarity.review_days)
        products = reading.shelf(session, run)
        model = learn(reviews, VOICES)
        read = read_messages(said, model, VOICES)
        named = named_products(normalise(said["text"]), products)
        by_name = said["sku_id"].isna() & named.notna()
        signals = said.drop(columns="text").join(read.signals.drop(columns="wish"))
        signals["sku_id"] = said["sku_id"].astype("object").mask(by_name, named)
        signals["sku_source"] = (
            said["sku_source"].astype("object").mask(by_name, SkuSource.NAMED.value)
        )
        session.register("signals", signals)
        rows = session.replace(MESSAGE_SIGNALS, run.as_of, _WRITE, as_of=run.as_of)
    if rows and model is None:
        run.fallback(
            "few_starred_reviews",
            f"fewer than {VOICES.polarity.min_each} good or bad reviews with text; "
            "a word list judges messages, no model",
            f"好评或差评不足{VOICES.polarity.min_each}条，留言倾向由词典判断，未用模型",
        )
    return Written(
        rows,
        {
            "reviews_learnt_from": read.trained_on,
            "messages_with_polarity": int(signals["polarity"].notna().sum()),
            "messages_with_aspect": int(signals["main_aspect"].notna().sum()),
            "complaints": int(signals["is_complaint"].sum()),
        },
    )
