"""Who keeps the key-encryption keys (密钥加密密钥): a file under a passphrase, or a hardware key store."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from lantai.archival.vault.faults import KeyMissing, KeyStoreBroken, KeyStoreMissing, KeyWrong, PassphraseWrong
from lantai.archival.vault.wrapping import WRAPPINGS, unwrap_key, wrap_key

KEYS_FILE = "key-encryption.json"
_FORMAT = 1
_COST = {"n": 1 << 17, "r": 8, "p": 1}
"""scrypt's parameters: 128 MiB and about half a second for every guess."""


class KeyProvider(Protocol):
    """Keeps key-encryption keys by identifier and wraps data keys under them; the keys themselves never leave it.

    ``wrap`` and ``unwrap`` raise KeyMissing for an unknown identifier, ``unwrap`` KeyWrong for what does not open.
    """

    def make(self, identifier: str, wrapping: str) -> None:
        """Make a key and keep it durably; nothing happens when it is there. Raises ValueError for a way of wrapping
        that this provider does not know."""

    def wrap(self, identifier: str, keys: Sequence[bytes]) -> list[bytes]:
        """Data keys wrapped under one key-encryption key."""

    def unwrap(self, identifier: str, wrapped: Sequence[bytes]) -> list[bytes]:
        """The data keys again."""

    def destroy(self, identifier: str) -> bool:
        """Destroy a key for good; False when it is not there."""

    def identifiers(self) -> list[str]:
        """The keys it keeps."""


class PassphraseKeys:
    """Key-encryption keys in a file, wrapped under a key that scrypt draws from a passphrase.

    Anything with scrypt and RFC 3394 can read the file: parameters, salt and wrapped keys stand in it as JSON.
    """

    def __init__(self, folder: Path, passphrase: str) -> None:
        """Open the keys in *folder*. Raises KeyStoreMissing, KeyStoreBroken, PassphraseWrong."""
        self._path = folder / KEYS_FILE
        held = _read(self._path)
        self._key, self._salt = _unlocked(held, passphrase), held["kdf"]["salt"]

    @staticmethod
    def create(folder: Path, passphrase: str) -> PassphraseKeys:
        """Make the file in *folder*, with no key yet. Raises FileExistsError, ValueError for a passphrase of less than
        12 characters."""
        _refuse_weak(passphrase)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(folder):
            if (folder / KEYS_FILE).exists():
                raise FileExistsError(str(folder / KEYS_FILE))
            _write(folder / KEYS_FILE, _sealed_under(passphrase, {}))
        return PassphraseKeys(folder, passphrase)

    def change_passphrase(self, passphrase: str) -> None:
        """Put the same keys under another passphrase, in one durable step. Raises ValueError, VaultFault."""
        _refuse_weak(passphrase)
        with _locked(self._path.parent):
            held = self._held()
            keys = {
                name: (each["wrapping"], unwrap_key("AES-256-KW", self._key, bytes.fromhex(each["key"])))
                for name, each in held["keys"].items()
            }
            made = _sealed_under(passphrase, keys)
            _write(self._path, made)
            self._key, self._salt = _unlocked(made, passphrase), made["kdf"]["salt"]

    def make(self, identifier: str, wrapping: str) -> None:
        if wrapping not in WRAPPINGS:
            raise ValueError(f"no way of wrapping is called {wrapping!r}")
        with _locked(self._path.parent):
            held = self._held()
            if identifier not in held["keys"]:
                secret = secrets.token_bytes(WRAPPINGS[wrapping])
                held["keys"][identifier] = {
                    "wrapping": wrapping, "key": wrap_key("AES-256-KW", self._key, secret).hex()
                }  # fmt: skip
                _write(self._path, held)

    def wrap(self, identifier: str, keys: Sequence[bytes]) -> list[bytes]:
        wrapping, secret = self._secret(identifier)
        return [wrap_key(wrapping, secret, each) for each in keys]

    def unwrap(self, identifier: str, wrapped: Sequence[bytes]) -> list[bytes]:
        wrapping, secret = self._secret(identifier)
        return [unwrap_key(wrapping, secret, each) for each in wrapped]

    def destroy(self, identifier: str) -> bool:
        with _locked(self._path.parent):
            held = _read(self._path)
            if held["keys"].pop(identifier, None) is None:
                return False
            _write(self._path, held)
        return True

    def identifiers(self) -> list[str]:
        return sorted(_read(self._path)["keys"])

    def _held(self) -> dict[str, Any]:
        """The file as it is now. Raises PassphraseWrong when it was put under another passphrase since."""
        held = _read(self._path)
        if held["kdf"]["salt"] != self._salt:
            raise PassphraseWrong(f"the passphrase of {self._path} was changed since it was opened")
        return held

    def _secret(self, identifier: str) -> tuple[str, bytes]:
        held = self._held()["keys"].get(identifier)
        if held is None:
            raise KeyMissing(f"{self._path} holds no key {identifier}")
        try:
            return held["wrapping"], unwrap_key("AES-256-KW", self._key, bytes.fromhex(held["key"]))
        except KeyWrong as reason:
            raise KeyWrong(f"the key {identifier} in {self._path} was altered") from reason


def _refuse_weak(passphrase: str) -> None:
    if len(passphrase) < 12:
        raise ValueError("a passphrase has 12 characters at least")


def _sealed_under(passphrase: str, keys: dict[str, tuple[str, bytes]]) -> dict[str, Any]:
    """What the file holds: the way to the passphrase's key, a proof of the right one, the keys under it."""
    salt = secrets.token_bytes(32)
    key = _draw(passphrase, salt, _COST)
    return {
        "lantai-keys": _FORMAT,
        "kdf": {"name": "scrypt", "salt": salt.hex(), **_COST},
        "check": wrap_key("AES-256-KW", key, secrets.token_bytes(32)).hex(),
        "keys": {
            name: {"wrapping": wrapping, "key": wrap_key("AES-256-KW", key, secret).hex()}
            for name, (wrapping, secret) in keys.items()
        },
    }


def _unlocked(held: dict[str, Any], passphrase: str) -> bytes:
    kdf = held["kdf"]
    key = _draw(passphrase, bytes.fromhex(kdf["salt"]), kdf)
    try:
        unwrap_key("AES-256-KW", key, bytes.fromhex(held["check"]))
    except KeyWrong as reason:
        raise PassphraseWrong("the passphrase does not open the key-encryption keys") from reason
    return key


def _draw(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    n, r, p = cost["n"], cost["r"], cost["p"]
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)


def _read(path: Path) -> dict[str, Any]:
    try:
        held = json.loads(path.read_bytes())
    except FileNotFoundError as reason:
        raise KeyStoreMissing(f"no key-encryption keys at {path}") from reason
    except ValueError as reason:
        raise KeyStoreBroken(f"{path} is not readable as a file of keys") from reason
    if not isinstance(held, dict) or held.get("lantai-keys") != _FORMAT or not {"kdf", "check", "keys"} <= held.keys():
        raise KeyStoreBroken(f"{path} is not readable as a file of keys")
    return held


def _write(path: Path, held: dict[str, Any]) -> None:
    """Replace the file in one durable step; the old bytes are overwritten before they are given up."""
    made = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    _durable(made, json.dumps(held, indent=1, sort_keys=True).encode() + b"\n")
    old = path.with_name(f".{path.name}.old") if path.exists() else None
    if old is not None:
        old.unlink(missing_ok=True)
        old.hardlink_to(path)
    made.replace(path)
    _flush(path.parent)
    if old is not None:
        with old.open("r+b") as stream:
            stream.write(bytes(old.stat().st_size))
            stream.flush()
            os.fsync(stream.fileno())
        old.unlink()
        _flush(path.parent)


def _durable(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as stream:  # noqa: PTH123 (a descriptor)
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer at a time, in whatever process."""
    try:
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError as reason:
        raise KeyStoreMissing(f"no folder of keys at {folder}") from reason
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
