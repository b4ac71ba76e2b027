"""A catalogue comes in: its file and the files with it are kept as they are, then looked at once."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.db import transaction

from lantai.administration.services.people_access import Actor
from lantai.archival.checks.sandbox import ParserError
from lantai.archival.tables import MEMO, header_signature, rules_from_data, rules_to_data, suggest_rules
from lantai.common.durability import flush_file
from lantai.ingest.area import import_path
from lantai.ingest.models import CatalogueImport, Crosswalk
from lantai.ingest.services.imports.stranger import attached_files, keep_first_lines, look_at_catalogue
from lantai.ingest.services.viruses import scan_files
from lantai.ledger.services import NewEntry, append_entries

TABLE_BYTES = 512 * 1024 * 1024
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
    with transaction.atomic():
        catalogue = CatalogueImport.objects.create(name=name[:300], sha256="", bytes=0, by=by.reference, at=now)
    place = import_path(catalogue.pk, "table")
    try:
        catalogue.sha256, catalogue.bytes = _keep(stream, place, TABLE_BYTES)
        if attached is not None:
            _keep(attached[1], import_path(catalogue.pk, "files.zip"), None)
            catalogue.attached_name = attached[0][:300]
        beside = import_path(catalogue.pk, f"table{MEMO}")
        if memo is not None:
            _keep(memo, beside, TABLE_BYTES)
        _refuse_viruses(place, beside, import_path(catalogue.pk, "files.zip"))
        _recognise(catalogue, place)
        if memo is not None and catalogue.form["kind"] != "dbf":
            raise ImportRefused("memo")
    except BaseException:
        shutil.rmtree(place.parent, ignore_errors=True)
        CatalogueImport.objects.filter(pk=catalogue.pk).delete()
        raise
    with transaction.atomic():
        catalogue.save()
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
    return catalogue


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
    if import_path(catalogue.pk, "files.zip").is_file():
        try:
            found = attached_files(catalogue=catalogue)
        except ParserError as error:
            raise ImportRefused("files", error.code) from None
        if found.problems:
            raise ImportRefused("files", "; ".join(f"{code} {what}".strip() for code, what in found.problems[:3]))
        catalogue.attached_files = len(found.files)
