"""Sessions that share an engine in tests find as little of each other as a user's do."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.resources.lakehouse.lakehouse import QueryError, Session
from tests.engines import Connection
from tests.pipeline.small_lake import linli_home


def test_a_session_finds_nothing_another_one_made(tmp_path: Path) -> None:
    lake = linli_home(tmp_path).lakehouse
    with lake.session() as first, lake.session() as second:
        assert isinstance(first._connection, Connection), "the engine is not shared"
        first.view("step", "select 1 as one")
        first.table("computed", "select 1 as one")
        first._connection.execute("create table stored as select 1 as one")
        first.secret("key", b"secret")
        for name in ("step", "computed", "stored"):
            assert first.scalar(f"select one from {name}") == 1
            with pytest.raises(QueryError, match="does not exist"):
                second.rows(f"from {name}")
        assert second.scalar("select getvariable('key')") is None
        assert second.scalar("select count(*) from orders") == 0


def test_a_closed_session_answers_no_more(tmp_path: Path) -> None:
    lake = linli_home(tmp_path).lakehouse
    with lake.session() as session:
        kept: Session = session
    with pytest.raises(QueryError, match="closed"):
        kept.rows("select 1")


def test_a_memory_limit_holds_for_its_own_sessions(tmp_path: Path) -> None:
    small = linli_home(tmp_path).lakehouse
    large = linli_home(tmp_path).lakehouse
    large.memory_limit = "2GB"
    said = "select current_setting('memory_limit')"
    with small.session() as first, large.session() as second:
        assert first.scalar(said) != second.scalar(said)
