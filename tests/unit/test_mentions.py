"""What names a person in a row, drawn as tables; and what takes nobody else's row away."""

from __future__ import annotations

import doctest

import pyarrow as pa
import pytest

from assets.ingest.privacy.verify_erasure import PersonSearch
from assets.resources.person_search import mentions
from assets.resources.person_search.mentions import Owner, Person, phone_digits
from assets.resources.person_search.people_lookup import load_person, resolve_person
from assets.resources.vault.vault import Book, Vault

NOBODY, ANOTHER, THEIRS = Owner.NOBODY, Owner.ANOTHER, Owner.THEIRS
PERSON = Person(
    ids=("U000001", "u0123456789abcdef01234567"),
    phones=("13800000000", "0571-8888 6666"),
    addresses=("杭州市枫林苑1幢101室",),
    names=("王小明", "王明", "Anna Maria Silva"),
)


@pytest.mark.parametrize(
    "written",
    [
        "138-0000-0000",
        "138 0000 0000",
        "138.0000.0000",
        "138—0000—0000",
        "+86 13800000000",
        "＋８６－１３８００００００００",
        "(86)138 0000 0000",
        "0086-138-00000000",
        "8613800000000",
        "13800000000.0",
        "1.38E+10",
        "1.38e10",
        "13800000000\t",
        "'13800000000",
        "张三13800000000收",
        "1\u200b3800000000",
        "88886666 (0571)057188886666",
        "57188886666",
        "0571—88886666",
    ],
)
def test_a_phone_in_any_spelling_names_them_in_anybodys_row(written: str) -> None:
    assert PERSON.names_row(["x", written], ANOTHER)


@pytest.mark.parametrize(
    "written",
    ["13800000001", "113800000000", "138000000000", "1.39E+10", "1.38E+11", "138****0000"],
)
def test_a_number_near_theirs_is_none(written: str) -> None:
    assert not PERSON.names_row([written], NOBODY)


@pytest.mark.parametrize(
    ("cells", "owner", "is_theirs"),
    [
        ([""], THEIRS, True),
        (["SKU U000001"], ANOTHER, True),
        (["U0000012"], NOBODY, False),
        # an address down to the door is theirs, however it is written
        (["杭州市 枫林苑（1幢）１０１室"], ANOTHER, True),
        (["杭州市枫林苑", "1幢101室"], ANOTHER, True),
        (["杭州市枫林苑1幢101室 北门"], ANOTHER, True),
        (["杭州市枫林苑1幢102室"], NOBODY, False),
        (["杭州市枫林苑"], NOBODY, False),
        # with another province and district before it, it counts where the row is nobody's
        (["浙江省杭州市西湖区枫林苑1幢101室"], NOBODY, True),
        (["浙江省杭州市西湖区枫林苑1幢101室"], ANOTHER, False),
        (["浙江省杭州市西湖区枫林苑1幢101室", "王明"], ANOTHER, True),
        # a name alone: three letters, nobody's row, no other phone, no other door
        (["王小明"], NOBODY, True),
        (["王小明先生收"], NOBODY, True),
        (["收件人王小明"], NOBODY, True),
        (["anna  maria SILVA"], NOBODY, True),
        (["王小明"], ANOTHER, False),
        (["王小明月"], NOBODY, False),
        (["小王小明"], NOBODY, False),
        (["王明"], NOBODY, False),
        (["王小明", "13911112222"], NOBODY, False),
        (["王小明", "上海市春风里3号502室"], NOBODY, False),
    ],
)
def test_what_names_them(cells: list[str], owner: Owner, is_theirs: bool) -> None:
    assert PERSON.names_row(cells, owner) is is_theirs


@pytest.mark.parametrize(
    ("others", "cells", "owner", "is_theirs"),
    [
        (1, ["13800000000"], ANOTHER, False),
        (1, ["13800000000"], NOBODY, True),
        (1, ["13800000000", "王明"], ANOTHER, True),
        (3, ["13800000000"], NOBODY, True),  # a household of four
        (4, ["13800000000"], NOBODY, False),
        (200, ["13800000000"], NOBODY, False),  # the phone of a pick-up point
        (200, ["13800000000", "王小明"], NOBODY, True),
    ],
)
def test_what_others_have_too_counts_less(
    others: int, cells: list[str], owner: Owner, is_theirs: bool
) -> None:
    shared = Person(PERSON.ids, ("13800000000",), (), PERSON.names, (("13800000000", others),))
    assert shared.names_row(cells, owner) is is_theirs


@pytest.mark.parametrize(("id_", "is_theirs"), [("17", False), ("12345", False), ("123456", True)])
def test_an_id_that_stands_in_others_rows_by_chance_is_no_mention(
    id_: str, is_theirs: bool
) -> None:
    person = Person((id_, "u0123456789abcdef01234567"))
    assert person.names_row(["S1", id_, "2026-10-01"], ANOTHER) is is_theirs


def test_a_name_that_others_have_says_nothing_alone() -> None:
    two = Person(PERSON.ids, (), (), ("王小明",), known_names=("王小明",))
    assert not two.names_row(["王小明"], NOBODY)
    assert two.lone_names() == ()


def test_the_vault_says_who_has_the_same(tmp_path) -> None:
    vault = Vault(tmp_path, b"k" * 32)
    rows = [
        ("p1", "王小明", "+86 138-0000-0000", "枫林苑 1幢１室"),
        ("p1", "王明", "13911112222", "枫林苑1幢1室"),
        ("p2", "王小明", "１３８００００００００", "枫林苑1幢2室"),
        ("p3", "李雷", "13800000000.0", "枫林苑1幢1室"),
    ]
    known = [dict(zip(("user_id", "name", "phone", "address"), row, strict=True)) for row in rows]
    full = [dict.fromkeys(Book.PEOPLE.schema.names) | row for row in known]
    vault.put(Book.PEOPLE, pa.Table.from_pylist(full, schema=Book.PEOPLE.schema))
    person = load_person("U1", "p1", [vault])
    assert set(person.names) == {"王小明", "王明"}
    assert dict(person.shared) == {"13800000000": 2, "枫林苑1幢1室": 1}
    assert person.strong_phones == ("13911112222",)
    assert person.lone_names() == ()
    assert "13800000000" not in repr(person)


@pytest.mark.parametrize(
    ("text", "kind", "holders"),
    [
        ("U1", "", ()),
        ("='Ｕ1'", "", ()),
        ("138 0000 0000", "phone", ("p1", "p2")),
        ("008613911112222", "phone", ("p2",)),  # the second phone of a cell
        ("王 小明", "", ()),
        ("王小明", "name", ("p1", "p2")),
        ("枫林苑 1幢1室", "address", ("p1",)),
        ("3800000000", "", ()),
        ("13700000000", "", ()),
    ],
)
def test_what_is_asked_for_is_an_id_or_says_whose_it_is(tmp_path, text, kind, holders) -> None:
    vault = Vault(tmp_path, b"k" * 32)
    rows = [
        ("p1", "U1", "王小明", "+86 138-0000-0000", "枫林苑1幢１室"),
        ("p2", "U2", "王小明", "13800000000 / 13911112222", None),
        ("p3", "U3", None, None, None),
    ]
    names = ("user_id", "platform_user_id", "name", "phone", "address")
    known = [
        dict.fromkeys(Book.PEOPLE.schema.names) | dict(zip(names, r, strict=True)) for r in rows
    ]
    vault.put(Book.PEOPLE, pa.Table.from_pylist(known, schema=Book.PEOPLE.schema))
    asked = resolve_person(text, "p of it", [vault])
    assert (asked.kind, asked.holders) == (kind, holders)
    if not kind:
        assert asked.raw_id == ("U1" if "1" in text and len(text) < 7 else text)


@pytest.mark.parametrize("cell", ["", "n/a", "123", "****", "138****0000", "1.38E+40"])
def test_no_phone_is_made_of_what_is_none(cell: str) -> None:
    assert phone_digits(cell) == []


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0571-8888 6666 转 23", "57188886666"),
        ("0571-88886666 ext.23", "57188886666"),
        ("88886666分机2", "88886666"),
    ],
)
def test_the_extension_of_a_landline_is_no_part_of_its_number(cell: str, number: str) -> None:
    assert phone_digits(cell) == [number]


def test_the_doctests() -> None:
    found = doctest.testmod(mentions)
    assert found.attempted and not found.failed


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "gb18030"])
@pytest.mark.parametrize(
    ("text", "is_likely"),
    [
        ("paid 1.99 of 2.50, 19.9 kg at 1990-00-00", False),
        ("took 1.99 s, 1.99E+11, 1.99e-9", False),
        ("1.99E+10", True),
        ("1.9900000000e10", True),
        ("１．９９E+10", True),
        ("+86 199-0000-0000", True),
    ],
)
def test_a_round_phone_does_not_make_every_file_worth_a_second_look(
    text: str, is_likely: bool, encoding: str
) -> None:
    # a file that may name somebody is read as text in every encoding: minutes for Dagster's store
    person = Person(ids=("U000001",), phones=("19900000000",))
    assert PersonSearch(person).may_be_in(f"前 {text} 后".encode(encoding)) is is_likely


@pytest.mark.parametrize(
    "text",
    [
        "U0000001",
        "138 0000-0000",
        "+8613800000000",
        "1.38E+10",
        "1.38e10",
        "Ａnna Ｌi",
        "张小三 收",
    ],
)
def test_every_text_about_a_person_contains_one_of_the_pieces(text: str) -> None:
    person = Person(ids=("U0000001",), phones=("13800000000",), names=("Anna Li", "张小三"))
    assert any(piece in mentions.compact(text) for piece in person.pieces()), text
