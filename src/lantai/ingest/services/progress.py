"""Progress of running cases as departments push it: the only source of approval progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from lantai.ingest.models import CaseProgress
from lantai.ingest.services.cases import note_progressed_case
from lantai.ledger.services import NewEntry, append_entries


@dataclass(frozen=True, slots=True)
class ProgressNode:
    """One node of a case: 环节 such as 受理, when, the body that acted, and the state it left the case in; ``item`` is
    the code of the service item (事项编码), where the department says it. ``materials`` are those it holds since, as
    stage code (may be empty) and name; None says nothing of materials, an empty list that there are none yet."""

    node: str
    at: datetime
    body: str
    state: str
    note: str = ""
    item: str = ""
    item_name: str = ""
    materials: Sequence[tuple[str, str]] | None = None


def push_progress(*, organisation_id: int, case_number: str, node: ProgressNode, now: datetime) -> bool:
    """Keep one node of a case; returns whether it is new. The same node, time and state again changes nothing but adds
    the materials that were not told with it before."""
    given = None if node.materials is None else [list(each) for each in dict.fromkeys(map(tuple, node.materials))]
    with transaction.atomic():
        row, new = CaseProgress.objects.select_for_update().get_or_create(
            organisation_id=organisation_id,
            case_number=case_number,
            node=node.node,
            at=node.at,
            state=node.state,
            defaults={
                "body": node.body,
                "note": node.note,
                "item_code": node.item,
                "materials": given,
                "pushed_at": now,
            },
        )
        added = given if new else [each for each in given or [] if each not in (row.materials or [])]
        more = not new and given is not None and (row.materials is None or bool(added))
        if more:
            row.materials = [*(row.materials or []), *(added or [])]
            row.save(update_fields=["materials"])
        if new or more:
            note_progressed_case(progress=row, item_name=node.item_name, now=now)
            append_entries(entries=[_entry(row, added, now)])
    return new


def _entry(row: CaseProgress, added: Sequence[Sequence[str]] | None, now: datetime) -> NewEntry:
    """What the ledger keeps of a node, with the materials that came with it."""
    detail: dict[str, Any] = {
        "node": row.node,
        "at": row.at.isoformat(),
        "body": row.body,
        "state": row.state,
    }
    if row.item_code:
        detail["item"] = row.item_code
    if added is not None:
        detail["materials"] = [list(each) for each in added]
    return NewEntry(
        kind="case.progressed",
        subject=row.case_number,
        actor=f"organisation:{row.organisation_id}",
        at=now,
        detail=detail,
    )
