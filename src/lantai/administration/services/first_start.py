"""The first start of an archive: its name and the three administrators, behind a one-time code of the console.

The code is made each time the program starts while no administrator exists, shown on the console and kept as its
SHA-256 only (LANTAI_HOME/keys/first-start). After five wrong codes, or once it was used, the file is gone and the page
with it; with administrators it never comes back (standards-cn 13.10-85).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.queries.people import administrators_exist
from lantai.administration.services.evidence import change_entry
from lantai.administration.services.people_access import Actor
from lantai.administration.services.people_accounts import Named, NewAccount, create_first_administrators
from lantai.common.durability import flush_file
from lantai.ledger.services import append_entries

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
TRIES = 5


class FirstStartRefused(ValueError):
    """The first start cannot be made: the code is wrong, or nothing is to be started; the text says which."""


@dataclass(frozen=True, slots=True)
class NewArchive:
    """What the first start is told: the code, the archive's name, and three different people."""

    code: str
    name: str
    system: Named
    security: Named
    audit: Named


def _path() -> Path:
    return Path(settings.LANTAI_HOME) / "keys" / "first-start"


def name_path() -> Path:
    """The file that keeps the archive's name; read when the program starts."""
    return Path(settings.LANTAI_HOME) / "archive-name"


def keep_archive_name(*, name: str) -> None:
    """Keep the archive's name in its file, where the program reads it when it starts."""
    _write(name_path(), name)


def open_first_start() -> str | None:
    """Make a one-time code and open the first start with it; None, and closed for good, once administrators exist."""
    if administrators_exist():
        _path().unlink(missing_ok=True)
        return None
    code = "-".join("".join(secrets.choice(LETTERS) for _place in range(4)) for _group in range(3))
    _write(_path(), json.dumps({"digest": _digest(code), "tries": 0}))
    return code


def first_start_is_open() -> bool:
    """Whether the page of the first start may be shown. Without the file, as ever after, it costs no query."""
    return _path().exists() and not administrators_exist()


def start_archive(*, archive: NewArchive, by: Actor, now: datetime) -> tuple[NewAccount, NewAccount, NewAccount]:
    """Name the archive and make its three administrators, once; returns their accounts with one-time passwords.

    Raises FirstStartRefused for a wrong code or when nothing is to be started, AccountRefused for people who cannot be
    the three; after the latter the code may be used again.
    """
    with _claimed() as kept:
        if not hmac.compare_digest(kept["digest"], _digest(archive.code)):
            tries = int(kept["tries"]) + 1
            kept["tries"] = str(tries)
            if tries >= TRIES:
                kept.clear()
                raise FirstStartRefused(_("启动码多次输错，首次启动已关闭；请在服务器上重新启动程序，取得新的启动码。"))
            raise FirstStartRefused(_("启动码不正确，还可以试 %(left)d 次。") % {"left": TRIES - tries})
        with transaction.atomic():
            made = create_first_administrators(
                by=by, system=archive.system, security=archive.security, audit=archive.audit, now=now
            )
            named = change_entry(
                kind="archive-named",
                subject="archive",
                by=by,
                now=now,
                before={"name": settings.LANTAI_ARCHIVE_NAME},
                after={"name": archive.name},
            )
            append_entries(entries=[named])
            keep_archive_name(name=archive.name)
        kept.clear()
    return made


@contextmanager
def _claimed() -> Iterator[dict[str, str]]:
    """What the file of the first start holds, for one process at a time; what is left in it afterwards is kept, and
    an empty one is not."""
    claimed = _path().with_name(f"first-start.{secrets.token_hex(6)}")
    try:
        _path().rename(claimed)
    except FileNotFoundError:
        raise FirstStartRefused(_("首次启动没有开放，或正由他人办理。")) from None
    kept: dict[str, str] = {name: str(value) for name, value in json.loads(claimed.read_text("ascii")).items()}
    try:
        yield kept
    finally:
        if kept:
            _write(_path(), json.dumps(kept))
        claimed.unlink()


def _digest(code: str) -> str:
    plain = "".join(each for each in code.upper() if each.isalnum())
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def _write(path: Path, text: str) -> None:
    """Write a small file whole and durably, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    flush_file(made)
    made.replace(path)


def people_of_form(*, data: Mapping[str, str]) -> tuple[Named, Named, Named]:
    """The three people in the fields `<role>_username`, `<role>_number` and `<role>_name` of *data*."""
    system, security, audit = (
        Named(username=data[f"{role}_username"], person_number=data[f"{role}_number"], name=data[f"{role}_name"])
        for role in ("system", "security", "audit")
    )
    return system, security, audit
