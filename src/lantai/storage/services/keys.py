"""The archive's keys (密钥管理): store made, rules decided, keys rotated, escrow given and taken, keys recovered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from lantai.administration.services.people_access import Actor
from lantai.archival.vault import ALGORITHMS, KeyStoreMissing, PassphraseWrong
from lantai.archival.vault.keys import (
    KEYS_FILE,
    Keyring,
    KeyStore,
    PassphraseKeys,
    Recipient,
    Recovery,
    TokenKeys,
    check_identity,
    check_recipient,
)
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.keyring import (
    forget_keyring,
    has_key_store,
    key_folder,
    key_store,
    keyring,
    read_passphrase,
    token_address,
)
from lantai.storage.models import SealingRule
from lantai.work.services import queue_job

PERMANENT = "Y"
SUBJECT = "keys"


class KeysRefused(ValueError):
    """Something about keys is not done; the message says why, in the reader's language."""


@dataclass(frozen=True, slots=True)
class RuleAsked:
    """A sealing rule to decide: for one fonds or all (""), one retention class or all ("")."""

    fonds_code: str
    retention: str
    sealed: bool
    algorithm: str = "AES-256-GCM"
    searchable: bool = True


def create_keys(*, by: Actor, now: datetime) -> Path:
    """Make the key store, and the keys above it under the passphrase in the file LANTAI_KEYS_PASSPHRASE names, or in
    the hardware token. Returns its folder. Raises KeysRefused when it is there, VaultFault.
    """
    folder = key_folder()
    if has_key_store():
        raise KeysRefused(_("密钥库已经建立：%(folder)s。") % {"folder": folder})
    _make_provider(folder)
    KeyStore.create(folder)
    forget_keyring()
    keyring()
    with transaction.atomic():
        where = settings.LANTAI_KEYS_TOKEN.partition("#")[2] or "passphrase"
        append_entries(entries=[_entry("keys.created", by, now, {"kept_by": where})])
    return folder


def decide_sealing(*, asked: RuleAsked, reason: str, by: Actor, now: datetime) -> SealingRule:
    """Decide whether what comes from now on is sealed; what lies on the shelf stays as it is.

    Sealing needs keys that open, and a rule that covers permanent records an escrow recipient besides: a lost key would
    destroy them. Raises KeysRefused, VaultFault.
    """
    if asked.algorithm not in ALGORITHMS:
        raise KeysRefused(_("没有这种算法：%(algorithm)s。") % {"algorithm": asked.algorithm})
    if asked.sealed:
        if not has_key_store():
            raise KeysRefused(_("密钥库尚未建立：先运行 lantai keys create。"))
        store = keyring().store
        if asked.algorithm == "SM4-GCM" and settings.LANTAI_KEYS_TOKEN:
            raise KeysRefused(_("这个硬件密钥不支持 SM4。"))
        if asked.retention in ("", PERMANENT) and not store.recipients():
            raise KeysRefused(_("加密永久档案须先设托管人：密钥丢失即等于档案毁灭。"))
    with transaction.atomic():
        row = SealingRule.objects.select_for_update().filter(
            fonds_code=asked.fonds_code, retention=asked.retention
        ).first()  # fmt: skip
        before = _told(row) if row is not None else {}
        row = row or SealingRule(fonds_code=asked.fonds_code, retention=asked.retention)
        row.sealed, row.algorithm, row.searchable = asked.sealed, asked.algorithm, asked.searchable
        row.by, row.at = by.reference, now
        row.save()
        told = {"before": before, "after": _told(row), "reason": reason}
        append_entries(entries=[_entry("sealing.decided", by, now, told)])
    return row


def rotate_keys(*, by: Actor, now: datetime, shelf: str = "", reason: str = "") -> int:
    """Give every shelf, or one, a new key-encryption key, and move its data keys there; returns how many were moved.

    Content is not touched. What an earlier run left is finished first. Raises KeysRefused for an unknown shelf,
    VaultFault.
    """
    ring = keyring()
    moved = finish_rotation(by=by, now=now)
    current = [each for each in ring.store.keks("retired_at IS NULL") if shelf in ("", each.shelf)]
    if not current:
        raise KeysRefused(_("没有这样的密钥：%(shelf)s。") % {"shelf": shelf or "-"})
    for old in current:
        with transaction.atomic():
            told = {"shelf": old.shelf, "before": old.identifier, "reason": reason}
            append_entries(entries=[_entry("keys.rotation-begun", by, now, told)])
        ring.begin_rotation(old, now=now.isoformat())
        moved += finish_rotation(by=by, now=now)
    return moved


def queue_rotation(*, by: Actor, reason: str) -> None:
    """Have a worker rotate all keys; asked twice it is done once. In the caller's transaction."""
    arguments = {
        "person_id": str(by.person_id or ""), "username": by.username, "role": by.role, "address": by.address,
        "reason": reason,
    }  # fmt: skip
    queue_job(task=rotate_in_background, title="轮换密钥", arguments=arguments, key="storage.rotate-keys",
              asked_by=by.reference)  # fmt: skip


@task()
def rotate_in_background(*, person_id: str, username: str, role: str, address: str, reason: str) -> int:
    """Rotate all keys for whoever asked; taken up again after a crash, it finishes what was begun first."""
    by = Actor(int(person_id) if person_id else None, username, role, address)
    return rotate_keys(by=by, now=timezone.now(), reason=reason)


def finish_rotation(*, by: Actor, now: datetime) -> int:
    """Finish rotations that were begun and broken off; returns how many data keys were moved. Raises VaultFault."""
    if not has_key_store():
        return 0
    unfinished = key_store().keks("retired_at IS NOT NULL AND destroyed_at IS NULL")
    if not unfinished:
        return 0
    ring = keyring()
    moved = ring.rewrap_retired(now=now.isoformat())
    with transaction.atomic():
        told = {"moved": moved, "destroyed": [each.identifier for each in unfinished]}
        append_entries(entries=[_entry("keys.rotated", by, now, told)])
    return moved


def add_escrow(*, name: str, recipient: str, by: Actor, now: datetime) -> int:
    """Give the data keys, present and future, to an escrow recipient (age), and return how many were wrapped now.

    Raises KeysRefused without a name, EscrowWrong for what is no recipient, VaultFault.
    """
    recipient = recipient.strip()
    check_recipient(recipient)
    if not name.strip():
        raise KeysRefused(_("托管人须有名称。"))
    ring = keyring()
    known = {each.recipient for each in ring.store.recipients()}
    if recipient not in known:
        with transaction.atomic():
            told = {"name": name.strip(), "recipient": recipient}
            append_entries(entries=[_entry("keys.escrow-added", by, now, told)])
        ring.store.add_recipient(Recipient(recipient, name.strip(), now.isoformat()))
    return ring.escrow_missing(recipient)


def mend_escrow() -> int:
    """Wrap for every recipient what has no wrap for it yet; returns how many. Resumable. Raises VaultFault."""
    if not has_key_store() or not key_store().recipients():
        return 0
    ring = keyring()
    return sum(ring.escrow_missing(each.recipient) for each in ring.store.recipients())


def remove_escrow(*, recipient: str, by: Actor, now: datetime) -> int:
    """Destroy every wrap for a recipient; returns how many. Raises KeysRefused when it is unknown, or the last one
    while permanent records are sealed; VaultFault."""
    store = key_store()
    others = {each.recipient: each for each in store.recipients()}
    found = others.pop(recipient.strip(), None)
    if found is None:
        raise KeysRefused(_("没有这个托管人。"))
    if not others and SealingRule.objects.filter(sealed=True, retention__in=["", PERMANENT]).exists():
        raise KeysRefused(_("永久档案在加密，至少须留一个托管人。"))
    with transaction.atomic():  # told before it is done: no wrap goes without an entry
        wraps = store.count_escrow().get(found.recipient, 0)
        told = {"name": found.name, "recipient": found.recipient, "wraps": wraps}
        append_entries(entries=[_entry("keys.escrow-removed", by, now, told)])
    return store.remove_recipient(found.recipient, now.isoformat())


def recover_keys(*, identity: str, by: Actor, now: datetime) -> Recovery:
    """Get over lost key-encryption keys (passphrase forgotten, file or token gone) with an escrow identity: data keys
    are opened with it and put under new ones, kept by the passphrase or token the settings name now.

    The old file is kept beside the new as ``….lost-<time>``. Resumable. Raises EscrowWrong, KeyWrong, VaultFault.
    """
    folder = key_folder()
    store = key_store()
    try:
        ring = keyring()
    except (PassphraseWrong, KeyStoreMissing):
        if settings.LANTAI_KEYS_TOKEN:
            raise
        check_identity(store, identity)  # before anything is put aside
        old = folder / KEYS_FILE
        if old.exists():
            old.rename(old.with_name(f"{KEYS_FILE}.lost-{now:%Y%m%dT%H%M%S}"))
        _make_provider(folder)
        forget_keyring()
        ring = keyring()
    recovery = Keyring(store, ring.provider).recover_keys(identity, now=now.isoformat())
    with transaction.atomic():
        told = {"recovered": recovery.recovered, "lost": recovery.lost}
        append_entries(entries=[_entry("keys.recovered", by, now, told)])
    return recovery


def change_passphrase(*, passphrase: str, by: Actor, now: datetime) -> None:
    """Put the key-encryption keys under another passphrase; afterwards it belongs into the file the settings name, and
    running programs are started again. Raises KeysRefused, VaultFault."""
    provider = keyring().provider
    if not isinstance(provider, PassphraseKeys):
        raise KeysRefused(_("硬件密钥的 PIN 用它自己的工具修改。"))
    try:
        provider.change_passphrase(passphrase)
    except ValueError as reason:
        raise KeysRefused(_("口令至少 12 个字符。")) from reason
    forget_keyring()
    with transaction.atomic():
        append_entries(entries=[_entry("keys.passphrase-changed", by, now, {})])


def _make_provider(folder: Path) -> None:
    """The file of key-encryption keys where none is; a token is opened to see that it is there."""
    if settings.LANTAI_KEYS_TOKEN:
        library, token = token_address(settings.LANTAI_KEYS_TOKEN)
        TokenKeys(library, token, read_passphrase()).close()
    elif (folder / KEYS_FILE).exists():
        PassphraseKeys(folder, read_passphrase())
    else:
        try:
            PassphraseKeys.create(folder, read_passphrase())
        except ValueError as reason:
            raise KeysRefused(_("口令至少 12 个字符。")) from reason


def _told(row: SealingRule) -> dict[str, str | bool]:
    return {
        "fonds": row.fonds_code,
        "retention": row.retention,
        "sealed": row.sealed,
        "algorithm": row.algorithm,
        "searchable": row.searchable,
    }


def _entry(kind: str, by: Actor, at: datetime, detail: Mapping[str, object]) -> NewEntry:
    return NewEntry(
        kind=kind, subject=SUBJECT, actor=by.reference, role=by.role, address=by.address, at=at, detail=detail
    )
