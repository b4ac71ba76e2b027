"""Keys (密钥): the store of wrapped data keys, the keys above them, rotation, escrow, recovery, destruction."""

from lantai.archival.vault.keys.escrow import (
    check_recipient,
    make_identity,
    open_escrow,
    open_stream,
    read_identity,
    recipient_of,
    seal_stream,
)
from lantai.archival.vault.keys.hardware import TokenKeys
from lantai.archival.vault.keys.keyring import DataKey, Keyring, KeyUnit, Recovery, check_identity
from lantai.archival.vault.keys.keystore import (
    STORE_FILE,
    KeyEncryptionKey,
    KeyStore,
    Recipient,
    Tombstone,
    WrappedKey,
)
from lantai.archival.vault.keys.providers import KEYS_FILE, KeyProvider, PassphraseKeys

__all__ = [
    "KEYS_FILE",
    "STORE_FILE",
    "DataKey",
    "KeyEncryptionKey",
    "KeyProvider",
    "KeyStore",
    "KeyUnit",
    "Keyring",
    "PassphraseKeys",
    "Recipient",
    "Recovery",
    "TokenKeys",
    "Tombstone",
    "WrappedKey",
    "check_identity",
    "check_recipient",
    "make_identity",
    "open_escrow",
    "open_stream",
    "read_identity",
    "recipient_of",
    "seal_stream",
]
