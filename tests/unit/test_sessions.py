"""A session knows the tables as they were when it began, whenever it first speaks of one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assets.resources.lakehouse.lakehouse import QueryError
from data_contracts.exports import BY_NAME
from tests.pipeline.demand_lake import home_at, put

HOLIDAY = {"day": date(2026, 10, 1), "name": "国庆", "kind": "public_holiday"}


def test_what_is_written_after_it_began_is_not_seen(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    put(home, "holidays", [HOLIDAY])
    with home.lakehouse.session() as session:
        put(home, "holidays", [HOLIDAY, HOLIDAY | {"day": date(2026, 10, 2)}])
        put(home, "products", [{"sku_id": "s1"}])
        assert session.scalar("select count(*) from holidays") == 1
        assert session.scalar("select count(*) from products") == 0
    with home.lakehouse.session() as session:
        assert session.scalar("select count(*) from holidays") == 2


def test_a_table_is_found_however_sql_speaks_of_it(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    put(home, "holidays", [HOLIDAY])
    with home.lakehouse.session() as session:
        session.view("named", "select * from holidays where day = $day", day=HOLIDAY["day"])
        assert session.scalar("select count(*) from named") == 1
        assert session.scalar('select count(*) from "holidays"') == 1
    with home.lakehouse.session() as session:
        assert session.arrow("FROM Holidays").num_rows == 1
    with home.lakehouse.session() as session:
        assert session.reader("select * from holidays").read_all().num_rows == 1


def test_a_session_of_few_tables_knows_no_other(tmp_path: Path) -> None:
    with (
        home_at(tmp_path).lakehouse.session(BY_NAME["holidays"]) as session,
        pytest.raises(QueryError, match="products"),
    ):
        session.rows("select * from products")


def test_a_query_that_breaks_half_way_says_its_sql(tmp_path: Path) -> None:
    with home_at(tmp_path).lakehouse.session() as session:
        for ask in (session.rows, session.frame, session.arrow):
            with pytest.raises(QueryError, match="the SQL that failed"):
                ask("select case when range = 5 then error('broken') end from range(9)")


def test_a_session_finds_nothing_another_one_made(tmp_path: Path) -> None:
    lake = home_at(tmp_path).lakehouse
    with lake.session() as first, lake.session() as second:
        first.view("step", "select 1 as one")
        first.table("computed", "select 1 as one")
        first.secret("key", b"secret")
        for name in ("step", "computed"):
            assert first.scalar(f"select one from {name}") == 1
            with pytest.raises(QueryError, match="does not exist"):
                second.rows(f"from {name}")
        assert second.scalar("select getvariable('key')") is None


def test_a_closed_session_answers_no_more(tmp_path: Path) -> None:
    with home_at(tmp_path).lakehouse.session() as session:
        kept = session
    with pytest.raises(QueryError, match="closed"):
        kept.rows("select 1")


def test_a_memory_limit_holds_for_its_own_sessions(tmp_path: Path) -> None:
    small, large = (home_at(tmp_path / name).lakehouse for name in ("small", "large"))
    large.memory_limit = "2GB"
    stated = "select current_setting('memory_limit')"
    with small.session() as first, large.session() as second:
        assert first.scalar(stated) != second.scalar(stated)
