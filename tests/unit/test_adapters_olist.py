"""Olist as exports: every rule of the import on a few orders made by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data_contracts.errors import GivenError
from pipelines.adapters import import_dataset
from pipelines.adapters.olist.adapter import FILES
from tests.unit.olist_source import (
    NOON,
    Row,
    Source,
    counts,
    customer,
    imported,
    item,
    known,
    moment,
    order,
    payment,
    review,
    source,
    write_published,
    write_source,
)

pytestmark = pytest.mark.slow  # converts a data set


def test_an_item_is_a_line_of_one_piece_without_its_freight(tmp_path: Path) -> None:
    (line,) = imported(tmp_path)
    assert known(line) == {
        "order_id": "o1",
        "line_id": "1",
        "ordered_at": NOON,
        "paid_at": moment(4, 13),
        "updated_at": moment(10),
        "user_id": "u1",
        "community_id": "sao paulo SP",
        "sku_id": "p1",
        "category": "baby",
        "quantity_units": 1.0,
        "sale_unit": "piece",
        "unit_price_yuan": Decimal("10.5000"),
        "paid_amount_yuan": Decimal("10.5000"),
        "order_status": "completed",
    }


STATUSES = [
    ("created", "placed"),
    ("approved", "paid"),
    ("invoiced", "paid"),
    ("processing", "paid"),
    ("shipped", "shipped"),
    ("delivered", "completed"),
    ("canceled", "cancelled"),
    ("unavailable", "cancelled"),
]


@pytest.mark.parametrize(("status", "expected"), STATUSES)
def test_every_status_has_a_code_and_what_was_called_off_is_cancelled(
    tmp_path: Path, status: str, expected: str
) -> None:
    (line,) = imported(tmp_path, orders=[order(order_status=status)])
    assert line["order_status"] == expected
    assert line["cancelled_units"] == (1.0 if expected == "cancelled" else None)
    assert "cancelled_at" not in line


def test_the_last_change_is_the_latest_moment_the_source_states(tmp_path: Path) -> None:
    late = order(order_delivered_carrier_date=None, order_delivered_customer_date=None)
    (line,) = imported(tmp_path, orders=[late])
    assert line["updated_at"] == moment(4, 13)


@pytest.mark.parametrize(
    ("payments", "changes", "paid"),
    [
        ([payment(value=10.0), payment(value=2.75)], {}, Decimal("10.5000")),
        ([payment(value=12.76)], {}, None),
        ([payment(value=12.75)], {"order_approved_at": None}, None),
        ([payment("o2", 12.75)], {}, None),
    ],
    ids=["in two parts", "a centavo off", "not approved", "of another order"],
)
def test_a_line_is_paid_where_the_payments_prove_it(
    tmp_path: Path, payments: list[Row], changes: Row, paid: Decimal | None
) -> None:
    (line,) = imported(tmp_path, orders=[order(**changes)], order_payments=payments)
    assert line["paid_amount_yuan"] == paid


def test_items_of_one_order_are_lines_of_it(tmp_path: Path) -> None:
    items = [item(number=1), item(number=2), item(number=3, product_id="p2")]
    lines = imported(tmp_path, order_items=items, order_payments=[payment(value=38.25)])
    assert [(line["line_id"], line["sku_id"]) for line in lines] == [
        ("1", "p1"),
        ("2", "p1"),
        ("3", "p2"),
    ]
    assert {line["paid_amount_yuan"] for line in lines} == {Decimal("10.5000")}


def test_an_item_of_an_unknown_order_is_left_for_the_row_rules(tmp_path: Path) -> None:
    items = [item(), item("o9", price=-1.0)]
    lost = imported(tmp_path, order_items=items)[-1]
    assert (lost["order_id"], lost["ordered_at"], lost["user_id"]) == ("o9", None, None)
    assert lost["unit_price_yuan"] == Decimal("-1.0000")


def test_a_category_is_english_where_it_is_translated(tmp_path: Path) -> None:
    products = [
        {"product_id": "p1aaaaaaaa", "product_category_name": "bebes"},
        {"product_id": "p2aaaaaaaa", "product_category_name": "pc_gamer"},
        {"product_id": "p3aaaaaaaa", "product_category_name": None},
    ]
    rows = imported(tmp_path, "products", products=products)
    assert [(row["category"], row["sku_name"]) for row in rows] == [
        ("baby", "baby p1aaaaaa"),
        ("pc_gamer", "pc_gamer p2aaaaaa"),
        (None, "p3aaaaaa"),
    ]
    assert {row["fulfilment_mode"] for row in rows} == {"prestock"}
    assert {row["is_goods"] for row in rows} == {True}


def test_the_usual_supplier_sold_most_of_the_items(tmp_path: Path) -> None:
    sellers = ["s2", "s2", "s1", None, None, None]
    items = [item(number=place, seller_id=who) for place, who in enumerate(sellers, 1)]
    tied = [item("o2", place, product_id="p2", seller_id=f"s{place}") for place in (2, 1)]
    products = [{"product_id": name, "product_category_name": "x"} for name in ("p1", "p2", "p3")]
    rows = imported(tmp_path, "products", order_items=[*items, *tied], products=products)
    assert [row["supplier_id"] for row in rows] == ["s2", "s1", None]


def test_a_city_is_a_community_of_its_state(tmp_path: Path) -> None:
    customers = [
        customer(),
        customer("c2", "u2"),
        customer("c3", "u3", customer_city="bom jesus", customer_state="RS"),
        customer("c4", "u4", customer_city="bom jesus", customer_state="PB"),
    ]
    rows = imported(tmp_path, "communities", customers=customers)
    assert [(row["community_id"], row["region_id"], row["city"]) for row in rows] == [
        ("bom jesus PB", "PB", "bom jesus"),
        ("bom jesus RS", "RS", "bom jesus"),
        ("sao paulo SP", "SP", "sao paulo"),
    ]
    assert {row["warehouse_id"] for row in rows} == {"BR"}


def test_home_is_the_city_of_the_latest_order(tmp_path: Path) -> None:
    orders = [
        order("o1", order_purchase_timestamp=moment(2)),
        order("o2", customer_id="c2", order_purchase_timestamp=moment(3)),
        order("o3", customer_id="c3", order_purchase_timestamp=moment(1)),
    ]
    customers = [
        customer(),
        customer("c2", "u1", customer_city="campinas"),
        customer("c3", "u3"),
    ]
    rows = imported(tmp_path, "users", orders=orders, customers=customers)
    assert [known(row) for row in rows] == [
        {"user_id": "u1", "community_id": "campinas SP"},
        {"user_id": "u3", "community_id": "sao paulo SP"},
    ]


SHIPMENTS = [
    # delivered     status       shipment      issue
    (moment(20, 23), "delivered", "arrived", "none"),
    (moment(21, 0), "delivered", "arrived", "late"),
    (None, "delivered", "arrived", None),
    (None, "shipped", "in_transit", None),
    (None, "canceled", None, None),
    (moment(22), "canceled", "arrived", "late"),
]


@pytest.mark.parametrize(("delivered", "status", "shipment", "issue"), SHIPMENTS)
def test_a_shipment_is_promised_for_the_whole_of_its_day(
    tmp_path: Path, delivered: datetime | None, status: str, shipment: str | None, issue: str | None
) -> None:
    row = order(order_status=status, order_delivered_customer_date=delivered)
    (found,) = imported(tmp_path, "logistics", orders=[row])
    assert (found["shipment_status"], found["issue"]) == (shipment, issue)
    assert found["promised_at"] == datetime(2018, 3, 20, 23, 59, 59)
    assert (found["dispatched_at"], found["arrived_at"]) == (moment(6), delivered)
    assert found["community_id"] == "sao paulo SP"


def test_an_order_that_never_left_has_no_shipment(tmp_path: Path) -> None:
    rows = [order("o1"), order("o2", order_delivered_carrier_date=None)]
    assert [row["order_id"] for row in imported(tmp_path, "logistics", orders=rows)] == ["o1"]


def test_a_review_is_a_message_with_stars(tmp_path: Path) -> None:
    titled = review(review_comment_title="recomendo", review_score=5)
    (message,) = imported(tmp_path, "chat", order_reviews=[titled])
    assert message == {
        "message_id": "r1",
        "sent_at": moment(12),
        "channel": "review",
        "sender_role": "user",
        "user_id": "u1",
        "community_id": "sao paulo SP",
        "sku_id": "p1",
        "order_id": "o1",
        "text": "recomendo\nmuito bom",
        "stars": 5,
    }


def test_a_review_of_an_order_with_several_products_names_none(tmp_path: Path) -> None:
    items = [item(), item(number=2, product_id="p2")]
    (message,) = imported(tmp_path, "chat", order_items=items)
    assert (message["order_id"], message["sku_id"]) == ("o1", None)


def test_a_review_without_a_word_has_no_text(tmp_path: Path) -> None:
    mute = review(review_comment_title=" ", review_comment_message="\r\n")
    (message,) = imported(tmp_path, "chat", order_reviews=[mute])
    assert (message["text"], message["stars"]) == (None, 4)


def test_one_review_of_two_orders_is_the_same_message_twice(tmp_path: Path) -> None:
    orders = [order("o1"), order("o2", customer_id="c2", order_purchase_timestamp=moment(5))]
    customers = [customer(), customer("c2", customer_city="campinas")]
    reviews = [review(), review(order_id="o2"), review("r2", "o2")]
    rows = imported(tmp_path, "chat", orders=orders, customers=customers, order_reviews=reviews)
    first, second = (row for row in rows if row["message_id"] == "r1")
    assert first == second
    assert (first["order_id"], first["sku_id"], first["community_id"]) == (
        None,
        None,
        "campinas SP",
    )


def test_what_finds_no_partner_is_counted_among_the_notes(tmp_path: Path) -> None:
    told: list[str] = []
    tables = source(
        orders=[
            order("o1"),
            order("o2", customer_id="c9", order_delivered_customer_date=moment(5)),
            order("o3", order_delivered_carrier_date=None, order_delivered_customer_date=None),
        ],
        order_items=[item(), item("o9", product_id="p9", seller_id="s9")],
        order_payments=[payment(), payment("o2", 3.0), payment("o9", 9.0)],
        order_reviews=[review(), review(order_id="o2"), review("r2"), review("r3", "o8")],
        customers=[customer(), customer("c2", customer_zip_code_prefix="99999")],
        products=[
            {"product_id": "p1", "product_category_name": None},
            {"product_id": "p2", "product_category_name": "pc_gamer"},
        ],
    )
    out = tmp_path / "out"
    import_dataset("olist", write_source(tmp_path / "source", tables), out, told.append)
    assert counts(out) == {
        "orders": "3; without an item 2; of a customer not in customers 1; without a payment 1; "
        "without a review 1; with several reviews 1",
        "items": "2; of an order not in orders 1; of a product not in products 1; of a seller not "
        "in sellers 1",
        "products": "2; without a category 1; with a category nobody translated 1; without an "
        "item 1",
        "orders handed to a carrier": "2; delivered late 0; not delivered 0; called delivered "
        "without the moment 0; cancelled all the same 0; delivered before they were handed over 1",
        "reviews": "4; of an order not in orders 1; without a word 0; that stand on several "
        "orders 1; that repeat one on another order 1; answered before the order was placed 0",
        "orders with payments or items": "3; paid as items and freight 1; paid otherwise 1; off by "
        "more than a centavo 1; paid without an item 1; without a payment 0",
        "customers": "2; whose zip code has no geolocation 1; persons 1; persons with orders in "
        "several cities 0",
    }
    assert told[-7:] == [f"{part}: {line}" for part, line in counts(out).items()]


def test_the_published_csv_files_give_the_rows_of_the_parquet_files(tmp_path: Path) -> None:
    tables = source(order_reviews=[review(review_comment_message='diz "bom",\nsim')])
    parquet = write_source(tmp_path / "parquet", tables)
    published = write_published(tmp_path / "csv", tables)
    rows = import_dataset("olist", parquet, tmp_path / "a")
    assert import_dataset("olist", published, tmp_path / "b") == rows
    for export in rows:
        name = f"{export}.parquet"
        assert pq.read_table(tmp_path / "a" / name).equals(pq.read_table(tmp_path / "b" / name))


def test_the_files_of_one_format_belong_together(tmp_path: Path) -> None:
    folder = write_source(tmp_path / "both", source(order_items=[item(price=99.0)]))
    write_published(folder, source())
    for first, price in (("orders.parquet", "99"), (FILES["orders"][0], "10.5")):
        import_dataset("olist", folder / first, tmp_path / "out")
        (line,) = pq.read_table(tmp_path / "out" / "orders.parquet").to_pylist()
        assert line["unit_price_yuan"] == Decimal(price)


def test_the_orders_file_may_have_any_name(tmp_path: Path) -> None:
    folder = write_source(tmp_path / "source", source())
    named = (folder / "orders.parquet").rename(folder / "pedidos.parquet")
    assert import_dataset("olist", named, tmp_path / "out")["orders"] == 1


WRONG: list[tuple[Source, str]] = [
    ({"orders": [order(), order()]}, "orders.order_id stands twice in 1 rows"),
    ({"orders": [order(order_status="lost")]}, "orders.order_status is no status that is known"),
    ({"orders": [order(order_purchase_timestamp=None)]}, "order_purchase_timestamp is missing or"),
    (
        {"orders": [order(order_approved_at="soon", order_purchase_timestamp="2018-03-04")]},
        "orders.order_approved_at is no time",
    ),
    ({"customers": [customer(), customer()]}, "customers.customer_id stands twice"),
    ({"order_items": [item(), item()]}, "order_item_id stands twice in an order in 1 rows"),
    ({"order_items": [item(price=10.005)]}, "order_items.price is missing or no amount in"),
    ({"order_items": [item(price=None)]}, "order_items.price is missing or no amount in"),
    ({"order_items": [item(freight_value=0.001)]}, "order_items.freight_value is missing or"),
    ({"order_payments": [payment(value=0.001)]}, "order_payments.payment_value is missing or"),
    ({"order_reviews": [review(), review()]}, "review_id stands twice on an order in 1 rows"),
    ({"order_reviews": [review(review_score="bom")]}, "review_score is missing or no whole"),
    (
        {"products": [{"product_id": "p1", "product_category_name": "bebes"}] * 2},
        "products.product_id is missing or stands twice",
    ),
    ({"sellers": [{"seller_id": "s1"}] * 3}, "sellers.seller_id is missing or stands twice in 2"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=[message for _, message in WRONG])
def test_files_that_would_mislead_stop_the_import(
    tmp_path: Path, changes: Source, message: str
) -> None:
    folder = write_source(tmp_path / "source", source(**changes))
    with pytest.raises(ValueError, match=message) as caught:
        import_dataset("olist", folder, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    folder = write_source(tmp_path / "source", source())
    (folder / f"{name}.parquet").unlink()
    with pytest.raises(GivenError, match=f"{name}.parquet or {FILES[name][0]}"):
        import_dataset("olist", folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


COLUMNS = [(name, column) for name, (_, columns) in FILES.items() for column in columns]


@pytest.mark.parametrize(("name", "column"), COLUMNS)
def test_a_column_that_is_missing_is_named_with_its_file(
    tmp_path: Path, name: str, column: str
) -> None:
    tables = source()
    tables[name] = [
        {key: value for key, value in row.items() if key != column} | {"x": 1}
        for row in tables[name]
    ]
    folder = write_source(tmp_path / "source", tables)
    with pytest.raises(ValueError, match=f"{name}.parquet: has no column {column};"):
        import_dataset("olist", folder, tmp_path / "out")
