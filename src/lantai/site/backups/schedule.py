"""Backups in the background: the steward queues them when they are due, a worker makes them, what is old goes after."""

from __future__ import annotations

import logging
import os
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_tasks import task

from lantai.site.backups.expiring import STEWARD, expire_backups, settle_destructions
from lantai.site.backups.taking import escrow_recipients, take_backup, take_key_backup
from lantai.storage.backup_queries import DATABASE, KEYS, backup_rules, newest_backup
from lantai.storage.keyring import has_key_store, key_folder
from lantai.work.queries import key_rests
from lantai.work.services import current_job, queue_job

logger = logging.getLogger("lantai.steward")
_DATABASE, _KEYS, _EXPIRE = "backup.database", "backup.keys", "backup.expire"
AGAIN = timedelta(minutes=30)
"""How long after a failure it is tried again."""


@task()
def backup_now(by: str) -> str:
    """Back up the database and what lies beside it; returns the backup's name."""
    job = current_job()

    def shown(what: str, done: int, every: int) -> None:
        if job is not None and what == "database":
            job.report(done=done, total=every)

    name = take_backup(by=by, now=timezone.now(), shown=shown)
    expire_backups(now=timezone.now())
    return name


@task()
def back_up_keys(by: str) -> str:
    """Back up the keys; returns the backup's name."""
    name = take_key_backup(by=by, now=timezone.now())
    expire_backups(now=timezone.now())
    return name


@task()
def expire_now() -> int:
    """Remove what is older than the policy lets it be."""
    return expire_backups(now=timezone.now())


def queue_backups(*, now: datetime) -> None:
    """Have backups made that are due; the list of what was destroyed lies beside them each time.

    Keys are backed up when any of them changed since the last time, and at half of their days all the same.
    """
    try:
        settle_destructions(now=now)
    except OSError as error:
        logger.warning("the list of destructions cannot be laid beside the backups: %s", error)
    rules = backup_rules()
    newest = newest_backup(kind=DATABASE)
    if (newest is None or now - newest.begun_at >= rules.every) and key_rests(key=_DATABASE, since=now - AGAIN):
        order_backup(by=STEWARD)
    if _keys_due(now) and key_rests(key=_KEYS, since=now - AGAIN):
        order_key_backup(by=STEWARD)


def queue_expiry(*, now: datetime) -> None:
    """Have old backups removed."""
    if key_rests(key=_EXPIRE, since=now - AGAIN):
        queue_job(task=expire_now, title=gettext_noop("清除到期备份"), key=_EXPIRE, background=True)


def order_backup(*, by: str) -> None:
    """Have a backup made by a worker; asked twice it is made once."""
    queue_job(task=backup_now, title=gettext_noop("备份数据库"), arguments={"by": by}, key=_DATABASE, asked_by=by,
              background=True)  # fmt: skip


def order_key_backup(*, by: str) -> None:
    """Have the keys backed up by a worker; asked twice it is done once."""
    queue_job(task=back_up_keys, title=gettext_noop("备份密钥"), arguments={"by": by}, key=_KEYS, asked_by=by,
              background=True)  # fmt: skip


def _keys_due(now: datetime) -> bool:
    if not has_key_store() or not escrow_recipients():
        return False
    rules, newest = backup_rules(), newest_backup(kind=KEYS)
    if newest is None or now - newest.begun_at >= timedelta(days=rules.key_days) / 2:
        return True
    return now - newest.begun_at >= rules.keys_every and keys_changed_at() > newest.begun_at.timestamp()


def keys_changed_at() -> float:
    """When any file of keys was last written, in seconds since 1970."""
    newest = 0.0
    for folder in {Path(settings.LANTAI_HOME) / "keys", key_folder()}:
        for base, _folders, names in os.walk(folder):
            for name in names:
                if not name.startswith("."):
                    newest = max(newest, (Path(base) / name).stat().st_mtime)
    return newest
