"""The home of Linli: where state lives, which exports are read, how much may be used.

State lives under `home` and nowhere else. What is derived from one platform's exports lives in its
own lake and model store, so that two platforms never mix. Not here: the Dagster resource that hands
a home to the steps of a run (`assets/framework/home_resource.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assets.resources.lakehouse.safe_paths import plain
from assets.resources.outbox.platform_folders import LISTS_FOLDER, REPORTS_FOLDER
from assets.resources.platforms import PLATFORM_FILE, Platforms, StoredPlatform
from data_contracts.errors import LinliError, zh_of
from data_contracts.platform_file import Platform
from models.clock import end_of_business_day

if TYPE_CHECKING:  # engines, loaded where they are used: a refused command needs none
    from assets.resources.lakehouse.lakehouse import Lakehouse
    from assets.resources.vault.keys import PseudonymKey
    from assets.resources.vault.vault import Vault


@dataclass(frozen=True, kw_only=True)
class LinliHome:
    """`home`, `exports`: absolute folders. `threads`: for DuckDB and LightGBM alike.

    `given_pseudonym_key`, `given_vault_key`: secrets that the environment gives; empty: the key
    files of the vault's folder, created when first needed.
    `rebuild`: compute everybody and everything anew, where a day otherwise carries over what has
    not changed since the day before; the result is the same. `peers_python`: python of the
    environment that peers of the backtest live in; empty: there is none. `chosen_platform`: key or
    id of the platform somebody named; empty: it follows from the exports. `chosen_lake`: a lake
    beside the platform's own, while that is being replaced. `publishes_again`: a list is written
    once more without what has to leave it; no run of its day, so a stale one stays stale.
    """

    home: str
    exports: str
    threads: int = 2
    memory_limit: str = "6GB"
    given_pseudonym_key: str = field(default="", repr=False)
    given_vault_key: str = field(default="", repr=False)
    rebuild: bool = False
    peers_python: str = ""
    chosen_platform: str = ""
    chosen_lake: str = ""
    publishes_again: bool = False

    @property
    def root(self) -> Path:
        return Path(self.home)

    @property
    def exports_dir(self) -> Path:
        return Path(self.exports)

    @property
    def platforms(self) -> Platforms:
        return Platforms(self.root)

    @property
    def stored(self) -> StoredPlatform:
        """Where the data of this platform stands; raises LinliError where two may be meant."""
        return self.platforms.of(self.exports_dir, self.platform(), self.chosen_platform)

    @property
    def source_key(self) -> str:
        """Name of this platform's folder in `lake/` and `models/`."""
        return self.chosen_lake or self.stored.lake

    @property
    def lakehouse(self) -> Lakehouse:
        return self._lakehouse(self.root / "lake" / self.source_key)

    def _lakehouse(self, path: Path) -> Lakehouse:
        from assets.resources.lakehouse.lakehouse import Lakehouse

        return Lakehouse(
            plain(path, self.root),
            threads=self.threads,
            memory_limit=self.memory_limit,
            scratch=plain(self.root / "lake" / ".scratch", self.root),
            place=path,
        )

    @property
    def vault_dir(self) -> Path:
        return self.root / "vault"

    @property
    def vault(self) -> Vault:
        """Who the pseudonyms of this lake are; raises LinliError for a key that cannot serve."""
        from assets.resources.vault.vault import Vault

        return Vault(self.vault_dir / self.stored.key, self._vault_secret())

    def _vault_secret(self) -> bytes:
        from assets.resources.vault.keys import key_of

        is_used = any(self.vault_dir.glob("*/*.sealed"))
        return key_of(
            self.vault_dir, "vault", self.given_vault_key, "LINLI_VAULT_KEY", is_used=is_used
        )

    def lakes(self) -> list[tuple[Lakehouse, Vault]]:
        """Every lake of this home with its vault, those of other platforms among them."""
        from assets.resources.vault.vault import Vault

        secret = self._vault_secret()
        vaults = {one.lake: one.key for one in self.platforms.all()}
        folders = sorted(p for p in (self.root / "lake").glob("*") if p.is_dir())
        found = []
        for path in folders:
            if not path.name.startswith("."):
                # `platform.2` is what a killed reload of `platform` left
                key = vaults.get(path.name) or re.sub(r"\.\d+$", "", path.name)
                found.append((self._lakehouse(path), Vault(self.vault_dir / key, secret)))
        return found

    def pseudonym_key(self) -> PseudonymKey:
        """The key ids become pseudonyms by; raises LinliError for one that cannot serve."""
        from assets.resources.vault.keys import MARK, PseudonymKey, key_of

        given = self.given_pseudonym_key
        is_used = any((self.root / "lake").glob(f"*/{MARK}"))
        return PseudonymKey(
            key_of(self.vault_dir, "pseudonym", given, "LINLI_PSEUDONYM_KEY", is_used=is_used)
        )

    def pseudonym_key_of_lake(self) -> PseudonymKey:
        """The same, for writing into this lake; raises LinliError when it was loaded by another."""
        from assets.resources.vault.keys import assert_key_of_lake
        from data_contracts.tables.bookkeeping import INGEST_LEDGER

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
        key = self.stored.outgoing
        return self.root / (f"linli-{key}.duckdb" if key else "linli.duckdb")

    def lists_dir(self, name: str) -> Path:
        """Where a list of this platform is published; see `outgoing_folders`."""
        return self.root / LISTS_FOLDER / (self.stored.outgoing or "") / name

    def report_dir(self, as_of: date) -> Path:
        return self.root / REPORTS_FOLDER / (self.stored.outgoing or "") / as_of.isoformat()

    def of(self, platform: StoredPlatform) -> LinliHome:
        """The same home for another of its platforms."""
        exports = platform.exports_folder(self.root) or self.exports_dir
        return replace(self, exports=str(exports), chosen_platform=platform.key, chosen_lake="")

    def platform(self) -> Platform:
        """`platform.toml` beside the exports, or the defaults; raises LinliError when wrong."""
        path = self.exports_dir / PLATFORM_FILE
        if not path.is_file():
            return Platform()
        try:
            return Platform.from_toml(path.read_text("utf-8"))
        except ValueError as error:
            raise LinliError(f"{path}: {error}", f"{path}：{zh_of(error)}") from error

    def as_of_end(self, as_of: date) -> datetime:
        """First instant after business day `as_of`: nothing at or after it may be seen."""
        return end_of_business_day(as_of, self.platform().cutoff_minutes)
