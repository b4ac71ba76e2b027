"""Storage locations (存储位置): added, declared and signed by a person, looked at by the program."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import CONSOLE, Actor, require_role
from lantai.archival import ocfl
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.models import Location, StoredObject
from lantai.storage.roots import MAIN
from lantai.storage.stores import LocationAway, address_of, keys_path, look, make_root, promises_of

KEEPERS = (Role.ARCHIVIST, Role.SYSTEM)
_DECLARED = ("medium", "place", "offline", "write_once", "in_service")


class LocationRefused(ValueError):
    """A location cannot be added or declared so; the message says why."""


@dataclass(frozen=True, slots=True)
class NewLocation:
    """A location to add. *path* is an absolute folder, or the folder in *bucket* of the S3 service at *endpoint*, whose
    *key_id* and *secret* are kept in LANTAI_HOME and nowhere else. What is declared of it: see ``Location``.
    """

    code: str
    kind: str
    path: str = ""
    endpoint: str = ""
    bucket: str = ""
    key_id: str = ""
    secret: str = ""
    region: str = "us-east-1"
    medium: str = ""
    place: str = ""
    offline: bool = False
    write_once: bool = False


def add_location(*, new: NewLocation, by: Actor, now: datetime) -> Location:
    """Add a location: make its storage root, measure it, and have copies made there from now on.

    Raises LocationRefused when the code is taken or unfit, or the place is another location's, cannot be reached, or
    holds something else; Refused when *by* may not.
    """
    require_keeper(by=by)
    location = Location(
        code=new.code, kind=new.kind, path=new.path.rstrip("/"), endpoint=new.endpoint.rstrip("/"), bucket=new.bucket,
        medium=new.medium, place=new.place, offline=new.offline, write_once=new.write_once,
    )  # fmt: skip
    _check(location)
    if location.kind == Location.Kind.S3:
        _keep_keys(new)
    try:
        make_root(location)
        location.device = look(location)
        location.promises = promises_of(location)
    except (OSError, ocfl.RootUnusable) as error:
        if location.kind == Location.Kind.S3:
            keys_path(new.code).unlink(missing_ok=True)
        raise LocationRefused(str(error)) from error
    location.looked_at = now
    if new.medium or new.place:
        location.declared_by, location.declared_at = by.reference, now
    with transaction.atomic():
        location.save(force_insert=True)
        StoredObject.objects.update(plan_due=True)
        _tell("storage.location-added", location, by, now, {"after": location_as_told(location=location)})
    return location


def declare_location(
    *, code: str, medium: str, place: str, offline: bool, write_once: bool, in_service: bool, by: Actor, now: datetime
) -> Location:
    """Declare what cannot be measured of a location: the person signs it by the entry in the ledger, before and after.

    Every object is judged anew by it. Raises Location.DoesNotExist, LocationRefused, Refused.
    """
    require_keeper(by=by)
    if medium and medium not in Location.Carrier.values:
        raise LocationRefused(_("没有这种载体类型：%(kind)s。") % {"kind": medium})
    if code == MAIN and (offline or write_once or not in_service):
        raise LocationRefused(_("主存储位置必须在线、可写并在用。"))
    with transaction.atomic():
        location = Location.objects.select_for_update().get(code=code)
        before = location_as_told(location=location)
        location.medium, location.place = medium, place
        location.offline, location.write_once, location.in_service = offline, write_once, in_service
        location.declared_by, location.declared_at = by.reference, now
        location.save(update_fields=[*_DECLARED, "declared_by", "declared_at"])
        StoredObject.objects.update(plan_due=True)
        _tell(
            "storage.location-declared", location, by, now,
            {"before": before, "after": location_as_told(location=location)},
        )  # fmt: skip
    return location


def look_at_location(*, code: str, now: datetime) -> bool:
    """See whether a location is there and on which device; returns whether it is. What has changed is told to the
    ledger, and the objects with a copy there are judged anew.
    """
    location = main_location() if code == MAIN else Location.objects.get(code=code)
    device, trouble, promises = location.device, "", location.promises
    try:
        device = look(location)
        if location.kind == Location.Kind.S3 and (location.away_since or not promises):
            promises = promises_of(location)
    except (LocationAway, OSError) as error:
        trouble = str(error)[:500]
    with transaction.atomic():
        row = Location.objects.select_for_update().get(pk=location.pk)
        turned = bool(trouble) != bool(row.away_since)
        moved = device != row.device
        before = {"device": row.device, "away": bool(row.away_since)}
        row.device, row.trouble, row.looked_at, row.promises = device, trouble, now, promises
        row.away_since = (row.away_since or now) if trouble else None
        row.save(update_fields=["device", "trouble", "looked_at", "promises", "away_since"])
        if turned or moved:
            StoredObject.objects.filter(copies__location=row).update(plan_due=True)
            told = {"before": before, "after": {"device": device, "away": bool(trouble)}, "reason": trouble[:200]}
            kind = "storage.location-away" if trouble else "storage.location-there"
            _tell(kind, row, None, now, told)
    return not trouble


def main_location() -> Location:
    """The row of the location that has the first copies, made at first use."""
    return Location.objects.get_or_create(code=MAIN)[0]


def location_as_told(*, location: Location) -> dict[str, Any]:
    """A location as an entry tells of it: where it is and what was declared and measured; never its keys."""
    return {
        "kind": location.kind, "address": address_of(location), "device": location.device,
        **{name: getattr(location, name) for name in _DECLARED},
    }  # fmt: skip


def require_keeper(*, by: Actor) -> None:
    """Let archivists, system administrators and the console pass. Raises Refused."""
    if by != CONSOLE:
        require_role(by=by, among=KEEPERS)


def _check(location: Location) -> None:
    code = location.code
    if not code or not code.isascii() or not code.replace("-", "").isalnum() or code.lower() != code:
        raise LocationRefused(_("位置代号用小写字母、数字和连字符：%(code)s。") % {"code": code})
    if Location.objects.filter(code=code).exists() or code == MAIN:
        raise LocationRefused(_("位置代号 %(code)s 已被使用。") % {"code": code})
    if location.kind not in Location.Kind.values:
        raise LocationRefused(_("没有这种位置：%(kind)s。") % {"kind": location.kind})
    if location.medium and location.medium not in Location.Carrier.values:
        raise LocationRefused(_("没有这种载体类型：%(kind)s。") % {"kind": location.medium})
    if location.kind == Location.Kind.POSIX and not location.path.startswith("/"):
        raise LocationRefused(_("文件夹要写完整路径：%(path)s。") % {"path": location.path})
    if location.kind == Location.Kind.S3 and not (
        location.endpoint.startswith(("http://", "https://")) and location.bucket
    ):
        raise LocationRefused(_("对象存储须给出服务地址（http 或 https）和桶名。"))
    taken = [address_of(main_location()), *(address_of(each) for each in Location.objects.exclude(code=MAIN))]
    mine = address_of(location)
    for each in taken:
        if f"{mine}/".startswith(f"{each}/") or f"{each}/".startswith(f"{mine}/"):
            raise LocationRefused(_("与另一存储位置重叠：%(address)s。") % {"address": each})


def _keep_keys(new: NewLocation) -> None:
    path = keys_path(new.code)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        for name, value in (("key_id", new.key_id), ("secret", new.secret), ("region", new.region)):
            if any(sign in value for sign in '"\\\n\r'):
                raise LocationRefused(_("密钥含有不能保存的字符。"))
            file.write(f'{name} = "{value}"\n')


def _tell(kind: str, location: Location, by: Actor | None, now: datetime, detail: dict[str, Any]) -> None:
    append_entries(
        entries=[
            NewEntry(
                kind=kind,
                subject=f"location:{location.code}",
                actor=by.reference if by else "system:storage",
                role=by.role if by else "",
                address=by.address if by else "",
                at=now,
                detail=detail,
            )
        ]
    )
