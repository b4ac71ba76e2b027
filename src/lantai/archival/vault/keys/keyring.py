"""The key store and the provider of key-encryption keys together: making, opening, rotating, escrowing, recovering."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from lantai.archival.vault.content import DATA_KEY_BYTES, key_proof
from lantai.archival.vault.faults import EscrowWrong, KeyWrong
from lantai.archival.vault.keys.escrow import escrow_keys, open_escrow, recipient_of
from lantai.archival.vault.keys.keystore import KeyEncryptionKey, KeyStore, WrappedKey
from lantai.archival.vault.keys.providers import KeyProvider

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key in the clear, in memory only."""

    key: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyUnit:
    """What one data key is made for: the *unit* (the record's folder) of an object, in one version of it."""

    object_id: str
    version: str
    unit: str


class Keyring:
    """What storage does with keys. All times are ISO 8601 text handed in."""

    def __init__(self, store: KeyStore, provider: KeyProvider) -> None:
        self.store = store
        self.provider = provider

    def make_keys(self, units: Sequence[KeyUnit], *, shelf: str, wrapping: str, now: str) -> dict[KeyUnit, DataKey]:
        """A fresh data key for each of *units*, wrapped under the current key of *shelf* and for every escrow
        recipient, and durable before anything is sealed with it. Raises VaultFault."""
        if not units:
            return {}
        made = {each: DataKey(secrets.token_hex(16), secrets.token_bytes(DATA_KEY_BYTES)) for each in units}
        bare = [each.secret for each in made.values()]
        escrow = [
            (key.key, recipient.recipient, blob)
            for recipient in self.store.recipients()
            for key, blob in zip(made.values(), escrow_keys(recipient.recipient, bare), strict=True)
        ]
        kept = False
        while not kept:  # again when a rotation came between
            kek = self.current_kek(shelf=shelf, wrapping=wrapping, now=now).identifier
            wrapped = self.provider.wrap(kek, bare)
            rows = [
                WrappedKey(key.key, of.object_id, of.version, of.unit, kek, blob, key_proof(key.secret), now)
                for (of, key), blob in zip(made.items(), wrapped, strict=True)
            ]
            kept = self.store.add_keys(rows, escrow)
        return made

    def open_keys(self, wrapped: Sequence[WrappedKey]) -> list[bytes]:
        """The data keys themselves. Raises KeyMissing where the key-encryption key is gone, KeyWrong, TokenMissing."""
        found: dict[str, bytes] = {}
        for kek in {each.kek for each in wrapped}:
            rows = [each for each in wrapped if each.kek == kek]
            for row, secret in zip(rows, self.provider.unwrap(kek, [each.wrapped for each in rows]), strict=True):
                if key_proof(secret) != row.proof:
                    raise KeyWrong(f"the data key {row.key} is not the one that was made for {row.object_id}")
                found[row.key] = secret
        return [found[each.key] for each in wrapped]

    def open_key(self, key: str) -> bytes:
        """The data key called *key*. Raises KeyDestroyed, KeyMissing, KeyWrong and the provider's faults."""
        return self.open_keys([self.store.find_key(key)])[0]

    def current_kek(self, *, shelf: str, wrapping: str, now: str) -> KeyEncryptionKey:
        """The key-encryption key of *shelf*, made when there is none yet."""
        kek = self.store.current_kek(shelf, wrapping)
        if kek is None:
            kek = self.store.add_kek(KeyEncryptionKey(_identifier(shelf), shelf, wrapping, now))
        self.provider.make(kek.identifier, wrapping)  # after the row: a run that died between makes it now
        return kek

    def begin_rotation(self, old: KeyEncryptionKey, *, now: str) -> KeyEncryptionKey:
        """Give the shelf of *old* a new key-encryption key; data keys still lie under the old until
        ``rewrap_retired`` has moved them."""
        new = KeyEncryptionKey(_identifier(old.shelf), old.shelf, old.wrapping, now)
        self.provider.make(new.identifier, new.wrapping)
        self.store.replace_kek(old.identifier, new)
        return new

    def rewrap_retired(self, *, now: str, limit: int = 0) -> int:
        """Move data keys from retired key-encryption keys to the current ones of their shelves, then destroy the
        retired; content is not touched. Returns how many were moved, at most *limit* (0: all). Whatever stops it, the
        next call goes on: a data key lies under the old or under the new, never under neither.
        """
        moved = 0
        for old in self.store.keks("retired_at IS NOT NULL AND destroyed_at IS NULL"):
            current = self.current_kek(shelf=old.shelf, wrapping=old.wrapping, now=now)
            while rows := self.store.keys_under(
                old.identifier, limit=min(_AT_ONCE, limit - moved if limit else _AT_ONCE)
            ):
                wrapped = self.provider.wrap(current.identifier, self.open_keys(rows))
                self.store.rewrap_keys(current.identifier, list(zip((each.key for each in rows), wrapped, strict=True)))
                moved += len(rows)
                if limit and moved >= limit:
                    return moved
            self.provider.destroy(old.identifier)
            self.store.mark_destroyed(old.identifier, now)
        return moved

    def escrow_missing(self, recipient: str) -> int:
        """Wrap for *recipient* every data key that has no wrap for it yet; returns how many. Resumable."""
        done = 0
        while rows := self.store.without_escrow(recipient, limit=_AT_ONCE):
            wraps = escrow_keys(recipient, self.open_keys(rows))
            self.store.add_escrow([(row.key, recipient, wrap) for row, wrap in zip(rows, wraps, strict=True)])
            done += len(rows)
        return done

    def recover_keys(self, identity: str, *, now: str) -> Recovery:
        """Open the escrow wraps with *identity* and put the data keys under new key-encryption keys of this provider,
        because the old ones are lost. Resumable: what already opens stays as it is.

        Raises EscrowWrong when no wrap is for this identity, KeyWrong for a wrap that holds another key.
        """
        recipient = check_identity(self.store, identity)
        held = set(self.provider.identifiers())
        lost = [each for each in self.store.keks("destroyed_at IS NULL") if each.identifier not in held]
        shelves = {each.identifier: each for each in lost}
        for each in lost:
            if not each.retired_at:
                self.begin_rotation(each, now=now)
        after, recovered = "", 0
        while rows := self.store.escrow_of(recipient, after=after, limit=_AT_ONCE):
            after = rows[-1][0].key
            for kek in {row.kek for row, _wrap in rows} & shelves.keys():
                mine = [(row, open_escrow(identity, wrap)) for row, wrap in rows if row.kek == kek]
                for row, secret in mine:
                    if key_proof(secret) != row.proof:
                        raise KeyWrong(f"the escrow wrap of {row.key} holds another key")
                current = self.current_kek(shelf=shelves[kek].shelf, wrapping=shelves[kek].wrapping, now=now)
                wrapped = self.provider.wrap(current.identifier, [secret for _row, secret in mine])
                moved = [(row.key, blob) for (row, _secret), blob in zip(mine, wrapped, strict=True)]
                self.store.rewrap_keys(current.identifier, moved)
                recovered += len(moved)
        counts = self.store.count_keys()
        left = sum(counts.get(each, 0) for each in shelves)
        for each in lost:
            if not counts.get(each.identifier):
                self.store.mark_destroyed(each.identifier, now)
        return Recovery(recovered, left)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Data keys that open again, and those that stay lost because they were not in escrow for this identity."""

    recovered: int
    lost: int


def check_identity(store: KeyStore, identity: str) -> str:
    """The recipient *identity* belongs to. Raises EscrowWrong unless it opens data keys of the store, where there are
    any."""
    recipient = recipient_of(identity)
    first = store.escrow_of(recipient, limit=1)
    if not first and store.count_keys():
        raise EscrowWrong(f"the key store holds no wrap for {recipient}")
    for _row, wrap in first:
        open_escrow(identity, wrap)
    return recipient


def _identifier(shelf: str) -> str:
    """A name that is never used twice: that of the shelf and four random bytes."""
    return f"{shelf}.{secrets.token_hex(4)}"
