"""A catalogue comes in: its file and the files with it are kept as they are, then looked at once."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from lantai.administration.services.people_access import Actor
from lantai.archival.checks.sandbox import ParserError
from lantai.archival.tables import MEMO, TableForm, header_signature, rules_from_data, rules_to_data, suggest_rules
from lantai.common.durability import flush_file
from lantai.ingest.area import import_path
from lantai.ingest.models import CatalogueImport, Crosswalk, ImportState
from lantai.ingest.services.imports.stranger import attached_files, keep_first_lines, look_at_catalogue
from lantai.ingest.services.viruses import scan_files
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import Sentence, current_job, notify, queue_job

TABLE_BYTES = 512 * 1024 * 1024
LOOK_AT_ONCE = 4 * 1024 * 1024
"""Bytes of table and files that are scanned and recognised while somebody waits for the page."""
STEPS = 3
_PIECE = 1024 * 1024


class ImportRefused(Exception):
    """A file that cannot be imported from; ``code`` is a refusal of archival.tables, or ``files``, ``memo``, ``virus``,
    ``too-large``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


def open_catalogue(
    *,
    name: str,
    stream: BinaryIO,
    attached: tuple[str, BinaryIO] | None = None,
    memo: BinaryIO | None = None,
    by: Actor,
    now: datetime,
) -> CatalogueImport:
    """Keep a catalogue, the memo file of a DBF table and the ZIP of its files, recognise how it is to be read, and
    choose a crosswalk for it.

    The crosswalk is the newest saved one for an equal header, else one suggested by the headings. Nothing of a refused
    file is kept. Raises ImportRefused, OSError (disk full).
    """
    catalogue = _kept(name, stream, attached, memo, by, now)
    with _gone_if_refused(catalogue):
        for _step in _looked_at(catalogue):
            pass
    with transaction.atomic():
        catalogue.state = ImportState.MAPPING
        catalogue.save()
        _tell(catalogue, by, now)
    return catalogue


def receive_catalogue(
    *,
    name: str,
    stream: BinaryIO,
    attached: tuple[str, BinaryIO] | None = None,
    memo: BinaryIO | None = None,
    by: Actor,
    now: datetime,
) -> CatalogueImport:
    """The same for somebody who waits for an answer: more than ``LOOK_AT_ONCE`` bytes are kept at once, and scanned and
    recognised by a job. Raises ImportRefused, OSError (disk full).
    """
    sizes = [_size(each) for each in (stream, attached[1] if attached else None, memo) if each is not None]
    if sum(sizes) <= LOOK_AT_ONCE:
        return open_catalogue(name=name, stream=stream, attached=attached, memo=memo, by=by, now=now)
    catalogue = _kept(name, stream, attached, memo, by, now)
    with transaction.atomic():
        catalogue.job_id = queue_look(catalogue=catalogue)
        catalogue.save()
        _tell(catalogue, by, now)
    return catalogue


def queue_look(*, catalogue: CatalogueImport) -> UUID | None:
    """Have a catalogue that is kept scanned and recognised, in the caller's transaction."""
    return queue_job(
        task=look_into_catalogue, title="目录识别", arguments={"catalogue_id": catalogue.pk},
        key=f"import.look:{catalogue.pk}", asked_by=catalogue.by, total=STEPS,
    )  # fmt: skip


@task()
def look_into_catalogue(*, catalogue_id: int) -> int:
    """Scan a kept catalogue for viruses and recognise it; returns how many steps were done.

    Broken off, it begins again: it changes nothing before its end. One that is refused keeps its row, with the reason;
    its files are removed, and the ledger knows.
    """
    catalogue = CatalogueImport.objects.get(pk=catalogue_id)
    job, done = current_job(), 0
    if catalogue.state != ImportState.LOOKING:
        return 0
    try:
        for _step in _looked_at(catalogue):
            done += 1
            if job is not None:
                job.report(done=done)
    except ImportRefused as refused:
        _refuse(catalogue, refused)
        return done
    with transaction.atomic():
        if CatalogueImport.objects.select_for_update().get(pk=catalogue.pk).state == ImportState.LOOKING:
            catalogue.state = ImportState.MAPPING
            catalogue.save()
            _notify(catalogue, "import-recognised")
    return done


def _refuse(catalogue: CatalogueImport, refused: ImportRefused) -> None:
    now = timezone.now()
    with transaction.atomic():
        if CatalogueImport.objects.select_for_update().get(pk=catalogue.pk).state != ImportState.LOOKING:
            return
        CatalogueImport.objects.filter(pk=catalogue.pk).update(
            state=ImportState.REFUSED, troubles=[refused.code, refused.detail], finished_at=now
        )
        detail = {"name": catalogue.name, "sha256": catalogue.sha256, "why": refused.code}
        subject = f"import:{catalogue.pk}"
        append_entries(
            entries=[NewEntry(kind="import.refused", subject=subject, actor="system", at=now, detail=detail)]
        )
        _notify(catalogue, "import-refused")
    shutil.rmtree(import_path(catalogue.pk, "table").parent, ignore_errors=True)


def _notify(catalogue: CatalogueImport, key: str) -> None:
    number = catalogue.by.partition(":")[2]
    notify(
        text=Sentence(key, {"name": catalogue.name}), link=f"/imports/{catalogue.pk}/",
        person_id=int(number) if number.isdecimal() else None,
    )  # fmt: skip


def _kept(
    name: str,
    stream: BinaryIO,
    attached: tuple[str, BinaryIO] | None,
    memo: BinaryIO | None,
    by: Actor,
    now: datetime,
) -> CatalogueImport:
    """The row of an import, and its files in the import area; neither when they cannot be kept."""
    with transaction.atomic():
        unknown = asdict(TableForm("csv"))
        catalogue = CatalogueImport.objects.create(
            name=name[:300], sha256="", bytes=0, form=unknown, by=by.reference, at=now
        )
    with _gone_if_refused(catalogue):
        catalogue.sha256, catalogue.bytes = _keep(stream, import_path(catalogue.pk, "table"), TABLE_BYTES)
        if attached is not None:
            _keep(attached[1], import_path(catalogue.pk, "files.zip"), None)
            catalogue.attached_name = attached[0][:300]
        if memo is not None:
            _keep(memo, import_path(catalogue.pk, f"table{MEMO}"), TABLE_BYTES)
    return catalogue


@contextmanager
def _gone_if_refused(catalogue: CatalogueImport) -> Iterator[None]:
    """Leave nothing of an import behind when it fails before it is opened."""
    try:
        yield
    except BaseException:
        shutil.rmtree(import_path(catalogue.pk, "table").parent, ignore_errors=True)
        CatalogueImport.objects.filter(pk=catalogue.pk).delete()
        raise


def _looked_at(catalogue: CatalogueImport) -> Iterator[str]:
    """Scan the kept files and recognise the table, telling of each of ``STEPS`` steps. Raises ImportRefused."""
    place, beside = import_path(catalogue.pk, "table"), import_path(catalogue.pk, f"table{MEMO}")
    if not place.is_file():
        raise ImportRefused("empty")
    _refuse_viruses(place, beside, import_path(catalogue.pk, "files.zip"))
    yield "scanned"
    _recognise(catalogue, place)
    if beside.is_file() and catalogue.form["kind"] != "dbf":
        raise ImportRefused("memo")
    yield "recognised"
    _count_files(catalogue)
    yield "counted"


def _tell(catalogue: CatalogueImport, by: Actor, now: datetime) -> None:
    detail = {"name": catalogue.name, "sha256": catalogue.sha256, "bytes": catalogue.bytes,
              "files": catalogue.attached_files}  # fmt: skip
    append_entries(
        entries=[
            NewEntry(
                kind="import.opened", subject=f"import:{catalogue.pk}", actor=by.reference, at=now, role=by.role,
                address=by.address, detail=detail,
            )
        ]
    )  # fmt: skip


def _size(stream: BinaryIO) -> int:
    here = stream.tell()
    size = stream.seek(0, SEEK_END) - here
    stream.seek(here)
    return size


def _keep(stream: BinaryIO, place: Path, most: int | None) -> tuple[str, int]:
    """Copy *stream* to *place*, durably; its SHA-256 and size."""
    place.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    read: Callable[[], bytes] = lambda: stream.read(_PIECE)  # noqa: E731
    with place.open("wb") as kept:
        for piece in iter(read, b""):
            size += len(piece)
            if most is not None and size > most:
                raise ImportRefused("too-large", str(most // _PIECE))
            digest.update(piece)
            kept.write(piece)
    flush_file(place)
    return digest.hexdigest(), size


def _refuse_viruses(*paths: Path) -> None:
    for path, what in scan_files(paths=[each for each in paths if each.is_file()]).found.items():
        raise ImportRefused("virus", f"{path.name}: {what}")


def _recognise(catalogue: CatalogueImport, place: Path) -> None:
    look = look_at_catalogue(path=place)
    if look.refused:
        raise ImportRefused(look.refused, look.detail)
    catalogue.form = asdict(look.form)
    catalogue.sheets = list(look.sheets)
    keep_first_lines(catalogue=catalogue, lines=look.lines)
    catalogue.head_first, catalogue.head_last = look.head.first, look.head.last
    catalogue.columns = list(look.head.columns)
    saved = Crosswalk.objects.filter(signature=header_signature(look.head.columns)).order_by("-saved_at").first()
    catalogue.crosswalk = saved
    catalogue.rules = saved.rules if saved else rules_to_data(suggest_rules(look.head.columns, epoch=look.form.epoch))
    rules_from_data(catalogue.rules)


def _count_files(catalogue: CatalogueImport) -> None:
    if import_path(catalogue.pk, "files.zip").is_file():
        try:
            found = attached_files(catalogue=catalogue)
        except ParserError as error:
            raise ImportRefused("files", error.code) from None
        if found.problems:
            raise ImportRefused("files", "; ".join(f"{code} {what}".strip() for code, what in found.problems[:3]))
        catalogue.attached_files = len(found.files)
