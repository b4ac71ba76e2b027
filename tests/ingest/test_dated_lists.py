"""Intake judges coded values by the version of a code list that holds on the record's own date, and says which."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone

from lantai.administration.models import Organisation
from lantai.administration.services.code_lists import publish_code_list
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.checks.faults import sound_case
from lantai.ingest.models import ExaminationReport, Submission
from lantai.ingest.services.uploading import open_upload, take_upload
from tests.ingest.county import found_county, settle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def publish(version: str, day: date, *rows: tuple[str, str]) -> None:
    codes = [{"code": code, "zh": zh, "en": "", "note": ""} for code, zh in rows]
    publish_code_list(
        key="handling-type", version=version, valid_from=day, basis="本馆决定", codes=codes, by=CONSOLE, now=NOW
    )


def sent(body: Organisation, number: int) -> Submission:
    """A sound package, its case accepted on 2025-03-03 and closed on 2025-03-10."""
    case = sound_case(number)
    data, _handover = case.write()
    submission = open_upload(
        organisation_id=body.pk,
        name=f"{case.name}.zip",
        profile="fuzhou",
        size=len(data),
        key=case.name,
        now=timezone.now(),
    )
    take_upload(submission=submission, stream=BytesIO(data), now=timezone.now())
    settle()
    submission.refresh_from_db()
    return submission


def domains(submission: Submission) -> dict[str, Any]:
    body = json.loads(zlib.decompress(bytes(ExaminationReport.objects.get(submission=submission).body)))
    [found] = [each for each in body["findings"] if each["code"] == "GD-1-4"]
    return dict(found)


def test_a_case_is_judged_by_the_list_of_the_day_it_was_closed() -> None:
    body = found_county()
    publish("2025-6", date(2025, 6, 1), ("3", "容缺件"))
    before = sent(body, 1)
    found = domains(before)
    assert (before.state, found["verdict"]) == ("accessioned", "pass")
    assert "办件类型 2020" in found["values"]["lists"] and "Ways of handling 2020" in found["message_en"]


def test_a_list_in_force_on_that_day_binds() -> None:
    body = found_county()
    publish("2025-3", date(2025, 3, 10), ("3", "容缺件"))
    returned = sent(body, 1)
    found = domains(returned)
    assert (returned.state, found["reason"]) == ("rejected", "domain-list")
    assert "《办件类型》2025-3 版（2025-03-10 起）" in found["message_zh"]
    publish("2025-4", date(2025, 4, 1), ("2", "承诺件"))
    assert sent(body, 2).state == "rejected", "a later version says nothing of that day"
