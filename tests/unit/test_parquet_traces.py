"""Files of Parquet are searched many at once, and each is named by itself."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.resources.person_search import search_parquet as resources_search_parquet
from assets.resources.person_search.mentions import Person
from assets.resources.person_search.search_parquet import search_parquet

PERSON = Person(ids=("U1", "u_0123456789abcdef"), phones=("13812345678",))
OTHERS = ["U2", "13812345679", "a text"]


def write(path: Path, **columns: pa.Array) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("most_bytes", [1, 64 << 20], ids=["one at a time", "together"])
def test_only_the_files_that_name_the_person_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_bytes: int
) -> None:
    monkeypatch.setattr(resources_search_parquet, "_MOST_BYTES", most_bytes)
    others, number = pa.array(OTHERS), pa.array([1, 2, 3])
    files = {
        "none": write(tmp_path / "t/day=1/none.parquet", id=others, n=number),
        "id": write(tmp_path / "t/day=2/id.parquet", id=pa.array(["U2", "U1", "U3"]), n=number),
        "phone": write(tmp_path / "t/day=3/phone.parquet", id=pa.array(["138 1234-5678"] * 3)),
        "longer": write(tmp_path / "t/day=4/longer.parquet", id=pa.array(["xU1y", "U10", None])),
        "words": write(
            tmp_path / "[%]?/words.parquet",
            **{'a "b"': pa.array(OTHERS).dictionary_encode(), "c": pa.array([None, "U1", ""])},
        ),
        "large": write(tmp_path / "v/large.parquet", t=pa.array(OTHERS, pa.large_string())),
        "coded": write(tmp_path / "v/coded.parquet", t=pa.array(["U1"]).dictionary_encode()),
        "numbers": write(tmp_path / "v/numbers.parquet", n=number),
    }
    places, unsearched = search_parquet(files.values(), PERSON)
    assert places == {files[name] for name in ("id", "phone", "words", "coded")}
    assert unsearched == []


def test_a_row_far_down_names_its_own_file(tmp_path: Path) -> None:
    rows = 3 * resources_search_parquet._BATCH_ROWS
    before = write(tmp_path / "a.parquet", t=pa.array(["U2"] * rows))
    named = write(tmp_path / "b.parquet", t=pa.array(["U2"] * (rows - 1) + ["U1"]))
    after = write(tmp_path / "c.parquet", t=pa.array(["U2"] * 5))
    assert search_parquet([before, named, after], PERSON) == ({named}, [])


def test_files_that_are_none_are_left_to_a_search_of_bytes(tmp_path: Path) -> None:
    good = write(tmp_path / "good.parquet", t=pa.array(["U1"]))
    broken, gone = tmp_path / "broken.parquet", tmp_path / "gone.parquet"
    broken.write_bytes(good.read_bytes()[:-9])
    assert search_parquet([broken, gone, good], PERSON) == ({good}, [broken, gone])


def test_a_name_counts_beside_an_address_others_have_too(tmp_path: Path) -> None:
    door = "西湖区幸福路8号2幢301室"
    person = Person(ids=("U1", "u_x"), names=("张小三",), addresses=(door,), shared=((door, 2),))
    both = write(tmp_path / "both.parquet", a=pa.array(["x", f"张小三 {door}"]))
    address = write(tmp_path / "address.parquet", a=pa.array([f"李四 {door}", None]))
    assert search_parquet([both, address], person) == ({both}, [])
