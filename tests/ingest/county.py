"""A small county for tests of intake: one body, its fonds, its agreement, and packages it hands over."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from lantai.administration.models import Organisation
from lantai.administration.services import issue_credential, load_reference_data
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.checks.faults import sound_case
from lantai.finding.services import follow_ledger
from lantai.ledger.services import sequence_entries
from lantai.work.services import run_jobs

BODY = "SPJ"
OTHER = "SCJG"
DAY = datetime(2026, 11, 22, 8, tzinfo=UTC)


def county_data(policy: str = "automatic") -> dict[str, Any]:
    """Reference data of two bodies, the first with an agreement under *policy*."""
    rule = {"key": "approval-item", "structure": "fonds-category·class2·year·retention-item:6"}
    return {
        "organisation": [
            {"code": BODY, "name": "云岭县行政审批局", "kind": "agency", "region_code": "331199"},
            {"code": OTHER, "name": "云岭县市场监督管理局", "kind": "agency", "region_code": "331199"},
        ],
        "class": [
            {"path": "ZY", "name": "专业"},
            {"path": "ZY·XK", "name": "行政许可", "item_type": "01"},
        ],
        "fonds": [
            {"code": "0059", "name": "云岭县行政审批局全宗", "organisation": BODY},
            {"code": "0060", "name": "云岭县市场监督管理局全宗", "organisation": OTHER},
        ],
        "code_scheme": [
            {
                "category": "ZY",
                "rule": rule | {"patterns": {"fonds": "[0-9A-Z]{4}"}},
                "defaults": {"class2": "XK"},
                "valid_from": "2020-01-01",
            }
        ],
        "agreement": [
            {
                "number": "YJ-1",
                "organisation": BODY,
                "fonds": "0059",
                "profile": "fuzhou",
                "policy": policy,
                "valid_from": "2020-01-01",
            }
        ],
    }


def found_county(policy: str = "automatic") -> Organisation:
    """Load the county and return its body that hands over."""
    load_reference_data(data=county_data(policy), by=CONSOLE, now=DAY)
    return Organisation.objects.get(code=BODY)


def key_of(body: str = BODY, *, calls_per_minute: int = 6000) -> str:
    """A fresh secret of the body's system."""
    return issue_credential(
        organisation=body, name="审批系统", by=CONSOLE, now=timezone.now(), calls_per_minute=calls_per_minute
    ).secret


def package(number: int) -> tuple[str, bytes]:
    """Name and bytes of a sound package."""
    case = sound_case(number)
    data, _handover = case.write()
    return f"{case.name}.zip", data


def lay_down(folder: Path, numbers: range) -> None:
    """Sound packages in a folder, as a department drops them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        name, data = package(number)
        (folder / name).write_bytes(data)


def settle() -> None:
    """Let the worker, the sequencer and the indexer do all that waits."""
    run_jobs(drain=True)
    while sequence_entries() or follow_ledger(now=timezone.now()):
        pass
