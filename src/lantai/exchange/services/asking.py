"""Somebody asks for records as packages, and fetches them: told to the ledger before anything leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction

from lantai.administration.queries.people import Reader
from lantai.administration.services.people_access import Actor
from lantai.exchange.models import Export
from lantai.ledger.services import NewEntry, append_entries, note_entries
from lantai.work.services import queue_job

MOST = 20_000
"""Records of one export."""
MAKING = "lantai.exchange.services.making.make_export"
_TITLE = "导出封装包"
_SAME = timedelta(minutes=10)
"""The same asked again so soon is the same export: a form sent twice makes one."""


class ExportRefused(Exception):
    """Nothing can be exported: ``code`` says ``nothing`` or ``too-many``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def ask_export(*, kind: str, codes: Sequence[str], reader: Reader, by: Actor, now: datetime) -> Export:
    """Have the records *codes* (电子文件号) made into packages of *kind* in the background.

    Which of them *reader* may copy is decided for each when its turn comes, and so is what is left out and why. The
    same asked twice within minutes is one export. Raises ExportRefused for none, or more than MOST.
    """
    if not codes or reader.person_id is None:
        raise ExportRefused("nothing")
    if len(codes) > MOST:
        raise ExportRefused("too-many")
    with transaction.atomic():
        again = Export.objects.filter(person_id=reader.person_id, kind=kind, asked_at__gt=now - _SAME)
        twin = again.filter(state__in=(Export.State.WAITING, Export.State.READY), codes=list(codes)).first()
        if twin is not None:
            return twin
        made = Export.objects.create(
            kind=kind,
            person_id=reader.person_id,
            purpose=reader.purpose[:200],
            address=by.address[:64],
            codes=list(codes),
            asked_at=now,
        )
        detail: dict[str, Any] = {
            "kind": kind,
            "records": len(codes),
            "codes_sha256": sha256("\n".join(codes).encode()).hexdigest(),
            "purpose": reader.purpose,
        }
        append_entries(
            entries=[
                NewEntry(
                    kind="export.asked", subject=f"export:{made.pk}", actor=by.reference, role=by.role,
                    address=by.address, at=now, detail=detail,
                )
            ]
        )  # fmt: skip
        made.task_id = queue_job(
            task=MAKING, title=_TITLE, arguments={"export": made.pk}, key=f"export:{made.pk}",
            asked_by=reader.name, total=len(codes),
        )  # fmt: skip
        made.save(update_fields=["task_id"])
    return made


def note_download(*, export: Export, by: Actor, now: datetime) -> None:
    """Tell the ledger that the file of an export is fetched. Raises OSError when it cannot be kept: then it is not."""
    note_entries(
        entries=[
            NewEntry(
                kind="export.fetched", subject=f"export:{export.pk}", actor=by.reference, role=by.role,
                address=by.address, at=now, detail={"name": export.name, "sha256": export.sha256},
            )
        ]
    )  # fmt: skip
