"""Manage the two keys of a home: one creates pseudonyms, the other encrypts the vault.

A key comes from the settings (which read the environment), or else from a file in the vault folder
that is created once and that only its owner may read. Keys are never logged, stored with the data,
or shown; a stored check value detects a wrong key before it does harm.
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

from assets.resources.files.atomic_file import remove_abandoned, write_atomically
from data_contracts.errors import LinliError

MINIMUM_KEY_CHARACTERS = 32
PSEUDONYM_CHARACTERS = 24  # 96 bits: two of a billion people share one with odds of 1 in 10^11
PREFIX = "u"
FINGERPRINT_CHARACTERS = 16
# Characters that addresses write in several ways, and what they are read as.
ADDRESS_WRITTEN, ADDRESS_READ = "０１２３４５６７８９－（）　 ", "0123456789-()"
_SAME_IN_ADDRESSES = {
    ord(written): ADDRESS_READ[place] if place < len(ADDRESS_READ) else None
    for place, written in enumerate(ADDRESS_WRITTEN)
}
_HASH_BLOCK_BYTES = 64  # of SHA-256, RFC 2104
KEY_CHECK_FILE = (
    "_pseudonyms.json"  # in a lake: the check value of the key its rows were loaded with
)
_CHECKED = b"linli: which key is this?"


@dataclass(frozen=True, repr=False)
class PseudonymKey:
    """The secret of HMAC-SHA256 (RFC 2104) over ids, and of the fingerprints of addresses."""

    secret: bytes

    def pseudonym(self, user_id: str) -> str:
        """Return the pseudonym stored in the lake for a platform's user id.

        >>> PseudonymKey(b"k" * 32).pseudonym("U1") == PseudonymKey(b"l" * 32).pseudonym("U1")
        False
        """
        digest = hmac.digest(self.secret, user_id.encode(), "sha256")
        return PREFIX + digest.hex()[:PSEUDONYM_CHARACTERS]

    def fingerprint(self, address: str) -> str:
        """Return a fingerprint that only distinguishes addresses.

        It ignores spacing and full-width digits. SHA-256 over key and text, cut to 64 bits, which
        prevents length extension.
        """
        text = address.translate(_SAME_IN_ADDRESSES)
        return hashlib.sha256(self._of_addresses + text.encode()).hexdigest()[
            :FINGERPRINT_CHARACTERS
        ]

    def blocks(self) -> tuple[bytes, bytes, bytes]:
        """Return inner and outer key block of the HMAC, and the key of address fingerprints.

        With them an engine computes both without the key in any SQL text.
        """
        key = self.secret
        if len(key) > _HASH_BLOCK_BYTES:
            key = hashlib.sha256(key).digest()
        padded = key.ljust(_HASH_BLOCK_BYTES, b"\0")
        inner = bytes(byte ^ 0x36 for byte in padded)
        outer = bytes(byte ^ 0x5C for byte in padded)
        return inner, outer, self._of_addresses

    @cached_property
    def _of_addresses(self) -> bytes:
        return derive_key(self.secret, "address")

    @property
    def check_value(self) -> str:
        """Return a value that only distinguishes keys."""
        return hmac.digest(self.secret, _CHECKED, "sha256").hex()[:16]


def derive_key(secret: bytes, purpose: str) -> bytes:
    """Derive a 32-byte key for one purpose from `secret` (HKDF-Expand of RFC 5869, one block)."""
    return hmac.digest(secret, b"linli " + purpose.encode() + b"\x01", "sha256")


def load_key(folder: Path, name: str, given: str, variable: str, *, is_used: bool) -> bytes:
    """Return the key called `name`: `given` by the settings, or else the file `folder/name.key`.

    A missing file is created, unless `is_used`: data was already written with the key, so a new one
    would not match. Raises LinliError when the given text is too short, other users may read the
    file, or the key is missing.
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
                f"the key {variable} is not set and {path} does not exist, but existing data "
                "was created with it; set it, or put the file back",
                f"未设置密钥 {variable}，{path} 也不存在，而现有数据是用它生成的；请设置"
                "密钥，或放回该文件",
            )
        _create_key(path)
    remove_abandoned(path)  # a process killed while creating a key leaves a copy of it
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise LinliError(
            f"{path}: others may read this key; run: chmod 600 {path}",
            f"{path}：其他用户可以读取此密钥；请运行：chmod 600 {path}",
        )
    return path.read_text("ascii").strip().encode()


def _create_key(path: Path) -> None:
    """Write a new key; of two concurrent processes one wins and both use its key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700)
    building = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    opened = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(building, path)  # fails if the file exists, unlike a rename
    except FileExistsError:
        pass
    finally:
        building.unlink()


def assert_key_of_lake(lake: Path, key: PseudonymKey, *, has_rows: bool) -> None:
    """Raise LinliError when the rows of `lake` were loaded with another key, or without one."""
    path = lake / KEY_CHECK_FILE
    if not path.is_file():
        if has_rows:
            raise LinliError(
                f"{lake}: was loaded before user ids became pseudonyms and holds them as they "
                "are; remove this folder and run again, the exports are read again",
                f"{lake}：导入时还没有脱敏，保存的是平台的原始用户编号；请删除此文件夹后重新"
                "运行，导出文件会重新读取",
            )
        write_atomically(path, json.dumps({"key_check": key.check_value}).encode())
        return
    if json.loads(path.read_text("utf-8"))["key_check"] != key.check_value:
        raise LinliError(
            f"{lake}: was loaded with another pseudonym key, and new rows would give "
            "the same people other pseudonyms. Put the old key back (LINLI_PSEUDONYM_KEY, or "
            "pseudonym.key in the vault folder), or remove this folder to read the exports again",
            f"{lake}：是用另一把脱敏密钥导入的，新数据会给同一个人不同的编号。请放回"
            "原密钥（LINLI_PSEUDONYM_KEY，或保险库文件夹中的 pseudonym.key），或删"
            "除此文件夹后重新导入",
        )
