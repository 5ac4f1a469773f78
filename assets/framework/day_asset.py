"""Turn a function that computes a table for one business date into a Dagster asset.

The decorated function gets a `DayRun` and returns the number of rows written, or `Written` with
metadata. The decorator sets partition, group, owners, kinds and column schema, and records time,
peak memory and fallbacks. Not here: what a step computes.
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
from data_contracts.messages import description as bilingual
from data_contracts.platform_file import Platform
from data_contracts.stored_tables import STORED_BY_NAME
from data_contracts.table import Column, Personal, Table
from data_contracts.tables.bookkeeping import FALLBACKS, RUN_STEPS
from data_contracts.units import Unit

# The CLI shows these records as progress; the Dagster UI has its own log.
STEP_LOGGER = "linli.steps"
TABLE_NAME = "dagster/table_name"  # of an asset's metadata, by Dagster's convention
# One run every evening: after a day and a half it is late.
FRESH_WITHIN_A_DAY = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=36), warn_window=timedelta(hours=26)
)


@dataclass(frozen=True)
class Written:
    """The result of an asset: its row count and metadata (never values of personal columns)."""

    rows: int
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class DayRun:
    """The context of a step: business date, lake, platform, settings and fallbacks so far."""

    step: str
    as_of: date
    home: LinliHome
    log: Callable[[str], None]
    reads: tuple[Table, ...] = ()  # empty: every table
    config: dg.Config | None = None  # for steps that declare a config
    fallbacks: list[dict[str, str]] = field(default_factory=list)

    @property
    def lake(self) -> Lakehouse:
        return self.home.lakehouse

    @property
    def platform(self) -> Platform:
        return self.home.platform()

    @property
    def as_of_end(self) -> datetime:
        """The first moment after the business day; a step must not use data from it on."""
        return self.home.as_of_end(self.as_of)

    @property
    def models_dir(self) -> Path:
        return self.home.models_dir

    @property
    def threads(self) -> int:
        return self.home.threads

    def session(self) -> AbstractContextManager[Session]:
        """Open a session with the step's own table and its declared tables only.

        Reading an undeclared table fails, so the lineage in Dagster is complete.
        """
        return self.lake.session(*self.reads)

    def fallback(self, code: str, message: str, message_zh: str) -> None:
        """Record a fallback; the run card and the manifests of the lists show it."""
        self.log(f"fallback {code}: {message}")
        self.fallbacks.append({"code": code, "message": message, "message_zh": message_zh})

    def record(self, seconds: float, peak_memory_mib: float, rows: int) -> None:
        """Store time, memory and fallbacks of this step, replacing those of an earlier run.

        Skipped when a list is only published again without an erased person.
        """
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
    """Read the SQL file `name` next to the asset's module `file`."""
    return (Path(file).parent / name).read_text("utf-8")


def column_schema(columns: Iterable[Column]) -> dg.TableSchema:
    """Build the Dagster schema of contract columns: type, 中文, meaning, unit, personal or not."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type.name.lower(),
                description=bilingual(column.zh, column.meaning)
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
    config: dg.Config | None = None,
) -> dg.MaterializeResult:
    """Run `body` for the partition of `context`; return its rows, time and peak memory (MiB)."""
    run = DayRun(
        step=name,
        as_of=date.fromisoformat(context.partition_key),
        home=home,
        log=context.log.info,
        reads=tuple(dict.fromkeys((table, *reads))),  # a dep may also be in `reads`
        config=config,
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
    if size_bytes := run.lake.size_bytes(table):  # lists are files without a table
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
    """Turn a function of a `DayRun` into the Dagster asset of `table` (or `name`).

    `deps`: upstream assets; those that are tables, and `table` itself, are readable in
    `DayRun.session`. `reads`: further tables it reads, which have no asset of their name.
    `config`: class of the run config, available as `DayRun.config`. `is_daily`: people need it
    every day; Dagster shows when it is late.

    The group is the folder of the function's module: `assets/core/windows.py` → `core`.
    """

    def decorate(function: Callable[[DayRun], int | Written]) -> dg.AssetsDefinition:
        asset_name = name or table.name
        declared = [table_of_dep for dep in deps if (table_of_dep := _table_named(dep))]

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
            description=bilingual(
                table.zh, inspect.cleandoc(description or function.__doc__ or table.meaning)
            ),
            metadata={
                "dagster/column_schema": column_schema(table.lake_columns),
                TABLE_NAME: table.name,
                "中文名": table.zh,
                "grain": ", ".join(table.key),
            },
        )
        tables = (*declared, *reads)

        def without_config(
            context: dg.AssetExecutionContext, linli: dg.ResourceParam[LinliHome]
        ) -> dg.MaterializeResult:
            return run_step(context, linli, asset_name, table, body, tables)

        if config is None:
            return asset(without_config)

        def with_config(
            context: dg.AssetExecutionContext,
            config: config,  # type: ignore[valid-type]
            linli: dg.ResourceParam[LinliHome],
        ) -> dg.MaterializeResult:
            return run_step(context, linli, asset_name, table, body, tables, config)

        return asset(with_config)

    return decorate


def personal_of(table: Table) -> str:
    """Return `yes` for a table with personal columns, else `no`: the value of a Dagster tag."""
    return "no" if all(c.personal is Personal.NO for c in table.columns) else "yes"


def code_version_of(function: Callable[..., Any]) -> str:
    """Compute the digest of the modules and SQL files in the folder of a step.

    Dagster marks rows computed by an earlier version as outdated.
    """
    folder = Path(inspect.getsourcefile(function) or "").parent
    digest = hashlib.sha256()
    for path in (*sorted(folder.glob("*.py")), *sorted(folder.glob("*.sql"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _table_named(asset: str) -> Table | None:
    """Return the table with the name of the asset; None for an asset without a table."""
    return STORED_BY_NAME.get(asset)


def table_written_by(asset: dg.AssetsDefinition) -> Table | None:
    """Return the stored table that the asset writes; None for one that writes files."""
    (spec,) = asset.specs
    return STORED_BY_NAME.get(spec.metadata[TABLE_NAME])
