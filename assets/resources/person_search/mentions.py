"""Decide whether a text identifies a person: by id, phone, address or name, in any spelling.

Strong texts identify a person alone: ids, and phones and addresses that no other person has. Weak
texts do not, because other people have them too: names, and shared phones and addresses. A row is
about the person when

1. it has their id, or a strong text; or 2. it has their name together with a weak phone or address;
or 3. it has no readable id, and either a phone or address shared by a household, or a unique name
of three letters or more without another phone or another door in the row.

So a short or common name never claims another person's row. Pure text; nothing is read here.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

SHORTEST_MENTION = 6  # characters; a shorter id occurs in the text of other people's rows by chance
SHORTEST_LONE_NAME = 3  # letters; a shorter name is many people's
HOUSEHOLD = 4  # people who share a phone or an address; what more share is a pick-up point's
_CELL = "\x1f"
_UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad\u202a\u202c\u202d"))
BETWEEN = r"[ \t\-‐‑‒–—−.()/·]{0,3}"  # what people put between the digits of a phone
WIDE_DIGITS = "０１２３４５６７８９"
_COUNTRY = rf"(?:(?:\+|00)?86{BETWEEN})?"
_MOBILE = re.compile(rf"(?<!\d){_COUNTRY}(1{BETWEEN}[3-9](?:{BETWEEN}\d){{9}})(?!\d)")
_SHORTEST_PHONE, _LONGEST_PHONE = 7, 15
_SCIENTIFIC = re.compile(r"(?<![\d.])(\d(?:\.\d+)?)[eE]\+?0?(\d{1,2})(?!\d)")
_CALLED = "(?:收件人|收货人|联系人|姓名|客户|会员)?"
_TITLES = "(?:先生|女士|小姐|阿姨|叔叔|老师|收|亲启){0,2}"
_DOOR = re.compile(r"\d(?:号|室|幢|栋|单元|弄|楼|座)")
# What an address may do without: province, city and district before the street or community.
_REGION = re.compile(
    r"^(?:中国)?(?:[^\d]{2,8}?(?:省|自治区))?(?:[^\d]{1,9}?(?:市|自治州|地区))?"
    r"(?:[^\d]{1,8}?(?:(?<![小社])区|县|旗))?"
)
_SHORTEST_ADDRESS = 6
_HAN = re.compile(r"[\u3400-\u9fff]{2,}")


class Owner(Enum):
    """Whose row a row is by its id."""

    THEIRS = "theirs"
    ANOTHER = "another's"
    NOBODY = "nobody's"  # no id, or none that can be read


@dataclass(frozen=True, repr=False)
class Person:
    """Texts that identify one person.

    `shared`: phones and addresses among them → number of other people who have them. `known_names`:
    names that other people have too.
    """

    ids: tuple[str, ...]
    phones: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    shared: tuple[tuple[str, int], ...] = ()
    known_names: tuple[str, ...] = ()

    def names_row(self, cells: Iterable[str], owner: Owner) -> bool:
        """Return whether a row with these cells is about the person."""
        if owner is Owner.THEIRS:
            return True
        parts = [fold_text(cell) for cell in cells]
        text = _CELL.join(parts)
        if self._is_strong(text, parts):
            return True
        weak = self._weak_found(text, parts)
        name = self._name_found(text)
        if weak and name:
            return True
        if owner is Owner.ANOTHER:
            return False
        if any(self._others_of(one) < HOUSEHOLD for one in weak):
            return True
        is_telling = len(name) >= SHORTEST_LONE_NAME and name not in self._known_names
        is_elsewhere = set(phones_in(text)) - set(self.phone_numbers) or _DOOR.search(text)
        return is_telling and not is_elsewhere

    def names_text(self, text: str, owner: Owner) -> bool:
        """Return whether running text is about the person, by the rules of `names_row`.

        A Chinese name may be surrounded by other words.
        """
        if self.names_row([text], owner):
            return True
        said = fold_text(text)
        name = self._name_within(said)
        if not name:
            return False
        if self._weak_found(said, [said]):
            return True
        if owner is not Owner.NOBODY or len(name) < SHORTEST_LONE_NAME or name in self._known_names:
            return False
        return not (set(phones_in(said)) - set(self.phone_numbers) or _DOOR.search(said))

    def has_name_within(self, text: str) -> bool:
        """Return whether running text contains one of the names."""
        return bool(self._name_within(fold_text(text)))

    def pieces(self) -> tuple[str, ...]:
        """Texts, as `compact` has them; every text about the person contains at least one."""
        long_ones = [compact(one) for one in self.ids if len(one) >= SHORTEST_MENTION]
        names = [compact(name) for name in self.names if len(name) >= 2]
        pieces = [*long_ones, *self.phone_numbers, *names]
        pieces += [*self.strong_addresses, *self.weak_addresses]
        pieces += [_compact_mantissa(number) for number in self.phone_numbers]
        return tuple(piece for piece in dict.fromkeys(pieces) if piece)

    def is_in(self, text: str) -> bool:
        """Return whether `text` contains a strong text."""
        said = fold_text(text)
        return self._is_strong(said, [said])

    def lone_names(self) -> tuple[str, ...]:
        """Return the names worth reporting without other evidence: long and unique."""
        return tuple(
            name
            for name in self.names
            if len(name) >= SHORTEST_LONE_NAME and _folded(name) not in self._known_names
        )

    @cached_property
    def phone_numbers(self) -> tuple[str, ...]:
        """Phones as digits, without country code."""
        return tuple(dict.fromkeys(n for phone in self.phones for n in phone_digits(phone)))

    @cached_property
    def strong_phones(self) -> tuple[str, ...]:
        return tuple(number for number in self.phone_numbers if not self._others_of(number))

    @cached_property
    def strong_addresses(self) -> tuple[str, ...]:
        """Return the unique addresses down to the door, normalised by `compact`."""
        return tuple(
            address
            for address in dict.fromkeys(map(compact, self.addresses))
            if _is_to_the_door(address) and not self._others_of(address)
        )

    # -- looking ---------------------------------------------------------------------------------

    def _is_strong(self, text: str, parts: Sequence[str]) -> bool:
        if self._ids is not None and self._ids.search(text):
            return True
        if _has_phone(text, self.strong_phones, self._strong_phone):
            return True
        return bool(_addresses_in(parts, self.strong_addresses))

    def _weak_found(self, text: str, parts: Sequence[str]) -> list[str]:
        """Weak phones and addresses in the row."""
        phones = [n for n, pattern in self._weak_phones if _has_phone(text, (n,), pattern)]
        return phones + _addresses_in(parts, self.weak_addresses)

    def _name_found(self, text: str) -> str:
        """The longest of the names in the text; "" without one."""
        folded = re.sub(r"[ \t]+", " ", text.casefold())
        names = [name for name, pattern in self._names if pattern.search(folded)]
        return max(names, key=len, default="")

    def _name_within(self, text: str) -> str:
        """The longest of the names in running text; one in letters is a word of its own."""
        folded = _folded(text)
        names = [
            name
            for name in map(_folded, self.names)
            if len(name) >= 2 and name in folded and (_HAN.search(name) or _is_word(name, folded))
        ]
        return max(names, key=len, default="")

    def _others_of(self, text: str) -> int:
        return self._shared.get(text, 0)

    @cached_property
    def _shared(self) -> dict[str, int]:
        return dict(self.shared)

    @cached_property
    def _known_names(self) -> frozenset[str]:
        return frozenset(map(_folded, self.known_names))

    @cached_property
    def _ids(self) -> re.Pattern[str] | None:
        long_ones = [re.escape(fold_text(one)) for one in self.ids if len(one) >= SHORTEST_MENTION]
        return re.compile(_whole("|".join(long_ones))) if long_ones else None

    @cached_property
    def _strong_phone(self) -> re.Pattern[str] | None:
        return _phone_pattern(self.strong_phones)

    @cached_property
    def _weak_phones(self) -> list[tuple[str, re.Pattern[str] | None]]:
        weak = [number for number in self.phone_numbers if self._others_of(number)]
        return [(number, _phone_pattern((number,))) for number in weak]

    @cached_property
    def weak_addresses(self) -> tuple[str, ...]:
        """Return addresses, with and without their region, that count together with a name."""
        whole = [compact(address) for address in self.addresses]
        tails = [_REGION.sub("", address) for address in whole]
        addresses = [
            a for a in whole if len(a) >= _SHORTEST_ADDRESS and a not in self.strong_addresses
        ]
        addresses += [tail for tail in tails if _is_to_the_door(tail)]
        return tuple(dict.fromkeys(addresses))

    @cached_property
    def _names(self) -> list[tuple[str, re.Pattern[str]]]:
        folded = dict.fromkeys(_folded(name) for name in self.names)
        return [
            (name, re.compile(rf"(?<!\w){_CALLED}{re.escape(name)}{_TITLES}(?!\w)"))
            for name in folded
            if len(name) >= 2
        ]


# -- spellings -----------------------------------------------------------------------------------


def fold_text(text: str) -> str:
    """The text without full-width forms and signs that cannot be seen.

    >>> fold_text("１３８\u200b0000\u30000000")
    '1380000 0000'
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).translate(_UNSEEN)


def compact(text: str) -> str:
    """An address as letters and digits alone.

    >>> compact("杭州市 枫林苑（北）1幢 １０１室")
    '杭州市枫林苑北1幢101室'
    """
    return "".join(sign for sign in fold_text(text).casefold() if sign.isalnum())


def phones_in(text: str) -> list[str]:
    """Mobile numbers in a text, as eleven digits.

    >>> phones_in("+86 138-0000-0000 / 008613900000000"), phones_in("no 2138000000001")
    (['13800000000', '13900000000'], [])
    """
    numbers = [re.sub(r"\D", "", match.group(1)) for match in _MOBILE.finditer(text)]
    return numbers + [number for number in _written_out(text) if _MOBILE.fullmatch(number)]


def phone_digits(phone: str) -> list[str]:
    """Return the digits of the phones in a cell: mobile ones, else the whole cell.

    >>> phone_digits("138 0000 0000"), phone_digits("0571-8888 6666"), phone_digits("1.38E+10")
    (['13800000000'], ['57188886666'], ['13800000000'])
    """
    said = fold_text(phone)
    if "*" in said:
        return []  # masked
    numbers = phones_in(said)
    if numbers:
        return numbers
    said = re.split("转|轉|分机|分機|ext", said.strip(), maxsplit=1, flags=re.IGNORECASE)[0]
    digits = re.sub(r"\D", "", re.sub(r"\.0+$", "", said)).removeprefix("00")
    digits = digits.removeprefix("86").lstrip("0")
    return [digits] if _SHORTEST_PHONE <= len(digits) <= _LONGEST_PHONE else []


def same_id(cell: str, ids: Iterable[str]) -> bool:
    """Return whether a cell is one of the ids, ignoring what spreadsheets add around it.

    >>> same_id('="Ｕ001"', ["U001"]), same_id("1001.0", ["1001"]), same_id("U0012", ["U001"])
    (True, True, False)
    """
    bare = fold_text(cell).strip(" \t\r\n\"'=")
    return bool(bare) and (bare in ids or re.sub(r"\.0+$", "", bare) in ids)


def between_digits(number: str) -> str:
    """Pattern of a number with what people put between its digits."""
    return BETWEEN.join(number)


def mantissa(number: str) -> str:
    """How a number begins that is written with an exponent: 1.38 of 1.38E+10."""
    digits = number.rstrip("0")
    return f"{digits[0]}.{digits[1:]}" if digits[1:] else digits


def encoded_forms(text: str) -> list[bytes]:
    """A text as bytes, in every encoding its files may have."""
    made = [text.encode(name, "ignore") for name in ENCODINGS]
    return list(dict.fromkeys([*made, json.dumps(text)[1:-1].encode()]))


ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")


def search_anchor(address: str) -> str:
    """Return the longest run of hanzi in an address, for searching bytes."""
    return max(_HAN.findall(fold_text(address)), key=len, default=address)


def _folded(name: str) -> str:
    return " ".join(fold_text(name).casefold().split())


def _is_word(name: str, text: str) -> bool:
    return re.search(_whole(re.escape(name)), text) is not None


def _compact_mantissa(number: str) -> str:
    """How such a number begins, as `compact` has it: 138e of 1.38E+10."""
    digits = number.rstrip("0")
    return f"{digits}e" if digits else number


def _whole(pattern: str) -> str:
    return rf"(?<![0-9A-Za-z_])(?:{pattern})(?![0-9A-Za-z_])"


def _phone_pattern(numbers: Sequence[str]) -> re.Pattern[str] | None:
    spaced = [between_digits(number) for number in numbers]
    return re.compile(rf"(?<!\d){_COUNTRY}0?(?:{'|'.join(spaced)})(?!\d)") if spaced else None


def _has_phone(text: str, numbers: Sequence[str], pattern: re.Pattern[str] | None) -> bool:
    if pattern is None:
        return False
    return pattern.search(text) is not None or any(n in numbers for n in _written_out(text))


def _written_out(text: str) -> Iterable[str]:
    """Yield whole numbers written with an exponent: 1.38E+10."""
    if "e" not in text and "E" not in text:
        return
    for match in _SCIENTIFIC.finditer(text):
        digits, power = match.group(1).replace(".", ""), int(match.group(2))
        if len(digits.rstrip("0")) - 1 <= power < _LONGEST_PHONE:
            yield digits.rstrip("0").ljust(power + 1, "0")


def _is_to_the_door(address: str) -> bool:
    """Return whether a normalised address identifies one door."""
    has_place = any(not sign.isdigit() for sign in address[:2])
    return (
        len(address) >= _SHORTEST_ADDRESS
        and any(sign.isdigit() for sign in address)
        and (has_place or not address.isascii())
    )


def _addresses_in(parts: Sequence[str], addresses: Sequence[str]) -> list[str]:
    """Return which `addresses` (compact) occur in one cell, or across consecutive cells."""
    if not addresses:
        return []
    cells = [compact(part) for part in parts]
    return [
        address
        for address in addresses
        if _stands_in(address, _CELL.join(cells)) or _stands_in(address, "".join(cells))
    ]


def _stands_in(address: str, text: str) -> bool:
    """Return whether the address occurs without a further digit before or after it."""
    place = text.find(address)
    while place >= 0:
        before, after = text[place - 1 : place], text[place + len(address) :][:1]
        if not (before.isdigit() and address[0].isdigit()) and not (
            after.isdigit() and address[-1].isdigit()
        ):
            return True
        place = text.find(address, place + 1)
    return False
