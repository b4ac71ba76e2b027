"""Progress of running cases as departments push it: the only source of approval progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lantai.ingest.models import CaseProgress
from lantai.ingest.services.cases import note_progressed_case
from lantai.ledger.services import NewEntry, append_entries


@dataclass(frozen=True, slots=True)
class ProgressNode:
    """One node of a case: 环节 such as 受理, when, the body that acted, and the state it left the case in; ``item`` is
    the code of the service item (事项编码), where the department says it."""

    node: str
    at: datetime
    body: str
    state: str
    note: str = ""
    item: str = ""
    item_name: str = ""


def push_progress(*, organisation_id: int, case_number: str, node: ProgressNode, now: datetime) -> bool:
    """Keep one node of a case; returns whether it is new. The same node, time and state again changes nothing."""
    with transaction.atomic():
        row, new = CaseProgress.objects.get_or_create(
            organisation_id=organisation_id,
            case_number=case_number,
            node=node.node,
            at=node.at,
            state=node.state,
            defaults={"body": node.body, "note": node.note, "item_code": node.item, "pushed_at": now},
        )
        if new:
            note_progressed_case(progress=row, item_name=node.item_name, now=now)
            append_entries(
                entries=[
                    NewEntry(
                        kind="case.progressed",
                        subject=case_number,
                        actor=f"organisation:{organisation_id}",
                        at=now,
                        detail={
                            "node": node.node,
                            "at": node.at.isoformat(),
                            "body": node.body,
                            "state": node.state,
                        }
                        | ({"item": node.item} if node.item else {}),
                    )
                ]
            )
    return new
