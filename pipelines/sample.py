"""Write a simulated platform to disk: one CSV per export, `platform.toml`, and the true values.

Contains file formats and the safe replacement of a folder. Not here: the simulation
(`models.simulate`). A sample is written into a hidden folder next to the target and moved into
place, so an interrupted one leaves the old folder unchanged.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from data_contracts.errors import GivenError
from data_contracts.exports import EXPORTS
from data_contracts.messages import Bilingual
from data_contracts.platform_file import Platform
from models.simulate.config import SAMPLE_NAME, SimulationConfig

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from models.simulate.simulation import SimulatedPlatform


PLATFORM_FILE = "platform.toml"
TRUTH_FOLDER = "truth"
_OWN_NAMES = {PLATFORM_FILE, TRUTH_FOLDER, *(f"{contract.name}.csv" for contract in EXPORTS)}
_FREE_TEXT = {"chat"}  # the only export whose values may need quotes


def write_sample(
    out: Path, config: SimulationConfig, *, progress: Callable[[str], None] | None = None
) -> dict[str, int]:
    """Simulate and write `<out>/<contract>.csv`, `platform.toml` and `truth/*.parquet`.

    Returns the rows per export. An earlier sample in `out` is replaced as a whole. Raises
    ValueError when `out` has other files.
    """
    report = progress or (lambda message: None)
    out = out.absolute()
    partial = out.with_name(f".{out.name}.partial")
    previous = out.with_name(f".{out.name}.previous")
    _recover(out, previous)
    require_sample_folder(out)
    from models.simulate.simulation import simulate

    report(
        Bilingual(
            f"simulating {config.users} users over {config.days} days, seed {config.seed}",
            f"模拟 {config.users} 个用户 {config.days} 天的数据，随机种子 {config.seed}",
        )
    )
    platform = simulate(config)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        rows = _write(platform, partial, report)
        if out.exists():
            out.rename(previous)
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        _recover(out, previous)
    return rows


def require_sample_folder(out: Path) -> None:
    """Raise ValueError unless `out` is absent, empty, or a sample written by `write_sample`."""
    if not out.exists():
        return
    if not out.is_dir():
        raise GivenError(
            f"{out} is a file, not a folder; name another folder for the sample",
            f"{out}：是文件，不是文件夹；请为样例另指定文件夹",
        )
    names = sorted(entry.name for entry in out.iterdir())
    if not names:
        return
    foreign = [name for name in names if name not in _OWN_NAMES]
    if foreign or not _is_sample(out):
        example = foreign[0] if foreign else names[0]
        raise GivenError(
            f"{out} holds files that are not part of a sample ({example}); "
            "name another folder, or move them away first",
            f"{out}：其中有不是样例的文件（{example}）；请另指定文件夹，或先移走它们",
        )


def _is_sample(out: Path) -> bool:
    """Return whether `platform.toml` has the sample's name and the folder of true values exists."""
    marker = out / PLATFORM_FILE
    if not marker.is_file() or not (out / TRUTH_FOLDER).is_dir():
        return False
    try:
        return Platform.from_toml(marker.read_text(encoding="utf-8")).name == SAMPLE_NAME
    except ValueError:
        return False


def _recover(out: Path, previous: Path) -> None:
    """Restore the folder that an interrupted call had moved away, or delete it if replaced."""
    if not previous.exists():
        return
    if out.exists():
        shutil.rmtree(previous)
    else:
        previous.rename(out)


def _write(
    platform: SimulatedPlatform, folder: Path, report: Callable[[str], None]
) -> dict[str, int]:
    """Write all files into `folder`; return the rows per export."""
    import pyarrow.csv as csv
    import pyarrow.parquet as parquet

    rows = {}
    for contract in EXPORTS:
        table = platform.exports[contract.name]
        report(
            Bilingual(
                f"writing {contract.name}: {table.num_rows} rows",
                f"写入 {contract.name}：{table.num_rows} 行",
            )
        )
        quoting = "needed" if contract.name in _FREE_TEXT else "none"
        csv.write_csv(
            as_exported(table),
            folder / f"{contract.name}.csv",
            csv.WriteOptions(quoting_style=quoting, quoting_header=quoting, batch_size=16_384),
        )
        rows[contract.name] = table.num_rows
    (folder / PLATFORM_FILE).write_text(platform.platform.to_toml(), encoding="utf-8")
    truth = folder / TRUTH_FOLDER
    truth.mkdir()
    report(Bilingual("writing the true values next to the exports", "在导出文件旁写入真实需求"))
    for name, frame in platform.truth.items():
        parquet.write_table(_as_arrow(frame), truth / f"{name}.parquet")
    return rows


def as_exported(table: pa.Table) -> pa.Table:
    """Cast the table to what platforms export: moments to the second, amounts to the fen."""
    import pyarrow as pa

    fields = []
    for field in table.schema:
        kind = field.type
        if pa.types.is_timestamp(kind):
            kind = pa.timestamp("s")
        elif pa.types.is_decimal(kind):
            kind = pa.decimal128(18, 2)
        fields.append(pa.field(field.name, kind))
    return table.cast(pa.schema(fields))


def _as_arrow(frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False)
