"""Copies made, deposited and told: from files that are wanted to forms of their records, or to refusals."""

from __future__ import annotations

import atexit
import json
import secrets
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lantai.archival.checks.sandbox import Outcome, ParserError, Sandbox
from lantai.archival.formats import named
from lantai.archival.normalising import AGENT
from lantai.archival.vault import StoredFile
from lantai.catalog.queries.forms import RecordToCopy
from lantai.catalog.services import NewCopy, StoredComponent, as_component, keep_copies
from lantai.ledger.services import NewEntry, append_entries
from lantai.preservation.models import RefusedCopy, ReservedBox
from lantai.preservation.services.counting import COPY_REFUSED
from lantai.storage.queries import ContentMissing, content_digests, content_facts, content_file
from lantai.storage.services import Content, NewObject, deposit_objects, discard_object

CONVERTING_SECONDS = 120.0
"""Seconds LibreOffice may take over one file."""
SECONDS = 300.0
"""Seconds one file may take in all, its check included."""
EVENTS = "copies.json"
"""The file beside a record's copies that tells of the events that made them, for whoever reads the box alone."""
_CHILD = "lantai.archival.normalising.converting"
_PREFIX = "urn:lantai:copies"


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file of a record that shall have a copy: its number in the package, from 1, and what it is."""

    record: RecordToCopy
    number: int
    file: StoredComponent


@dataclass(slots=True)
class _Made:
    """A copy that stood its check: where it lies now, where it will lie, and the event."""

    wanted: WantedFile
    place: Path
    path: str
    sealed: bool
    event: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Refused:
    """A file of which no copy is kept, and why."""

    wanted: WantedFile
    code: str
    zh: str
    en: str
    checks: Sequence[Mapping[str, Any]] = ()


def keep_made_copies(*, wanted: Sequence[WantedFile], owner: str, by: str, troubles: list[str]) -> int:
    """Make copies of these files, check them, keep those that stand; returns how many.

    *owner* names the job, for what it reserves; *by* is who had them made. A file that cannot be read now goes to
    *troubles* and is tried again another time; one that cannot be copied, or whose copy fails its check, is refused
    with the reason. Not to be called inside a transaction.
    """
    if not wanted:
        return 0
    now = timezone.now()
    folder = _folder(owner)
    try:
        made, refused = _made(wanted, folder, by, now, troubles)
        boxes = _boxes(made)
        with transaction.atomic(durable=True):
            ReservedBox.objects.bulk_create([ReservedBox(object_id=each, owner=owner, at=now) for each in boxes])
        deposit_objects(objects=[_object(box, members, by, now) for box, members in boxes.items()])
        copies = [copy for box, members in boxes.items() for copy in _copies(box, members)]
        with transaction.atomic(durable=True):
            keep_copies(copies=copies, by=by, now=now)
            RefusedCopy.objects.filter(record_id__in=[each.record_id for each in copies]).filter(
                path__in=[each.source for each in copies]
            ).delete()
            _tell_refused(refused, by, now)
            ReservedBox.objects.filter(object_id__in=list(boxes)).delete()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return len(copies)


def forget_leftovers(*, now: datetime, owner: str = "", older_than: timedelta | None = None) -> int:
    """Remove what runs that died left behind: boxes nothing tells of, and files that were being made; of *owner*, or of
    everybody *older_than*. Returns how many boxes.
    """
    rows = ReservedBox.objects.filter(owner=owner) if owner else ReservedBox.objects.all()
    if older_than is not None:
        rows = rows.filter(at__lt=now - older_than)
    left = list(rows)
    for each in left:
        discard_object(object_id=each.object_id)
        shutil.rmtree(_root() / each.owner, ignore_errors=True)
        each.delete()
    if owner:
        shutil.rmtree(_root() / owner, ignore_errors=True)
    return len(left)


def _root() -> Path:
    return Path(settings.LANTAI_HOME) / "cache" / "normalising"


def _folder(owner: str) -> Path:
    """A private folder for what is being made, empty."""
    folder = _root() / owner
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    return folder


@cache
def _children() -> Sandbox:
    box = Sandbox(
        workers=settings.LANTAI_EXAMINERS,
        seconds=SECONDS,
        memory_bytes=settings.LANTAI_EXAMINER_MEMORY,
        modules=(_CHILD,),
    )
    atexit.register(box.close)
    return box


def _made(
    wanted: Sequence[WantedFile], folder: Path, by: str, now: datetime, troubles: list[str]
) -> tuple[list[_Made], list[_Refused]]:
    """What the children made of the files, and what they refused."""
    asked: list[tuple[WantedFile, StoredFile, Path]] = []
    for number, each in enumerate(wanted):
        package = each.record.package
        try:
            file = content_file(object_id=package.object_id, path=package.path)
        except (ContentMissing, OSError) as fault:
            troubles.append(f"{each.record.code} {each.file.path}: {fault}")
            continue
        place = folder / str(number)
        place.mkdir(mode=0o700)
        asked.append((each, file, place))
    calls: list[tuple[str, tuple[Any, ...]]] = [
        (
            f"{_CHILD}:normalise_component",
            (
                file.path,
                as_component(each.file),
                place,
                each.record.title,
                now.isoformat(timespec="seconds"),
                CONVERTING_SECONDS,
                settings.LANTAI_EXAMINER_MEMORY,
                file.key,
            ),
        )
        for each, file, place in asked
    ]
    made: list[_Made] = []
    refused: list[_Refused] = []
    for (each, file, place), outcome in zip(asked, _children().call_many(calls), strict=True):
        _sort(each, file, place, outcome, by, now, made, refused, troubles)
    return made, refused


def _sort(
    each: WantedFile,
    file: StoredFile,
    place: Path,
    outcome: Outcome[Any],
    by: str,
    now: datetime,
    made: list[_Made],
    refused: list[_Refused],
    troubles: list[str],
) -> None:
    """One answer: a copy, a refusal, or a fault of the medium, which says nothing of the file."""
    if isinstance(outcome.error, ParserError):
        zh = "解析超出了时间或内存限制" if outcome.error.code != "parser.crashed" else "解析程序因这个文件中止"
        en = f"{outcome.error.code}: {outcome.error.detail}"
        refused.append(_Refused(each, outcome.error.code, zh, en))
    elif outcome.error is not None or outcome.value is None:
        troubles.append(f"{each.record.code} {each.file.path}: {outcome.error}")
    elif "refused" in outcome.value:
        told = outcome.value
        refused.append(_Refused(each, told["refused"], told["zh"], told["en"], _public(told["checks"], bool(file.key))))
    else:
        told = outcome.value
        sealed = bool(file.key)
        event: dict[str, Any] = {
            "type": "normalization",
            "at": now.isoformat(timespec="seconds"),
            "by": by,
            "way": told["way"],
            "target": told["target"],
            "pages": told["pages"],
            "bytes": told["bytes"],
            "agents": told["agents"],
            "parameters": told["parameters"],
            "checks": _public(told["checks"], sealed),
            "before": {} if sealed else told["before"],
            "after": told["after"],
        }
        made.append(_Made(each, place / told["made"], f"{each.record.code}/{each.number:04d}.pdf", sealed, event))


def _public(checks: Sequence[Mapping[str, Any]], sealed: bool) -> list[dict[str, Any]]:
    """The lines of a check as they are kept for ever: of sealed content without digests that would outlive it."""
    return [
        {**each, "told": {name: value for name, value in each["told"].items() if not sealed or name != "sha256"}}
        for each in checks
    ]


def _boxes(made: Sequence[_Made]) -> dict[str, list[_Made]]:
    """The copies by the box they will lie in: one a fonds, retention and year of expiry."""
    shelves: dict[tuple[str, str, str], list[_Made]] = defaultdict(list)
    for each in made:
        record = each.wanted.record
        year = str(record.expires_on.year) if record.expires_on else "0"
        shelves[record.fonds, record.retention, year].append(each)
    return {f"{_PREFIX}:{':'.join(shelf)}:{secrets.token_hex(13)}": members for shelf, members in shelves.items()}


def _object(box: str, members: Sequence[_Made], by: str, now: datetime) -> NewObject:
    """A box: the copies of each record in its folder, with the events that made them."""
    contents = [Content(each.path, each.place, digests={"sha512": each.event["after"]["sha512"]}) for each in members]
    by_record: dict[str, list[_Made]] = defaultdict(list)
    for each in members:
        by_record[each.wanted.record.code].append(each)
    for code, copies in by_record.items():
        told = [{"file": each.path, "source": each.wanted.file.path, "event": each.event} for each in copies]
        contents.append(Content(f"{code}/{EVENTS}", json.dumps(told, ensure_ascii=False, indent=1).encode()))
    message = f"规范化副本 {len(members)} 个 / {len(members)} normalised copies"
    return NewObject(object_id=box, contents=tuple(contents), created=now, message=message, user=by)


def _copies(box: str, members: Sequence[_Made]) -> list[NewCopy]:
    """The copies of a box as the catalogue is told of them. Those of sealed content without plain digests."""
    digests = content_digests(object_id=box)
    facts = content_facts(object_id=box, cleartexts={each.path: each.event["after"]["sha512"] for each in members})
    shape = named("pdf", "A-2b")
    found = []
    for each in members:
        after = {"sealed": asdict(facts[each.path])} if each.path in facts else each.event["after"]
        plain = "" if each.sealed or each.path in facts else each.event["after"]["sha256"]
        size = int(each.event["bytes"])
        found.append(
            NewCopy(
                record_id=each.wanted.record.id,
                record_code=each.wanted.record.code,
                source=each.wanted.file.path,
                object_id=box,
                path=each.path,
                bytes=size,
                sha512=digests[each.path],
                component=StoredComponent(
                    path=f"{PurePosixPath(each.wanted.file.path).stem}.pdf",
                    size=size,
                    offset=0,
                    stored_size=size,
                    method="stored",
                    sha256=plain,
                    format=shape.key,
                    puid=shape.puid,
                    format_name=shape.name,
                    pages=each.event["pages"],
                ),
                edition_id=None,
                event={**each.event, "after": after},
            )
        )
    return found


def _tell_refused(refused: Sequence[_Refused], by: str, now: datetime) -> None:
    """Keep why files have no copy, in the caller's transaction, each with its ledger entry."""
    RefusedCopy.objects.bulk_create(
        [
            RefusedCopy(
                record_id=each.wanted.record.id,
                path=each.wanted.file.path,
                code=each.code,
                zh=each.zh,
                en=each.en,
                checks=list(each.checks),
                agent=AGENT,
                by=by,
                at=now,
            )
            for each in refused
        ],
        update_conflicts=True,
        update_fields=["code", "zh", "en", "checks", "agent", "by", "at"],
        unique_fields=["record", "path"],
    )
    append_entries(
        entries=[
            NewEntry(
                kind=COPY_REFUSED,
                subject=each.wanted.record.code,
                actor=by,
                at=now,
                result="refused",
                detail={
                    "source": each.wanted.file.path,
                    "code": each.code,
                    "reason": each.zh,
                    "agent": AGENT,
                    "checks": list(each.checks),
                },
            )
            for each in refused
        ]
    )
