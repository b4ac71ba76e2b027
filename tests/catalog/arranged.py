"""Records to arrange: a fonds with classes, code rules by item and by volume, and people who may."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from lantai.administration.models import Organisation, Person, Role
from lantai.administration.services import load_reference_data
from lantai.administration.services.people_access import CONSOLE
from lantai.catalog.models import Record
from lantai.catalog.services import register_records
from lantai.ledger.services import append_noted_entries
from tests.catalog.records import new_record
from tests.make_people import make_person

FONDS, OTHER_FONDS = "J019", "J020"
CLASSES = ("WS", "ZY", "ZY·XK", "ZY·QR", "KU", "KU·01")


def reference() -> dict[str, Any]:
    """Two bodies with a fonds each; government cases numbered by item, accounts by volume."""
    return {
        "organisation": [
            {"code": "A", "name": "云岭县行政审批局", "kind": "agency"},
            {"code": "B", "name": "云岭县财政局", "kind": "agency"},
        ],
        "class": [{"path": path, "name": f"类{path}", "name_en": f"class {path}"} for path in CLASSES],
        "fonds": [
            {"code": FONDS, "name": "云岭县行政审批局全宗", "organisation": "A"},
            {"code": OTHER_FONDS, "name": "云岭县财政局全宗", "organisation": "B"},
        ],
        "code_scheme": [
            {
                "category": "ZY",
                "rule": {"key": "by-item", "structure": "fonds-category·class2·year·retention-item:6"},
                "valid_from": "2020-01-01",
            },
            {
                "category": "KU",
                "rule": {"key": "by-volume", "structure": "fonds-category·class2·year-volume:3-item:3"},
                "valid_from": "2020-01-01",
            },
        ],
    }


def found_fonds(*roles: Role) -> Mapping[Role, Person]:
    """Load the reference data and return people of these roles; the department's is of the first body."""
    append_noted_entries()
    load_reference_data(data=reference(), by=CONSOLE, now=timezone.now())
    body = Organisation.objects.get(code="A")
    return {
        role: make_person(
            role,
            username=role.value.split("-")[0],
            **(
                {"organisation": body}
                if role == Role.DEPARTMENT
                else {"clearance": 1}
                if role == Role.ARCHIVIST
                else {}
            ),
        )
        for role in roles
    }


def body_of(code: str = "A") -> int:
    """The primary key of a body."""
    found: int = Organisation.objects.values_list("pk", flat=True).get(code=code)
    return found


def put(first: int, count: int, **changes: Any) -> list[Record]:
    """Register *count* records from number *first* on, without archive code unless one is given."""
    values = {"archive_code": None, "formed_on": date(2026, 3, 1)} | changes
    if "organisation_id" not in values:
        values["organisation_id"] = body_of()
    with transaction.atomic():
        ids = register_records(
            records=[new_record(first + each, **values) for each in range(count)], by="test", now=timezone.now()
        )
    return list(Record.objects.filter(pk__in=ids).order_by("pk"))
