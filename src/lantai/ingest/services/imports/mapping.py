"""The header, the crosswalk, and the word to check or to import: what a person decides about a catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from lantai.administration.services.people_access import Actor
from lantai.archival.tables import (
    CrosswalkError,
    head_of,
    header_signature,
    rules_from_data,
    rules_to_data,
    suggest_rules,
    targets,
)
from lantai.ingest.area import import_path
from lantai.ingest.models import CatalogueImport, Crosswalk, ImportState, LineState
from lantai.ingest.services.imports.opening import queue_look
from lantai.ingest.services.imports.stranger import keep_first_lines, look_at_catalogue
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.queries import key_rests
from lantai.work.services import queue_job

CHECK = "lantai.ingest.services.imports.checking.check_catalogue"
RUN = "lantai.ingest.services.imports.running.import_catalogue"
_OPEN = (ImportState.MAPPING, ImportState.CHECKED)
_BUSY = (ImportState.LOOKING, ImportState.CHECKING, ImportState.RUNNING)
_FROM_CODE = ("fonds_code", "category_code", "year", "retention")
"""Required elements that an archive code may give instead of a column."""


class MappingRefused(Exception):
    """A decision that cannot stand: ``code`` is one of CrosswalkError, ``missing``, ``name``, ``closed``, ``sheet`` or
    ``unchecked``."""

    def __init__(self, code: str, target: str = "", detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.target = target
        self.detail = detail


def choose_header(*, catalogue_id: int, sheet: str, first: int, last: int) -> None:
    """Say on which sheet and lines the header stands (0 and 0: nowhere); the crosswalk begins anew for it.

    Raises MappingRefused.
    """
    with transaction.atomic():
        catalogue = _open_one(catalogue_id)
        if sheet and sheet not in catalogue.sheets:
            raise MappingRefused("sheet")
        look = look_at_catalogue(path=import_path(catalogue.pk, "table"), sheet=sheet)
        if look.refused:
            raise MappingRefused(look.refused, detail=look.detail)
        moved = sheet and sheet != catalogue.form.get("sheet")
        head = look.head if moved or look.form.columns else head_of(look.lines, first, last)
        catalogue.form = {**catalogue.form, "sheet": look.form.sheet}
        keep_first_lines(catalogue=catalogue, lines=look.lines)
        catalogue.head_first, catalogue.head_last, catalogue.columns = head.first, head.last, list(head.columns)
        saved = Crosswalk.objects.filter(signature=header_signature(head.columns)).order_by("-saved_at").first()
        epoch = int(catalogue.form.get("epoch", 1900))
        catalogue.crosswalk = saved
        catalogue.rules = saved.rules if saved else rules_to_data(suggest_rules(head.columns, epoch=epoch))
        catalogue.state = ImportState.MAPPING
        catalogue.save()


def use_rules(*, catalogue_id: int, rules: Sequence[Mapping[str, Any]]) -> None:
    """Take *rules* as the crosswalk of this import; what was checked before counts no more. Raises MappingRefused."""
    checked = _sound(rules)
    with transaction.atomic():
        catalogue = _open_one(catalogue_id)
        if catalogue.rules != checked:
            catalogue.rules, catalogue.crosswalk, catalogue.state = checked, None, ImportState.MAPPING
            catalogue.save(update_fields=["rules", "crosswalk", "state"])


def save_crosswalk(*, catalogue_id: int, name: str, by: Actor, now: datetime) -> Crosswalk:
    """Keep the crosswalk of an import under *name*, as the next version of that name, for later catalogues.

    An equal newest version is taken as it is. Raises MappingRefused.
    """
    name = " ".join(name.split())[:200]
    if not name:
        raise MappingRefused("name")
    with transaction.atomic():
        catalogue = _open_one(catalogue_id)
        newest = Crosswalk.objects.filter(name=name).order_by("-version").first()
        signature = header_signature(catalogue.columns)
        if newest is None or newest.rules != catalogue.rules or newest.signature != signature:
            try:
                with transaction.atomic():
                    newest = Crosswalk.objects.create(
                        name=name, version=newest.version + 1 if newest else 1, owner=by.reference,
                        columns=catalogue.columns, signature=signature, rules=catalogue.rules, saved_at=now,
                    )  # fmt: skip
            except IntegrityError:
                raise MappingRefused("name") from None
            told = {"name": name, "version": newest.version, "rules": catalogue.rules}
            append_entries(
                entries=[
                    NewEntry(
                        kind="import.crosswalk-saved", subject=f"crosswalk:{newest.pk}", actor=by.reference, at=now,
                        role=by.role, address=by.address, detail=told,
                    )
                ]
            )  # fmt: skip
        catalogue.crosswalk = newest
        catalogue.save(update_fields=["crosswalk"])
        return newest


def queue_check(*, catalogue_id: int, by: Actor) -> None:
    """Have every line checked (试导); nothing is written into the catalogue by it. Raises MappingRefused."""
    with transaction.atomic():
        catalogue = _open_one(catalogue_id)
        given = {each["target"] for each in catalogue.rules}
        lacking = [key for key, each in targets().items() if each.required and key not in given]
        if "archive_code" in given:
            lacking = [key for key in lacking if key not in _FROM_CODE]
        if lacking:
            raise MappingRefused("missing", lacking[0])
        catalogue.lines.all().delete()
        catalogue.state, catalogue.surplus, catalogue.surplus_count = ImportState.CHECKING, [], 0
        catalogue.troubles, catalogue.fault_groups, catalogue.lines_read = [], [], 0
        catalogue.job_id = _queue(catalogue, by)
        catalogue.save()


def queue_import(*, catalogue_id: int, by: Actor, now: datetime) -> None:
    """Have the lines without faults imported; those with faults stay out and can be sent again. Raises MappingRefused.

    Pressed twice, it is done once. A check or an import whose job failed is taken up again where it stopped.
    """
    with transaction.atomic():
        catalogue = CatalogueImport.objects.select_for_update().get(pk=catalogue_id)
        if catalogue.state in _BUSY:
            if resting_import(catalogue_id=catalogue.pk):  # its job failed; it goes on where it was
                catalogue.job_id = _queue(catalogue, by)
                catalogue.save(update_fields=["job_id"])
            return
        ready = catalogue.lines.filter(state=LineState.READY).count()
        if catalogue.state != ImportState.CHECKED or not ready:
            raise MappingRefused("unchecked")
        catalogue.state = ImportState.RUNNING
        catalogue.job_id = _queue(catalogue, by, ready)
        catalogue.save(update_fields=["state", "job_id"])
        told = {"lines": ready, "sha256": catalogue.sha256, "rules": catalogue.rules}
        append_entries(
            entries=[
                NewEntry(
                    kind="import.begun", subject=f"import:{catalogue.pk}", actor=by.reference, at=now, role=by.role,
                    address=by.address, detail=told,
                )
            ]
        )  # fmt: skip


def resting_import(*, catalogue_id: int) -> bool:
    """Whether no job of this import waits or runs, though its state says so: its job failed."""
    now = timezone.now()
    return all(
        key_rests(key=f"{kind}:{catalogue_id}", since=now) for kind in ("import.look", "import.check", "import.run")
    )


def _queue(catalogue: CatalogueImport, by: Actor, total: int | None = None) -> UUID | None:
    """The job that the import's state asks for."""
    if catalogue.state == ImportState.LOOKING:
        return queue_look(catalogue=catalogue)
    checks = catalogue.state == ImportState.CHECKING
    return queue_job(
        task=CHECK if checks else RUN,
        title="目录试导" if checks else "目录导入",
        arguments={"catalogue_id": catalogue.pk},
        key=f"import.{'check' if checks else 'run'}:{catalogue.pk}",
        asked_by=by.reference,
        total=total,
    )


def _open_one(catalogue_id: int) -> CatalogueImport:
    catalogue = CatalogueImport.objects.select_for_update().get(pk=catalogue_id)
    if catalogue.state not in _OPEN:
        raise MappingRefused("closed")
    return catalogue


def _sound(rules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    try:
        return rules_to_data(rules_from_data(rules))
    except CrosswalkError as error:
        raise MappingRefused(error.code, error.target, error.detail) from None
