"""Read every setting from the environment; no other module reads it.

| variable | default | meaning |
|---|---|---|
| LINLI_HOME | ./home | folder of everything Linli writes |
| LINLI_EXPORTS | $LINLI_HOME/inbox, or as read last | folder the exports are read from |
| LINLI_PLATFORM | the one there is | which platform of the home is meant, by its id |
| LINLI_THREADS | 2 | threads of DuckDB and LightGBM |
| LINLI_MEMORY_LIMIT | 6GB | memory DuckDB may use before it spills to disk |
| LINLI_PEERS_PYTHON | .venv-peers next to the environment | python of the external baselines |
| LINLI_REBUILD | 0 | 1: recompute every user instead of copying unchanged ones |
| LINLI_PSEUDONYM_KEY | a file in $LINLI_HOME/vault | secret by which user ids become pseudonyms |
| LINLI_VAULT_KEY | a file in $LINLI_HOME/vault | secret that seals names, phones and addresses |
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from assets.resources.files.atomic_file import write_atomically
from assets.resources.files.private_files import FILE_MODE
from assets.resources.home import LinliHome
from assets.resources.home_folder.platforms import Platforms, default_exports
from assets.resources.home_folder.stored_platform import StoredPlatform
from assets.resources.lakehouse.safe_paths import safe_path
from data_contracts.errors import LinliError
from data_contracts.system_errors import said_of

PSEUDONYM_KEY, VAULT_KEY = "LINLI_PSEUDONYM_KEY", "LINLI_VAULT_KEY"
_FOLDERS = ("inbox", "lake", "models", "lists", "reports", "dagster")

DAGSTER_YAML = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 2
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 60
"""


@dataclass(frozen=True)
class Settings:
    """Hold absolute folders, limits of threads and memory, and the chosen platform."""

    home: Path
    exports: Path
    threads: int
    memory_limit: str
    has_pseudonym_key: bool = False
    has_vault_key: bool = False
    rebuild: bool = False
    peers_python: str = ""
    platform: str = ""  # key or id of the chosen platform

    @classmethod
    def from_environment(
        cls,
        environment: Mapping[str, str] | None = None,
        *,
        home: Path | None = None,
        exports: Path | None = None,
        platform: str | None = None,
        rebuild: bool = False,
    ) -> Settings:
        """Read the environment once; arguments win. Raises LinliError for every wrong value.

        Without an exports folder, the folder of the chosen platform or the usual one is used.
        """
        env = os.environ if environment is None else environment
        wrong = []
        threads = env.get("LINLI_THREADS", "2")
        if not re.fullmatch(r"[1-9]\d{0,2}", threads):
            wrong.append(
                (
                    f"LINLI_THREADS={threads!r} is not a whole number from 1 to 999",
                    f"LINLI_THREADS={threads!r} 不是 1 到 999 的整数",
                )
            )
        memory = env.get("LINLI_MEMORY_LIMIT", "6GB")
        if not re.fullmatch(r"\d+(\.\d+)?\s*(MB|GB|MiB|GiB)", memory):
            wrong.append(
                (
                    f"LINLI_MEMORY_LIMIT={memory!r} is not a size like 6GB",
                    f"LINLI_MEMORY_LIMIT={memory!r} 不是有效的容量，格式如 6GB",
                )
            )
        if env.get("LINLI_REBUILD", "0") not in ("0", "1"):
            stated = env["LINLI_REBUILD"]
            wrong.append(
                (
                    f"LINLI_REBUILD={stated!r} is neither 0 nor 1",
                    f"LINLI_REBUILD={stated!r} 只能是 0 或 1",
                )
            )
        if wrong:
            raise LinliError("; ".join(en for en, _ in wrong), "；".join(zh for _, zh in wrong))
        root = home_folder(home, env)
        named = exports or (Path(env["LINLI_EXPORTS"]) if "LINLI_EXPORTS" in env else None)
        chosen = platform or env.get("LINLI_PLATFORM", "")
        folder = named.expanduser().resolve() if named else default_exports(root, chosen)
        return cls(
            root,
            folder,
            int(threads),
            memory,
            has_pseudonym_key=bool(env.get(PSEUDONYM_KEY)),
            has_vault_key=bool(env.get(VAULT_KEY)),
            rebuild=rebuild or env.get("LINLI_REBUILD") == "1",
            peers_python=_peers_python(env.get("LINLI_PEERS_PYTHON")),
            platform=chosen,
        )

    @classmethod
    def of_one_platform(
        cls, *, home: Path | None, exports: Path | None, platform: str | None
    ) -> Settings:
        """Build settings for a command that reads a home but no exports.

        Without a folder or a platform, the only platform is used; raises LinliError listing all
        platforms when the home has several.
        """
        settings = cls.from_environment(home=home, exports=exports, platform=platform)
        platforms = settings.platforms()
        is_named = exports is not None or bool(settings.platform)
        if is_named or not platforms or ("LINLI_EXPORTS" in os.environ and len(platforms) > 1):
            return settings
        settings_of_one = settings.only_platform()
        return replace(
            settings_of_one,
            exports=platforms[0].exports_folder(settings_of_one.home) or settings_of_one.exports,
        )

    def platforms(self) -> list[StoredPlatform]:
        """List the platforms of the home."""
        return Platforms(self.home).all([self.exports])

    def only_platform(self) -> Settings:
        """Return these settings with the home's only platform, wherever its exports are now.

        Raises LinliError when the home has several platforms and none is chosen.
        """
        only = Platforms(self.home).only(self.platform, [self.exports])
        return self if only is None else replace(self, platform=only.key)

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    def linli_home(self) -> LinliHome:
        """Build the home, with the keys that the environment provides."""
        return LinliHome(
            home=str(self.home),
            exports=str(self.exports),
            threads=self.threads,
            memory_limit=self.memory_limit,
            given_pseudonym_key=os.environ.get(PSEUDONYM_KEY, "") * self.has_pseudonym_key,
            given_vault_key=os.environ.get(VAULT_KEY, "") * self.has_vault_key,
            rebuild=self.rebuild,
            peers_python=self.peers_python,
            chosen_platform=self.platform,
        )

    def prepare_home(self) -> None:
        """Create the folders and Dagster's instance file; raises LinliError when not permitted."""
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name in _FOLDERS:
                (self.home / name).mkdir(exist_ok=True, mode=0o700)
            instance = self.dagster_home / "dagster.yaml"
            if not instance.is_file():
                write_atomically(instance, DAGSTER_YAML.encode())
                instance.chmod(FILE_MODE)
        except OSError as error:
            raise LinliError(
                f"{self.home}: cannot be written ({said_of(error)}); "
                "choose another with LINLI_HOME",
                f"{self.home}：无法写入（{said_of(error).zh}）；请用 LINLI_HOME 指定其他目录",
            ) from error
        # Dagster builds URLs from it
        os.environ["DAGSTER_HOME"] = str(safe_path(self.dagster_home, self.home))


def home_folder(given: Path | None, environment: Mapping[str, str] | None = None) -> Path:
    """Return the home folder, also when another setting is wrong."""
    env = os.environ if environment is None else environment
    return (given or Path(env.get("LINLI_HOME", "home"))).expanduser().resolve()


def language_of_terminal(environment: Mapping[str, str] | None = None) -> str:
    """Return `zh` for a Chinese terminal (LC_ALL, LC_MESSAGES, LANG, in this order), else `en`.

    >>> language_of_terminal({"LANG": "zh_CN.UTF-8"}), language_of_terminal({"LANG": "C.UTF-8"})
    ('zh', 'en')
    """
    env = os.environ if environment is None else environment
    said = next((env[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "")
    return "zh" if said.lower().startswith("zh") else "en"


def _peers_python(named: str | None) -> str:
    """Return the given python, or that of `.venv-peers` next to our environment; "" without one."""
    made = Path(sys.prefix).parent / ".venv-peers" / "bin" / "python"
    return named or (str(made) if made.is_file() else "")
