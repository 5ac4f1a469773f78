"""How a computed table becomes a Dagster asset: one decorator, so that each asset file says only
what it computes.

The decorated function gets a `DayRun` and returns rows written, or `Written` with metadata. The
wrapper takes care of partition, group, owners, kinds, column schema, timing, peak memory and the
record of what had to be done without.
"""

import hashlib
import inspect
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from assets.framework.memory import peak_mib, reset_peak
from assets.framework.partitions import DAYS
from assets.resources.home import LinliHome
from assets.resources.home_folder.cutoff import require_same_business_day
from assets.resources.lakehouse.lakehouse import Lakehouse, Session
from data_contracts.exports import BY_NAME as EXPORTS_BY_NAME
from data_contracts.platform_file import Platform
from data_contracts.table import Column, Personal, Table
from data_contracts.tables import BY_NAME as TABLES_BY_NAME
from data_contracts.tables.bookkeeping import FALLBACKS, RUN_STEPS
from data_contracts.units import Unit

# What the CLI shows as progress; the Dagster UI has its own log.
STEP_LOGGER = "linli.steps"
# A run in the evening and the next one a little later: a day and a half is late.
FRESH_WITHIN_A_DAY = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=36), warn_window=timedelta(hours=26)
)


@dataclass(frozen=True)
class Written:
    """What an asset wrote: rows, and metadata to show (never values of personal columns)."""

    rows: int
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class DayRun:
    """What a step may know: the business date, its last instant, the lake, the platform."""

    step: str
    as_of: date
    home: LinliHome
    log: Callable[[str], None]
    reads: tuple[Table, ...] = ()  # none: all
    asked: dg.Config | None = None  # what the run was given, for steps that ask for it
    fallbacks: list[dict[str, str]] = field(default_factory=list)

    @property
    def lake(self) -> Lakehouse:
        return self.home.lakehouse

    @property
    def platform(self) -> Platform:
        return self.home.platform()

    @property
    def as_of_end(self) -> datetime:
        """First instant that must not be seen."""
        return self.home.as_of_end(self.as_of)

    @property
    def models_dir(self) -> Path:
        return self.home.models_dir

    @property
    def threads(self) -> int:
        return self.home.threads

    def session(self) -> AbstractContextManager[Session]:
        """A session that knows the step's own table and those it declares, and no other: what is
        read without being declared fails, and the lineage that Dagster draws is whole."""
        return self.lake.session(*self.reads)

    def fallback(self, code: str, message: str, message_zh: str) -> None:
        """Note what is done without; shown in the run card and in the manifests of the lists."""
        self.log(f"fallback {code}: {message}")
        self.fallbacks.append({"code": code, "message": message, "message_zh": message_zh})

    def record(self, seconds: float, peak_memory_mib: float, rows: int) -> None:
        """Store timing and fallbacks of this step in place of those of an earlier run; a list that
        is published again without somebody stays the one of its run."""
        if self.home.publishes_again:
            return
        step = {"seconds": seconds, "peak_memory_mib": peak_memory_mib, "rows": rows}
        self._store(RUN_STEPS, [step])
        self._store(FALLBACKS, self.fallbacks)

    def _store(self, table: Table, rows: list[dict[str, Any]]) -> None:
        full = [{"as_of": self.as_of, "step": self.step} | row for row in rows]
        data = pa.Table.from_pylist(full, schema=table.arrow_schema())
        self.lake.replace(table, self.as_of, data, step=self.step)


def sql_beside(file: str, name: str) -> str:
    """Read the SQL file `name` in the folder of the asset's module `file`."""
    return (Path(file).parent / name).read_text("utf-8")


def column_schema(columns: Iterable[Column]) -> dg.TableSchema:
    """Dagster column schema of contract columns: type, 中文, meaning, unit, personal or not."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type.name.lower(),
                description=f"{column.zh}: {column.meaning}"
                + ("" if column.unit is Unit.NONE else f" [{column.unit.value}]"),
                tags={} if column.personal is Personal.NO else {"personal": column.personal.value},
                constraints=dg.TableColumnConstraints(nullable=not column.required),
            )
            for column in columns
        ]
    )


def run_step(
    context: dg.AssetExecutionContext,
    home: LinliHome,
    name: str,
    table: Table,
    body: Callable[[DayRun], Written],
    reads: Iterable[Table] = (),
    asked: dg.Config | None = None,
) -> dg.MaterializeResult:
    """Run `body` for the partition of `context`, time it, and report what it wrote."""
    run = DayRun(
        step=name,
        as_of=date.fromisoformat(context.partition_key),
        home=home,
        log=context.log.info,
        reads=tuple(dict.fromkeys((table, *reads))),  # a dep may be in `reads` too
        asked=asked,
    )
    require_same_business_day(home)
    logging.getLogger(STEP_LOGGER).info(name, extra={"zh": f"{name}（{table.zh}）"})
    reset_peak()
    started = time.perf_counter()
    written = body(run)
    seconds, peak = time.perf_counter() - started, peak_mib()
    run.record(seconds, peak, written.rows)
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": written.rows,
        "seconds": round(seconds, 2),
        "peak_memory_mib": round(peak),
        **written.metadata,
    }
    if size_bytes := run.lake.size_bytes(table):  # what goes out as files has no table
        metadata["size_bytes"] = size_bytes
    if run.fallbacks:
        metadata["fallbacks"] = dg.MetadataValue.md(
            "\n".join(f"- **{item['code']}** {item['message']}" for item in run.fallbacks)
        )
    return dg.MaterializeResult(metadata=metadata)


def day_asset(
    table: Table,
    *,
    deps: Iterable[str],
    kinds: set[str],
    reads: Iterable[Table] = (),
    description: str | None = None,
    name: str | None = None,
    config: type[dg.Config] | None = None,
    is_daily: bool = False,
) -> Callable[[Callable[[DayRun], int | Written]], dg.AssetsDefinition]:
    """Make a function of a `DayRun` the Dagster asset of `table` (or `name`).

    `deps`: assets it rests on; SQL in `DayRun.session` sees those that are tables, and `table`
    itself. `reads`: tables it reads besides, which no asset of that name makes. `config`: what a
    run must be given for it, found in `DayRun.asked`. `is_daily`: people wait for it every day, and
    Dagster shows when it is late.

    The group is the room of the function's module: `assets/core/windows.py` → `core`.
    """

    def decorate(function: Callable[[DayRun], int | Written]) -> dg.AssetsDefinition:
        asset_name = name or table.name
        declared = [known for dep in deps if (known := _table_named(dep))]

        def body(run: DayRun) -> Written:
            result = function(run)
            return result if isinstance(result, Written) else Written(result)

        asset = dg.asset(
            name=asset_name,
            deps=list(deps),
            partitions_def=DAYS,
            group_name=function.__module__.split(".")[1],
            kinds=kinds,
            owners=[f"team:{table.owner}"],
            tags={"linli/personal": personal_of(table)},
            code_version=code_version_of(function),
            freshness_policy=FRESH_WITHIN_A_DAY if is_daily else None,
            description=inspect.cleandoc(description or function.__doc__ or table.meaning),
            metadata={
                "dagster/column_schema": column_schema(table.lake_columns),
                "中文名": table.zh,
                "grain": ", ".join(table.key),
            },
        )
        tables = (*declared, *reads)

        def plain(
            context: dg.AssetExecutionContext, linli: dg.ResourceParam[LinliHome]
        ) -> dg.MaterializeResult:
            return run_step(context, linli, asset_name, table, body, tables)

        if config is None:
            return asset(plain)

        def asking(
            context: dg.AssetExecutionContext,
            config: config,  # type: ignore[valid-type]
            linli: dg.ResourceParam[LinliHome],
        ) -> dg.MaterializeResult:
            return run_step(context, linli, asset_name, table, body, tables, config)

        return asset(asking)

    return decorate


def personal_of(table: Table) -> str:
    """Whether a table is about people, for the tag by which Dagster finds assets."""
    return "no" if all(c.personal is Personal.NO for c in table.columns) else "yes"


def code_version_of(function: Callable[..., Any]) -> str:
    """Digest of the module a step is written in and of the SQL beside it: Dagster marks what was
    made by an earlier version."""
    module = Path(inspect.getsourcefile(function) or "")
    digest = hashlib.sha256()
    for path in (module, *sorted(module.parent.glob("*.sql"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _table_named(asset: str) -> Table | None:
    """The table an asset makes, where it bears its name."""
    return EXPORTS_BY_NAME.get(asset) or TABLES_BY_NAME.get(asset)
