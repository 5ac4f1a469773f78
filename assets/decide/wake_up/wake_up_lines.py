"""The wake-up list of a day: reads who stands where, lets the rules decide, writes both arms.

Belongs here: gathering the frames and saying what is missing. Does not: a rule
(`models.wake_up.rules`), a file that goes out (only the treatment arm may be published).
"""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from assets.core.order_lines import KNOWN_LINES, known_lines, off_offer
from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from assets.ingest.match.unread_inputs import headers_not_understood
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.vault.people_lookup import sharing_phone
from assets.resources.vault.vault import Book
from data_contracts.tables.bookkeeping import CONSENT_WORDS, CONTACT_ANSWERS, INGEST_LEDGER
from data_contracts.tables.churn import WAKE_UP_LEFT_OUT, WAKE_UP_LINES
from models.params.wake_up import WAKE_UP
from models.wake_up.offers import Shelf
from models.wake_up.rules import wake_up_list

_STEPS = ("usual", "contacts", "answers")
_DEPS = ["churn_scores", "profile_consumption", "profile_scene", "profile_emotion", "layer_labels"]
_DEPS += ["users", "contacts", "stock", "promotions", *KNOWN_LINES]
_READS = (WAKE_UP_LEFT_OUT, INGEST_LEDGER, CONSENT_WORDS, CONTACT_ANSWERS)


@day_asset(WAKE_UP_LINES, deps=_DEPS, reads=_READS, kinds={"duckdb", "sql"})
def wake_up_lines(run: DayRun) -> Written:
    """Whom to contact tomorrow and why: silent users, users at risk, users we have let down.

    Nobody who refused, whose phone refused under another id, who is a minor, or was contacted in
    the last days. A vault that cannot be opened stops the list: it would hold such people. One
    offer per action for everyone. A fifth of the list is held out for the month, so that the effect
    can be measured; the held-out users stand in this table and must not reach a file.
    """
    with run.session() as session:
        known_lines(session, run, materialise=True)
        for name in _STEPS:
            session.table(f"wake_up_{name}", _sql(name), **_day(run))
        # what a person is kept from stands in the vault alone, and leaves it for this choice only
        session.register("exclusions", run.home.vault.read(Book.EXCLUSIONS))
        session.register("phone_refused", _phone_refused(session, run))
        candidates = session.frame(_sql("candidates"), **_day(run))
        result = wake_up_list(candidates, _shelf(session, run), run.as_of, WAKE_UP)
        _say_what_is_missing(session, run)
        session.register("wake_up_frame", result.lines)
        session.register("wake_up_counts", _counts(result.left_out))
        session.replace(WAKE_UP_LEFT_OUT, run.as_of, _sql("left_out"), as_of=run.as_of)
        rows = session.replace(WAKE_UP_LINES, run.as_of, _sql("lines"), as_of=run.as_of)
    arms = Counter(result.lines["action"] + "_" + result.lines["arm"])
    shown = dict(sorted(arms.items()))
    return Written(rows, shown | {f"left_out_{why}": n for why, n in result.left_out.items()})


def _phone_refused(session: Session, run: DayRun) -> pa.Table:
    """Pseudonyms of users whose phone is that of somebody who refused under another id. Phones are
    compared in the vault's rows; none enters the session."""
    refused = session.arrow(_sql("refused")).column("user_id").to_pylist()
    people = run.home.vault.read(Book.PEOPLE) if refused else Book.PEOPLE.schema.empty_table()
    return pa.table({"user_id": pa.array(sorted(sharing_phone(people, refused)), pa.string())})


def _counts(left_out: Mapping[str, int]) -> pa.Table:
    counted = {why: users for why, users in left_out.items() if users}
    return pa.table(
        {
            "reason_code": pa.array(counted.keys(), pa.string()),
            "users": pa.array(counted.values(), pa.int64()),
        }
    )


def _shelf(session: Session, run: DayRun) -> Shelf:
    off_offer(session)
    return Shelf(
        session.frame(_sql("products"), **_day(run)),
        session.frame(_sql("best_sellers"), **_day(run)),
        frozenset((row[0], row[1]) for row in session.rows(_sql("sold_out"), **_day(run))),
    )


def _say_what_is_missing(session: Session, run: DayRun) -> None:
    """Fallbacks of the list as a whole; a line repeats those that concern it."""
    missing = {
        "users": (
            "consent_unknown",
            "no users export: refusals of marketing and ages could not be checked",
            "缺少用户档案，未能核对拒绝营销名单和年龄，发送前请人工核对",
        ),
        "contacts": (
            "contacts_unknown",
            "no contacts export: recent contacts and refusals could not be checked",
            "缺少历史触达记录，未能核对近期触达和退订",
        ),
        "products": (
            "products_unknown",
            "no products export: delisting, allergens, ages and non-goods could not be checked",
            "缺少商品档案，未能核对下架、过敏原、适用年龄和非商品",
        ),
        "communities": (
            "leaders_unknown",
            "no communities export: leader and warehouse of a user are not known",
            "缺少小区档案，无团长和仓库信息",
        ),
    }
    for table, words in missing.items():
        if not session.rows(f"select 1 from {table} limit 1"):
            run.fallback(*words)
    if unclear := headers_not_understood(run.home, session):
        run.fallback(
            "consent_not_read",
            f"{unclear}: speaks of consent, and nobody can tell whether it agrees or refuses",
            f"“{unclear}”与营销授权有关，但无法判断是同意还是拒绝",
        )
    if not session.rows("select 1 from profile_consumption where as_of = $d limit 1", d=run.as_of):
        run.fallback(
            "profile_unknown",
            "no profiles of the day: usual products come from orders, hours are the default",
            "缺少当日用户画像，常购商品按订单推算，触达时段用默认值",
        )


def _sql(name: str) -> str:
    return sql_beside(__file__, f"wake_up_{name}.sql")


def _day(run: DayRun) -> dict[str, object]:
    return {"as_of": run.as_of, "as_of_end": run.as_of_end}
