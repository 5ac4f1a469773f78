"""Locate the state of Linli: its folders, its exports and its resource limits.

All state is under `home`. Data derived from the exports of one platform has its own lake and model
store, so that platforms never mix. Not here: the Dagster resource that passes a home to the steps
of a run (`assets/framework/home_resource.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assets.resources.home_folder.platforms import PLATFORM_FILE, Platforms
from assets.resources.home_folder.stored_platform import StoredPlatform
from assets.resources.lakehouse.safe_paths import safe_path
from assets.resources.outbox.platform_folders import LISTS_FOLDER, REPORTS_FOLDER
from data_contracts.errors import LinliError, zh_of
from data_contracts.platform_file import Platform
from models.clock import end_of_business_day

if TYPE_CHECKING:  # engines are imported where they are used: a rejected command needs none
    from assets.resources.lakehouse.lakehouse import Lakehouse
    from assets.resources.vault.keys import PseudonymKey
    from assets.resources.vault.vault import Vault


@dataclass(frozen=True, kw_only=True)
class LinliHome:
    """The folders and limits of one installation.

    `home`, `exports`: absolute folders. `threads`: for DuckDB and LightGBM. `given_pseudonym_key`,
    `given_vault_key`: secrets from the environment; empty: use the key files in the vault folder,
    created on first use. `rebuild`: recompute everything instead of reusing unchanged results of
    the previous day; the result is the same. `peers_python`: Python interpreter of the environment
    with the external baselines; empty: not installed. `chosen_platform`: key or id of the platform
    chosen by the user; empty: follows from the exports. `chosen_lake`: a temporary lake while that
    of the platform is replaced. `publishes_again`: a list is published again without rows that must
    be removed; this is not a run of its day, so a stale list stays stale.
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
        """Return the folders of this platform; raise LinliError when it is ambiguous."""
        return self.platforms.of(self.exports_dir, self.platform(), self.chosen_platform)

    @property
    def source_key(self) -> str:
        """Return the folder name of this platform in `lake/` and `models/`."""
        return self.chosen_lake or self.stored.lake

    @property
    def lakehouse(self) -> Lakehouse:
        return self._lakehouse(self.root / "lake" / self.source_key)

    def _lakehouse(self, path: Path) -> Lakehouse:
        from assets.resources.lakehouse.lakehouse import Lakehouse

        return Lakehouse(
            safe_path(path, self.root),
            threads=self.threads,
            memory_limit=self.memory_limit,
            scratch=safe_path(self.root / "lake" / ".scratch", self.root),
            place=path,
        )

    @property
    def vault_dir(self) -> Path:
        return self.root / "vault"

    @property
    def vault(self) -> Vault:
        """Open the vault of this lake; raise LinliError for an unusable key."""
        from assets.resources.vault.vault import Vault

        return Vault(self.vault_dir / self.stored.key, self._vault_secret())

    def _vault_secret(self) -> bytes:
        from assets.resources.vault.keys import load_key

        is_used = any(self.vault_dir.glob("*/*.sealed"))
        return load_key(
            self.vault_dir, "vault", self.given_vault_key, "LINLI_VAULT_KEY", is_used=is_used
        )

    def lakes(self) -> list[tuple[Lakehouse, Vault]]:
        """Return every lake of this home with its vault, all platforms included."""
        from assets.resources.vault.vault import Vault

        secret = self._vault_secret()
        vaults = {one.lake: one.key for one in self.platforms.all()}
        folders = sorted(p for p in (self.root / "lake").glob("*") if p.is_dir())
        lakes = []
        for path in folders:
            if not path.name.startswith("."):
                # `platform.2` was left by a killed reload of `platform`
                key = vaults.get(path.name) or re.sub(r"\.\d+$", "", path.name)
                lakes.append((self._lakehouse(path), Vault(self.vault_dir / key, secret)))
        return lakes

    def pseudonym_key(self) -> PseudonymKey:
        """Return the key that creates pseudonyms; raise LinliError for an unusable one."""
        from assets.resources.vault.keys import KEY_CHECK_FILE, PseudonymKey, load_key

        given = self.given_pseudonym_key
        is_used = any((self.root / "lake").glob(f"*/{KEY_CHECK_FILE}"))
        return PseudonymKey(
            load_key(self.vault_dir, "pseudonym", given, "LINLI_PSEUDONYM_KEY", is_used=is_used)
        )

    def pseudonym_key_of_lake(self) -> PseudonymKey:
        """Return the key for writing to this lake; raise LinliError when it was loaded with
        another.
        """
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
        """Return the database file that people open; it contains only views."""
        key = self.stored.outgoing
        return self.root / (f"linli-{key}.duckdb" if key else "linli.duckdb")

    def lists_dir(self, name: str) -> Path:
        """Return where a list of this platform is published; see `platform_folders`."""
        return self.root / LISTS_FOLDER / (self.stored.outgoing or "") / name

    def report_dir(self, as_of: date) -> Path:
        return self.root / REPORTS_FOLDER / (self.stored.outgoing or "") / as_of.isoformat()

    def of(self, platform: StoredPlatform) -> LinliHome:
        """Return this home for another of its platforms."""
        exports = platform.exports_folder(self.root) or self.exports_dir
        return replace(self, exports=str(exports), chosen_platform=platform.key, chosen_lake="")

    def platform(self) -> Platform:
        """Read `platform.toml` of the exports, or use defaults; raise LinliError when it is
        invalid.
        """
        path = self.exports_dir / PLATFORM_FILE
        if not path.is_file():
            return Platform()
        try:
            return Platform.from_toml(path.read_text("utf-8"))
        except ValueError as error:
            raise LinliError(f"{path}: {error}", f"{path}：{zh_of(error)}") from error

    def as_of_end(self, as_of: date) -> datetime:
        """Return the first instant after business day `as_of`; data from then on is not used."""
        return end_of_business_day(as_of, self.platform().cutoff_minutes)
