"""What a lake of orders must hold, by plain Python: the truth that ingest is compared with.

It keeps the rules of ingest in the fewest words and shares nothing with it. Money is in fen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

PRICE_FEN = 333

Place = tuple[str, int]  # content and row number


@dataclass(frozen=True)
class Row:
    """A line of an order as a file says it; `quantity` None does not read, so is it set aside."""

    order: str
    day: date
    quantity: int | None
    updated: date | None
    user: str
    sku: str

    @property
    def fen(self) -> int:
        return PRICE_FEN * (self.quantity or 0)


@dataclass(frozen=True)
class Content:
    """A file as it is loaded. `mends`: row number → the row it was handed back for."""

    sha: str
    name: str
    rows: Mapping[int, Row]
    mends: Mapping[int, Place] = field(default_factory=dict)


@dataclass
class Account:
    """Rows and fen of one content."""

    loaded: list[int] = field(default_factory=lambda: [0, 0])
    quarantined: list[int] = field(default_factory=lambda: [0, 0])
    duplicate: list[int] = field(default_factory=lambda: [0, 0])
    superseded: list[int] = field(default_factory=lambda: [0, 0])
    forgotten: list[int] = field(default_factory=lambda: [0, 0])

    def move(self, row: Row, source: str | None, target: str) -> None:
        if source is not None:
            self._add(source, -1, -row.fen)
        self._add(target, 1, row.fen)

    def _add(self, name: str, rows: int, fen: int) -> None:
        counted = getattr(self, name)
        counted[0] += rows
        counted[1] += fen

    def as_rows(self) -> tuple[tuple[int, int], ...]:
        parts = (self.loaded, self.quarantined, self.duplicate, self.superseded, self.forgotten)
        return tuple((rows, fen) for rows, fen in parts)


@dataclass
class Auditor:
    """Rows that stand by order, rows set aside, accounts by content."""

    contents: dict[str, Content] = field(default_factory=dict)
    standing: dict[str, Place] = field(default_factory=dict)
    aside: set[Place] = field(default_factory=set)
    accounts: dict[str, Account] = field(default_factory=dict)
    live: dict[str, set[str]] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)

    def row(self, place: Place) -> Row:
        return self.contents[place[0]].rows[place[1]]

    def load(self, staged: Sequence[Content]) -> None:
        good: list[Place] = []
        fresh: dict[Place, str] = {}
        for content in staged:
            self.contents[content.sha] = content
            account = self.accounts[content.sha] = Account()
            for number, row in content.rows.items():
                place = (content.sha, number)
                if row.user in self.forgotten:
                    account.move(row, None, "forgotten")
                elif row.quantity is None:
                    account.move(row, None, "quarantined")
                    fresh[place] = content.name
                else:
                    account.move(row, None, "loaded")
                    good.append(place)
        for content in staged:
            self._take_back(content, [place for place in good if place[0] == content.sha])
        self._settle(good)
        self._set_aside(staged, good, fresh)

    def forget(self, user: str) -> None:
        self.forgotten.add(user)
        for order, place in list(self.standing.items()):
            if self.row(place).user == user:
                del self.standing[order]
                self.accounts[place[0]].move(self.row(place), "loaded", "forgotten")
        for place in [place for place in self.aside if self.row(place).user == user]:
            self.aside.remove(place)
            self.accounts[place[0]].move(self.row(place), "quarantined", "forgotten")

    # -- a load ----------------------------------------------------------------------------------

    def _take_back(self, content: Content, good: list[Place]) -> None:
        """Rows of earlier contents of the same name that the new one stands for."""
        days = [self.row(place).day for place in good]
        orders = {self.row(place).order for place in good}
        older = self.live.get(content.name, set())
        for order, place in list(self.standing.items()):
            if place[0] not in older or not days:
                continue
            is_within = min(days) <= self.row(place).day <= max(days)
            if is_within and (not content.mends or order in orders):
                del self.standing[order]
                self.accounts[place[0]].move(self.row(place), "loaded", "superseded")
        if content.mends:
            older.add(content.sha)
        else:
            for sha in older:
                self._drop([place for place in self.aside if place[0] == sha])
            older = {content.sha}
        self.live[content.name] = older

    def _settle(self, good: Iterable[Place]) -> None:
        """The newest row of each order stands."""
        for place in good:
            order = self.row(place).order
            rival = self.standing.get(order)
            if rival is None:
                self.standing[order] = place
                continue
            winner, loser = sorted((place, rival), key=self._age, reverse=True)
            self.standing[order] = winner
            self.accounts[loser[0]].move(self.row(loser), "loaded", "duplicate")

    def _age(self, place: Place) -> tuple[bool, date, str, int, str]:
        updated = self.row(place).updated
        name = self.contents[place[0]].name
        return updated is not None, updated or date.min, name, place[1], place[0]

    def _set_aside(
        self, staged: Sequence[Content], good: Sequence[Place], fresh: Mapping[Place, str]
    ) -> None:
        """Rows that are bad, less those that a mended or a later row stands for."""
        self.aside |= set(fresh)
        claims = [(content.name, place) for content in staged for place in content.mends.values()]
        gone = set()
        for place in self.aside:
            came = fresh.get(place)
            mends = self.contents[place[0]].mends.get(place[1])
            later = [name for name, claimed in claims if claimed == mends]
            is_claimed = any(claimed == place for _, claimed in claims)
            is_claimed_again = any(came is None or came < name for name in later)
            if is_claimed or is_claimed_again or self._is_good_again(place, came, good):
                gone.add(place)
        self._drop(gone)

    def _is_good_again(self, place: Place, came: str | None, good: Sequence[Place]) -> bool:
        bad = self.row(place)
        for other in good:
            row, name = self.row(other), self.contents[other[0]].name
            is_later = came is None or came < name
            is_newer = row.updated is None or bad.updated is None or row.updated >= bad.updated
            if row.order == bad.order and is_later and is_newer:
                return True
        return False

    def _drop(self, places: Iterable[Place]) -> None:
        for place in places:
            self.aside.remove(place)
            self.accounts[place[0]].move(self.row(place), "quarantined", "superseded")
