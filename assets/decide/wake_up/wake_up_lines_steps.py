"""Compute the asset `wake_up_lines`, which `wake_up_lines.py` declares and describes.

Contains the reading of the inputs and the fallbacks. Not here: the rules (`models.wake_up.rules`)
and the published files (only the treatment arm may be published).
"""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from assets.core.order_lines import off_offer, order_lines_as_of
from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.ingest.match.unread_inputs import headers_not_understood
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.person_search.people_lookup import sharing_phone
from assets.resources.vault.vault import Book
from data_contracts.tables.wake_up import WAKE_UP_LEFT_OUT, WAKE_UP_LINES
from models.params.wake_up import WAKE_UP
from models.wake_up.offered_product import Assortment
from models.wake_up.rules import select_users

_STEPS = ("typical_purchases", "contact_history", "refusals_in_answers")


def make_wake_up_lines(run: DayRun) -> Written:
    """Compute the asset `wake_up_lines` for the business date of `run`."""
    with run.session() as session:
        order_lines_as_of(session, run, materialise=True)
        for name in _STEPS:
            session.table(name, _sql(name), **_day(run))
        # allergens and children's ages are in the vault only, and are read for this choice only
        session.register("exclusions", run.home.vault.read(Book.EXCLUSIONS))
        session.register("phone_refused", _phone_refused(session, run))
        candidates = session.frame(_sql("wake_up_candidates"), **_day(run))
        result = select_users(candidates, _assortment(session, run), run.as_of, WAKE_UP)
        _record_fallbacks(session, run)
        session.register("selected_users", result.lines)
        session.register("users_by_reason", _users_by_reason(result.left_out))
        session.replace(WAKE_UP_LEFT_OUT, run.as_of, _sql("left_out_counts"), as_of=run.as_of)
        rows = session.replace(WAKE_UP_LINES, run.as_of, _sql("wake_up_lines"), as_of=run.as_of)
    arms = Counter(result.lines["action"] + "_" + result.lines["arm"])
    shown = dict(sorted(arms.items()))
    return Written(rows, shown | {f"left_out_{why}": n for why, n in result.left_out.items()})


def _phone_refused(session: Session, run: DayRun) -> pa.Table:
    """Return the pseudonyms of users whose phone belongs to a user who refused under another id.

    Phones are compared inside the vault's rows; none enters the session.
    """
    refused = session.arrow(_sql("refusing_users")).column("user_id").to_pylist()
    people = run.home.vault.read(Book.PEOPLE) if refused else Book.PEOPLE.schema.empty_table()
    return pa.table({"user_id": pa.array(sorted(sharing_phone(people, refused)), pa.string())})


def _users_by_reason(left_out: Mapping[str, int]) -> pa.Table:
    present = {reason: users for reason, users in left_out.items() if users}
    return pa.table(
        {
            "reason_code": pa.array(present.keys(), pa.string()),
            "users": pa.array(present.values(), pa.int64()),
        }
    )


def _assortment(session: Session, run: DayRun) -> Assortment:
    off_offer(session)
    return Assortment(
        session.frame(_sql("sold_products"), **_day(run)),
        session.frame(_sql("best_sellers"), **_day(run)),
        frozenset((row[0], row[1]) for row in session.rows(_sql("sold_out_skus"), **_day(run))),
    )


def _record_fallbacks(session: Session, run: DayRun) -> None:
    """Record the fallbacks of the whole list; a line repeats those that concern it."""
    missing = {
        "users": (
            "consent_unknown",
            "no users export: refusals of marketing and ages could not be checked; check them by "
            "hand before sending",
            "缺少用户档案，未能核对拒绝营销和年龄；发送前请人工核对",
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
    for table, fallback in missing.items():
        if not session.rows(f"select 1 from {table} limit 1"):
            run.fallback(*fallback)
    if unclear := headers_not_understood(run.home, session):
        run.fallback(
            "consent_not_read",
            f"{unclear}: is about consent, but does not say whether users agree or refuse",
            f"“{unclear}”与营销授权有关，但无法判断是同意还是拒绝",
        )
    if not session.rows("select 1 from profile_consumption where as_of = $d limit 1", d=run.as_of):
        run.fallback(
            "profile_unknown",
            "no profiles of the day: favourite products come from orders, hours are the default",
            "缺少当日用户画像，常购商品按订单推算，触达时段用默认值",
        )


def _sql(name: str) -> str:
    return sql_beside(__file__, f"{name}.sql")


def _day(run: DayRun) -> dict[str, object]:
    return {"as_of": run.as_of, "as_of_end": run.as_of_end}
