"""Find the users whose inputs changed since an earlier day, and copy the rows of all others.

An asset computes the users whose digest differs from that of their row of the last earlier day, and
copies the other rows. It works in parts of `PART_USERS`, so that a first day, when all users are
new, needs no more memory than any other.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from assets.core.order_lines import order_lines_as_of
from assets.framework.day_asset import DayRun
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.table import Table

# About 4 million order lines of a year; under 2 GB with everything computed from them.
PART_USERS = 200_000

_EARLIER = "select max(as_of) from {table} where as_of < $as_of"
# a user without a digest is computed
_CHANGED = """
select u.user_id, d.input_digest
from profile_basic as u
left join ({digests}) as d on u.user_id = d.user_id
left join (select distinct user_id, input_digest from {table} where as_of = $earlier) as e
    on u.user_id = e.user_id
where
    u.as_of = $as_of
    and (
        d.input_digest is null or e.input_digest is null or d.input_digest <> e.input_digest
    )
"""
_PART = "select * from changed_users where hash(user_id) % $parts = $part"
_ALL_LINES = "select * from order_lines_as_of where user_id is not null"
_THEIR_LINES = (
    "select * from order_lines_as_of where user_id in (select user_id from users_of_part)"
)
_CARRIED = """
select * from {table}
where
    as_of = $earlier
    and user_id in (select user_id from profile_basic where as_of = $as_of)
    and user_id not in (select user_id from changed_users)
"""


def digests_of(column: str) -> str:
    """SQL of the day's digests of a dimension: a column of profile_inputs."""
    return f"select user_id, {column} as input_digest from profile_inputs where as_of = $as_of"


class ChangedUsers:
    """Users of `run.as_of` whose rows of `table` must be computed.

    `digests`: SQL of (user_id, input_digest) of the day, with its `params`. Makes the steps
    `changed_users` (the same columns, changed users only) and `day_rows`, which collects the rows
    of the day.
    """

    def __init__(
        self, session: Session, run: DayRun, table: Table, digests: str, **params: object
    ) -> None:
        self._session = session
        self._run = run
        self._table = table
        self.earlier: date | None = None
        if not run.home.rebuild:
            self.earlier = session.scalar(_EARLIER.format(table=table.name), as_of=run.as_of)
        session.table(
            "changed_users",
            _CHANGED.format(table=table.name, digests=digests),
            as_of=run.as_of,
            earlier=self.earlier,
            **params,
        )
        session.empty("day_rows", table)
        self.users: int = session.scalar("select count(*) from changed_users")

    def parts(self) -> Iterator[None]:
        """Make `users_of_part` (user_id, input_digest) for each part in turn."""
        parts = -(-self.users // PART_USERS) or 1
        for part in range(parts):
            self._session.table("users_of_part", _PART, parts=parts, part=part)
            yield

    def lines(self) -> None:
        """Make `lines_of_part`: order lines of `users_of_part` as known at `as_of`. Also makes
        `order_lines_as_of`, the lines of all users."""
        order_lines_as_of(self._session, self._run)
        is_everybody = self.earlier is None and self.users <= PART_USERS
        self._session.view("lines_of_part", _ALL_LINES if is_everybody else _THEIR_LINES)

    def add(self, sql: str, **params: object) -> None:
        """Append the query's rows, with the table's columns by name, to `day_rows`."""
        self._session.append("day_rows", sql, **params)

    def carry_over(self, **recomputed: str) -> None:
        """Append the earlier rows of all other users to `day_rows`; the columns `recomputed` get
        the value of their SQL expression."""
        replaced = ", ".join(
            f"{sql} as {name}" for name, sql in {"as_of": "$as_of", **recomputed}.items()
        )
        carried = _CARRIED.format(table=self._table.name)
        self.add(
            f"select * replace ({replaced}) from ({carried})",
            as_of=self._run.as_of,
            earlier=self.earlier,
        )

    def metadata(self) -> Mapping[str, int]:
        return {"users_computed": self.users}
