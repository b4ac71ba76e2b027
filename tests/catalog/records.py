"""Records and readers for tests of the catalogue and of search."""

from __future__ import annotations

from datetime import date
from typing import Any

from lantai.administration.queries.people import Clearance, Reader, Role
from lantai.catalog.services import NewRecord

ARCHIVIST = Reader(person_id=1, username="a", name="档案员", role=Role.ARCHIVIST, clearance=Clearance.RESTRICTED)
LEADER = Reader(person_id=2, username="l", name="领导", role=Role.LEADER)
SUPERVISOR = Reader(person_id=3, username="s", name="监督", role=Role.SUPERVISOR)
PUBLIC = Reader(person_id=None, username="", name="", role=Role.PUBLIC)


def department(organisation_id: int) -> Reader:
    return Reader(
        person_id=10 + organisation_id,
        username=f"d{organisation_id}",
        name="经办人",
        role=Role.DEPARTMENT,
        organisation_id=organisation_id,
    )


def new_record(number: int, **changes: Any) -> NewRecord:
    values: dict[str, Any] = {
        "record_code": f"E{number:026d}",
        "archive_code": f"J019-ZY·XK·2026·D30-{number:06d}",
        "fonds_code": "J019",
        "category_code": "ZY",
        "class_code": "XK",
        "year": 2026,
        "retention": "D30",
        "title": f"关于小餐饮店登记的批复（第 {number} 件）",
        "creator": "云岭县行政审批局",
        "formed_on": date(2026, 3, 1),
        "organisation_id": 1,
    }
    return NewRecord(**(values | changes))
