"""The resource every asset gets: where state lives, which exports are read, how much may be used.

State lives under `home` and nowhere else. What is derived from one exports folder lives in its own
lake and model store, so that two platforms never mix.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path

import dagster as dg

from assets.resources.lakehouse import Lakehouse
from data_contracts.errors import LinliError
from data_contracts.platform_file import Platform
from models.clock import end_of_business_day


class LinliHome(dg.ConfigurableResource):
    """`home`, `exports`: absolute folders. `threads`: for DuckDB and LightGBM alike."""

    home: str
    exports: str
    threads: int = 2
    memory_limit: str = "6GB"

    @property
    def root(self) -> Path:
        return Path(self.home)

    @property
    def exports_dir(self) -> Path:
        return Path(self.exports)

    @property
    def source_key(self) -> str:
        """Name of the lake of these exports: folder, platform id and cut-off keep lakes apart."""
        platform = self.platform()
        identity = f"{self.exports_dir}|{platform.id}|{platform.cutoff}"
        digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
        return f"{self.exports_dir.name}-{digest}"

    @property
    def lakehouse(self) -> Lakehouse:
        return Lakehouse(
            self.root / "lake" / self.source_key,
            threads=self.threads,
            memory_limit=self.memory_limit,
            scratch=self.root / "lake" / ".scratch",
        )

    @property
    def models_dir(self) -> Path:
        return self.root / "models" / self.source_key

    @property
    def database(self) -> Path:
        """The file people open; holds views only."""
        return self.root / "linli.duckdb"

    def lists_dir(self, name: str) -> Path:
        return self.root / "lists" / name

    def report_dir(self, as_of: date) -> Path:
        return self.root / "reports" / as_of.isoformat()

    def platform(self) -> Platform:
        """`platform.toml` beside the exports, or the defaults; raises LinliError when wrong."""
        path = self.exports_dir / "platform.toml"
        if not path.is_file():
            return Platform()
        try:
            return Platform.from_toml(path.read_text("utf-8"))
        except ValueError as error:
            raise LinliError(f"{path}: {error}") from error

    def as_of_end(self, as_of: date) -> datetime:
        """First instant after business day `as_of`: nothing at or after it may be seen."""
        return end_of_business_day(as_of, self.platform().cutoff_minutes)
