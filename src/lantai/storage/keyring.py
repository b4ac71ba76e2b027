"""The archive's keyring, as its settings say where keys lie (LANTAI_KEYS…)."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from lantai.archival.vault import KeyStoreMissing, PassphraseMissing
from lantai.archival.vault.keys import STORE_FILE, KeyProvider, Keyring, KeyStore, PassphraseKeys, TokenKeys


def key_folder() -> Path:
    """The folder of the key store (LANTAI_KEYS)."""
    folder: Path = settings.LANTAI_KEYS
    return folder


def has_key_store() -> bool:
    """Whether a key store was made."""
    return (key_folder() / STORE_FILE).exists()


def key_store() -> KeyStore:
    """The store of wrapped keys alone: enough to count and to destroy. Raises KeyStoreMissing, KeyStoreBroken."""
    return _store(str(key_folder()), os.getpid())


def keyring() -> Keyring:
    """Store and provider, opened with the passphrase or PIN that is kept in a file. Raises VaultFault.

    Opening takes half a second once in each process: a passphrase is meant to be slow to try.
    """
    return _keyring(str(key_folder()), settings.LANTAI_KEYS_TOKEN, read_passphrase(), os.getpid())


def read_passphrase() -> str:
    """The first line of the file LANTAI_KEYS_PASSPHRASE names. Raises PassphraseMissing."""
    path: str = settings.LANTAI_KEYS_PASSPHRASE
    if not path:
        raise PassphraseMissing("LANTAI_KEYS_PASSPHRASE names no file with the passphrase or PIN of the keys")
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, ValueError) as reason:
        raise PassphraseMissing(f"the passphrase or PIN cannot be read from {path}: {reason}") from reason
    if not lines or not lines[0]:
        raise PassphraseMissing(f"{path} holds no passphrase or PIN in its first line")
    return lines[0]


def token_address(text: str) -> tuple[str, str]:
    """The PKCS#11 library and the name of the token in ``/usr/lib/….so#token``. Raises KeyStoreMissing."""
    library, _, token = text.partition("#")
    if not library or not token:
        raise KeyStoreMissing(f"LANTAI_KEYS_TOKEN is no library and token, joined by #: {text}")
    return library, token


@lru_cache(maxsize=8)
def _store(folder: str, _process: int) -> KeyStore:
    return KeyStore(Path(folder))


@lru_cache(maxsize=8)
def _keyring(folder: str, token: str, passphrase: str, process: int) -> Keyring:
    store = _store(folder, process)
    provider: KeyProvider
    if token:
        library, label = token_address(token)
        provider = TokenKeys(library, label, passphrase)
    else:
        provider = PassphraseKeys(Path(folder), passphrase)
    return Keyring(store, provider)


def forget_keyring() -> None:
    """Open the keys anew at the next use: another passphrase counts, or another folder."""
    _keyring.cache_clear()
    _store.cache_clear()
