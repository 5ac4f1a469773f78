"""The two keys of a home: one makes pseudonyms, the other seals the vault.

A key comes from the settings (which read the environment), else from a file of the vault's folder
that is made once and only its owner may read. Neither key is ever logged, stored beside data, or
shown; what is stored is a check value by which the wrong key is known before it does harm.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from assets.resources.atomic_file import remove_abandoned, write_atomically
from data_contracts.errors import LinliError

MINIMUM_KEY_CHARACTERS = 32
PSEUDONYM_CHARACTERS = 24  # 96 bits: two of a billion people share one with odds of 1 in 10^11
PREFIX = "u"
FINGERPRINT_CHARACTERS = 16
# What is written in several ways in one address: characters, and what they stand for.
ADDRESS_WRITTEN, ADDRESS_READ = "０１２３４５６７８９－（）　 ", "0123456789-()"
_SAME_IN_ADDRESSES = {
    ord(written): ADDRESS_READ[place] if place < len(ADDRESS_READ) else None
    for place, written in enumerate(ADDRESS_WRITTEN)
}
_HASH_BLOCK_BYTES = 64  # of SHA-256, RFC 2104
MARK = "_pseudonyms.json"  # in a lake: the check value of the key its rows were loaded with
_CHECKED = b"linli: which key is this?"


@dataclass(frozen=True, repr=False)
class PseudonymKey:
    """The secret of HMAC-SHA256 (RFC 2104) over ids, and of the fingerprints of addresses."""

    secret: bytes

    def pseudonym(self, user_id: str) -> str:
        """What stands in the lake for a platform's user id.

        >>> PseudonymKey(b"k" * 32).pseudonym("U1") == PseudonymKey(b"l" * 32).pseudonym("U1")
        False
        """
        digest = hmac.digest(self.secret, user_id.encode(), "sha256")
        return PREFIX + digest.hex()[:PSEUDONYM_CHARACTERS]

    def fingerprint(self, address: str) -> str:
        """Tells two addresses apart and nothing else: the same for other spacing and full-width
        digits. SHA-256 over key and text, cut to 64 bits, which takes its length extension away.
        """
        text = address.translate(_SAME_IN_ADDRESSES)
        return hashlib.sha256(self._of_addresses + text.encode()).hexdigest()[
            :FINGERPRINT_CHARACTERS
        ]

    def blocks(self) -> tuple[bytes, bytes, bytes]:
        """Inner and outer key block of the HMAC, and the key of address fingerprints: what an
        engine needs to compute both without knowing the key's name in any text."""
        key = self.secret
        if len(key) > _HASH_BLOCK_BYTES:
            key = hashlib.sha256(key).digest()
        padded = key.ljust(_HASH_BLOCK_BYTES, b"\0")
        inner = bytes(byte ^ 0x36 for byte in padded)
        outer = bytes(byte ^ 0x5C for byte in padded)
        return inner, outer, self._of_addresses

    @cached_property
    def _of_addresses(self) -> bytes:
        return derived(self.secret, "address")

    @property
    def check_value(self) -> str:
        """Tells two keys apart and nothing else."""
        return hmac.digest(self.secret, _CHECKED, "sha256").hex()[:16]


def derived(secret: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose out of `secret` (HKDF-Expand of RFC 5869, one block)."""
    return hmac.digest(secret, b"linli " + purpose.encode() + b"\x01", "sha256")


def key_of(folder: Path, name: str, given: str, variable: str, *, is_used: bool) -> bytes:
    """The key called `name`: `given` by the settings, else the file `folder/name.key`, made once.

    `is_used`: something was made with the key already, so that a new one cannot serve. Raises
    LinliError when the given text is too short, others may read the file, or the key is gone.
    """
    if given:
        if len(given) < MINIMUM_KEY_CHARACTERS:
            raise LinliError(
                f"{variable} has {len(given)} characters, a key needs at least "
                f"{MINIMUM_KEY_CHARACTERS}; make one with: openssl rand -hex 32",
                f"{variable} 只有 {len(given)} 个字符，密钥至少需要 "
                f"{MINIMUM_KEY_CHARACTERS} 个；可用 openssl rand -hex 32 生成",
            )
        return given.encode()
    path = folder / f"{name}.key"
    if not path.exists():
        if is_used:
            raise LinliError(
                f"the key {variable} is not set and {path} does not exist, but what stands here "
                "was made with it; set it, or put the file back",
                f"未设置密钥 {variable}，{path} 也不存在，而现有数据是用它生成的；请设置"
                "密钥，或放回该文件",
            )
        _make(path)
    remove_abandoned(path)  # a process killed while it made a key leaves a copy of it
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise LinliError(
            f"{path}: others may read this key; run: chmod 600 {path}",
            f"{path}：其他用户可以读取此密钥；请运行：chmod 600 {path}",
        )
    return path.read_text("ascii").strip().encode()


def _make(path: Path) -> None:
    """Write a new key; of two processes that try, one wins and both use what stands there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700)
    building = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    opened = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(building, path)  # refuses what stands already, unlike a rename
    except FileExistsError:
        pass
    finally:
        building.unlink()


def assert_key_of_lake(lake: Path, key: PseudonymKey, *, has_rows: bool) -> None:
    """Raise LinliError when the rows of `lake` were loaded with another key, or with none."""
    path = lake / MARK
    if not path.is_file():
        if has_rows:
            raise LinliError(
                f"{lake}: was loaded before user ids became pseudonyms and holds them as they "
                "are; remove this folder and run again, the exports are read anew",
                f"{lake}：导入时还没有使用假名，用户编号以原样保存；请删除此文件夹后重新"
                "运行，导出文件会重新读取",
            )
        write_atomically(path, json.dumps({"key_check": key.check_value}).encode())
        return
    if json.loads(path.read_text("utf-8"))["key_check"] != key.check_value:
        raise LinliError(
            f"{lake}: was loaded with another pseudonym key, so that new rows would name the same "
            "people differently. Put the old key back (LINLI_PSEUDONYM_KEY, or pseudonym.key in "
            "the vault folder), or remove this folder to read the exports again",
            f"{lake}：是用另一把假名密钥导入的，新数据会给同一个人不同的假名。请放回"
            "原密钥（LINLI_PSEUDONYM_KEY，或保险库文件夹中的 pseudonym.key），或删"
            "除此文件夹后重新导入",
        )
