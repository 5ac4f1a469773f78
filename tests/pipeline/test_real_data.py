"""Real input, read the way a user would; skipped where the shared data is not at hand."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from assets.resources.home import LinliHome
from data_contracts.platform_file import Platform
from pipelines.adapters import import_dataset
from tests.lake import ingest

SHARED = os.environ.get("LINLI_SHARED_DATA")
needs_shared_data = pytest.mark.skipif(
    SHARED is None, reason="LINLI_SHARED_DATA is not set: real data is not at hand"
)


@needs_shared_data
def test_uci_online_retail_is_accounted_for_to_the_row(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    import_dataset("uci_online_retail", Path(SHARED or "") / "uci_online_retail", exports)
    home = LinliHome(home=str(tmp_path / "home"), exports=str(exports))
    ingest(home)
    with home.lakehouse.session() as session:
        assert session.rows(
            "select rows_read, rows_loaded, rows_quarantined, rows_duplicate "
            "from ingest_ledger where export = 'orders'"
        ) == [(541_909, 535_303, 1_338, 5_268)]
        assert session.rows(
            "select reason_code, count(*) from quarantine group by 1 order by 1"
        ) == [("quantity_units.range", 1_336), ("unit_price_yuan.range", 2)]
        # cancellation lines (an invoice that begins with C) and lines without a customer: what is
        # in the source is stored, or an identical line stands for it, or it is set aside
        source = pq.read_table(exports / "orders.parquet").to_pandas()
        key = ["order_id", "line_id"]
        for lines, total, stored, set_aside in (
            (source["order_id"].str.startswith("C"), 9_288, "order_id like 'C%'", "C"),
            (source["user_id"].isna(), 135_080, "user_id is null", "no customer"),
        ):
            part = source[lines]
            again = int(part.duplicated(key).sum())
            held = session.scalar(f"select count(*) from orders where {stored}")
            bad = int((~part.duplicated(key) & ~part["quantity_units"].gt(0)).sum()) + int(
                (~part.duplicated(key) & part["unit_price_yuan"].astype(float).lt(0)).sum()
            )
            assert (len(part), held + again + bad) == (total, total), set_aside
        read, parts = session.rows(
            "select money_read_yuan, money_kept_yuan + money_given_back_yuan + "
            "money_quarantined_yuan + money_duplicate_yuan + money_superseded_yuan "
            "from ingest_ledger where export = 'orders'"
        )[0]
        assert read == parts
        kept = session.scalar(
            "select count(distinct user_id) from orders where business_date <= $as_of "
            "and quantity_units > coalesce(cancelled_units, 0)",
            as_of=date(2011, 11, 9),
        )
        assert kept == 4_086


@pytest.fixture(scope="module")
def olist() -> dict[str, pd.DataFrame]:
    """The files of the Olist cut as they are."""
    if SHARED is None:
        pytest.skip("LINLI_SHARED_DATA is not set: real data is not at hand")
    folder = Path(SHARED) / "olist_cut"
    return {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")}


@pytest.fixture(scope="module")
def olist_exports(olist: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("olist") / "exports"
    rows = import_dataset("olist", Path(SHARED or "") / "olist_cut", out)
    assert rows == {
        "orders": 8_365,
        "products": 5_460,
        "communities": 1_426,
        "users": 8_016,
        "logistics": 6_353,
        "chat": 8_225,
    }
    return out


def olist_counts(tables: dict[str, pd.DataFrame]) -> dict[str, list[int]]:
    """Every count of the import, in its order, worked out from the files by other means."""
    orders, items, payments = (tables[n] for n in ("orders", "order_items", "order_payments"))
    reviews, customers, products = (tables[n] for n in ("order_reviews", "customers", "products"))
    words = tables["category_translation"]["product_category_name"]
    whose = orders.merge(customers, on="customer_id", how="left")
    reviewed = reviews.groupby("order_id").size()
    sent = orders[orders["order_delivered_carrier_date"].notna()]
    arrived = sent["order_delivered_customer_date"]
    days_late = (arrived.dt.floor("D") - sent["order_estimated_delivery_date"]).dt.days
    messages = reviews.groupby("review_id").size()
    bought = reviews.merge(orders, on="order_id", how="left")["order_purchase_timestamp"]
    due = items.groupby("order_id")[["price", "freight_value"]].sum().sum(axis=1)
    paid = payments.groupby("order_id")["payment_value"].sum()
    bills = pd.concat({"due": due, "paid": paid}, axis=1)
    off = ((bills["due"] - bills["paid"]) * 100).round().abs()  # centavos
    places = whose["customer_city"] + whose["customer_state"]
    category = products["product_category_name"]
    known_zips = tables["geolocation"]["geolocation_zip_code_prefix"]
    return {
        "orders": [
            len(orders),
            len(set(orders["order_id"]) - set(items["order_id"])),
            int(whose["customer_unique_id"].isna().sum()),
            len(set(orders["order_id"]) - set(payments["order_id"])),
            len(set(orders["order_id"]) - set(reviews["order_id"])),
            int((reviewed > 1).sum()),
        ],
        "items": [
            len(items),
            int((~items["order_id"].isin(orders["order_id"])).sum()),
            int((~items["product_id"].isin(products["product_id"])).sum()),
            int((~items["seller_id"].isin(tables["sellers"]["seller_id"])).sum()),
        ],
        "products": [
            len(products),
            int(category.isna().sum()),
            int((category.notna() & ~category.isin(words)).sum()),
            len(set(products["product_id"]) - set(items["product_id"])),
        ],
        "orders handed to a carrier": [
            len(sent),
            int((days_late > 0).sum()),
            int(arrived.isna().sum()),
            int((arrived.isna() & sent["order_status"].eq("delivered")).sum()),
            int(sent["order_status"].eq("canceled").sum()),
            int((arrived < sent["order_delivered_carrier_date"]).sum()),
        ],
        "reviews": [
            len(reviews),
            int((~reviews["order_id"].isin(orders["order_id"])).sum()),
            int(
                reviews[["review_comment_title", "review_comment_message"]]
                .fillna("")
                .sum(axis=1)
                .str.strip()
                .eq("")
                .sum()
            ),
            int((messages > 1).sum()),
            int(reviews["review_id"].duplicated().sum()),
            int((reviews["review_answer_timestamp"] < bought).sum()),
        ],
        "orders with payments or items": [
            len(bills),
            int((off == 0).sum()),
            int((off > 0).sum()),
            int((off > 1).sum()),
            int(bills["due"].isna().sum()),
            int(bills["paid"].isna().sum()),
        ],
        "customers": [
            len(customers),
            int((~customers["customer_zip_code_prefix"].isin(known_zips)).sum()),
            customers["customer_unique_id"].nunique(),
            int((places.groupby(whose["customer_unique_id"]).nunique() > 1).sum()),
        ],
    }


OLIST_COUNTS = {
    "orders": [8_135, 775, 0, 0, 0, 87],
    "items": [8_365, 0, 0, 0],
    "products": [5_460, 111, 5, 0],
    "orders handed to a carrier": [6_353, 343, 1_183, 7, 75, 3],
    "reviews": [8_225, 0, 4_002, 28, 34, 58],
    "orders with payments or items": [8_135, 7_318, 42, 26, 775, 0],
    "customers": [8_135, 29, 8_016, 3],
}


@needs_shared_data
def test_the_counts_of_olist_are_those_of_another_engine(
    olist: dict[str, pd.DataFrame], olist_exports: Path
) -> None:
    notes = Platform.from_toml((olist_exports / "platform.toml").read_text("utf-8")).notes
    counted = {
        part: [int(words.rsplit(" ", 1)[-1].replace(",", "")) for words in line.split("; ")]
        for part, line in (note.split(": ", 1) for note in notes if ": " in note)
    }
    assert counted == OLIST_COUNTS
    assert olist_counts(olist) == OLIST_COUNTS


@needs_shared_data
def test_olist_is_accounted_for_to_the_row(
    tmp_path: Path, olist: dict[str, pd.DataFrame], olist_exports: Path
) -> None:
    home = LinliHome(home=str(tmp_path / "home"), exports=str(olist_exports))
    ingest(home)
    with home.lakehouse.session() as session:
        ledger = session.rows(
            "select export, rows_read, rows_loaded, rows_quarantined, rows_duplicate "
            "from ingest_ledger order by export"
        )
        assert ledger == [
            ("chat", 8_225, 8_191, 0, 34),
            ("communities", 1_426, 1_426, 0, 0),
            ("logistics", 6_353, 6_353, 0, 0),
            ("orders", 8_365, 8_365, 0, 0),
            ("products", 5_460, 5_460, 0, 0),
            ("users", 8_016, 8_016, 0, 0),
        ]
        assert all(read == loaded + bad + again for _, read, loaded, bad, again in ledger)
        lines = olist["order_items"].merge(olist["orders"], on="order_id")
        off = lines["order_status"].isin(["canceled", "unavailable"])
        money = session.rows(
            "select money_read_yuan, money_kept_yuan, money_given_back_yuan "
            "from ingest_ledger where export = 'orders'"
        )[0]
        assert [float(amount) for amount in money] == [
            pytest.approx(lines["price"].sum()),
            pytest.approx(lines["price"][~off].sum()),
            pytest.approx(lines["price"][off].sum()),
        ]
        # who bought an item, as persons: the source has one customer_id per order
        buyers = lines.merge(olist["customers"], on="customer_id")["customer_unique_id"].nunique()
        assert session.scalar("select count(distinct user_id) from orders") == buyers
        assert session.rows(
            "select order_status, count(*) from orders group by 1 order by 1"
        ) == sorted(
            {
                "cancelled": int(off.sum()),
                "completed": int(lines["order_status"].eq("delivered").sum()),
                "paid": int(
                    lines["order_status"].isin(["approved", "invoiced", "processing"]).sum()
                ),
                "shipped": int(lines["order_status"].eq("shipped").sum()),
            }.items()
        )
        assert session.rows("select stars, count(*) from chat group by 1 order by 1") == sorted(
            olist["order_reviews"]
            .drop_duplicates("review_id")["review_score"]
            .value_counts()
            .items()
        )
