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
from assets.resources.vault.keys import MARK, PseudonymKey, assert_key_of_lake, key_of
from assets.resources.vault.vault import Vault
from data_contracts.errors import LinliError
from data_contracts.platform_file import Platform
from data_contracts.tables.bookkeeping import INGEST_LEDGER
from models.clock import end_of_business_day


def _resolved(given: str) -> str:
    """The text behind an environment variable's name; Dagster hides it until it is asked for."""
    return given.get_value() or "" if isinstance(given, dg.EnvVar) else given


class LinliHome(dg.ConfigurableResource):
    """`home`, `exports`: absolute folders. `threads`: for DuckDB and LightGBM alike.

    `given_pseudonym_key`, `given_vault_key`: names of environment variables (`dg.EnvVar`), so that
    no key shows in Dagster; empty: the key files of the vault's folder, made when first needed.
    `rebuild`: compute everybody and everything anew, where a day otherwise carries over what has
    not changed since the day before; the result is the same. `peers_python`: python of the
    environment that peers of the backtest live in; empty: there is none.
    """

    home: str
    exports: str
    threads: int = 2
    memory_limit: str = "6GB"
    given_pseudonym_key: str = ""
    given_vault_key: str = ""
    rebuild: bool = False
    peers_python: str = ""

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
        return self._lakehouse(self.root / "lake" / self.source_key)

    def _lakehouse(self, path: Path) -> Lakehouse:
        return Lakehouse(
            path,
            threads=self.threads,
            memory_limit=self.memory_limit,
            scratch=self.root / "lake" / ".scratch",
        )

    @property
    def vault_dir(self) -> Path:
        return self.root / "vault"

    @property
    def vault(self) -> Vault:
        """Who the pseudonyms of this lake are; raises LinliError for a key that cannot serve."""
        return Vault(self.vault_dir / self.source_key, self._vault_secret())

    def _vault_secret(self) -> bytes:
        given = _resolved(self.given_vault_key)
        is_used = any(self.vault_dir.glob("*/*.sealed"))
        return key_of(self.vault_dir, "vault", given, "LINLI_VAULT_KEY", is_used=is_used)

    def lakes(self) -> list[tuple[Lakehouse, Vault]]:
        """Every lake of this home with its vault, those of other exports folders among them."""
        secret = self._vault_secret()
        folders = sorted(p for p in (self.root / "lake").glob("*") if p.is_dir())
        return [
            (self._lakehouse(path), Vault(self.vault_dir / path.name, secret))
            for path in folders
            if not path.name.startswith(".")
        ]

    def pseudonym_key(self) -> PseudonymKey:
        """The key ids become pseudonyms by; raises LinliError for one that cannot serve."""
        given = _resolved(self.given_pseudonym_key)
        is_used = any((self.root / "lake").glob(f"*/{MARK}"))
        return PseudonymKey(
            key_of(self.vault_dir, "pseudonym", given, "LINLI_PSEUDONYM_KEY", is_used=is_used)
        )

    def pseudonym_key_of_lake(self) -> PseudonymKey:
        """The same, for writing into this lake; raises LinliError when it was loaded by another."""
        key = self.pseudonym_key()
        lake = self.lakehouse
        assert_key_of_lake(lake.root, key, has_rows=lake.has_rows(INGEST_LEDGER))
        return key

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
