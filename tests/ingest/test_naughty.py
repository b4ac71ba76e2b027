"""Strange but allowed values, from the package to search: kept as they are, and no package stops another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import timezone

from lantai.archival.checks.faults import sound_case
from lantai.archival.description import read_description
from lantai.catalog.models import Record
from lantai.ingest.models import Submission, SubmissionState
from lantai.ingest.services import decide_submissions, take_folder
from lantai.storage.queries import open_content
from lantai.work.models import DueWork, Job, JobState
from tests.ingest.county import found_county, settle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]
TITLES = (
    "'; DROP TABLE catalog_record; --",
    "<script>alert(1)</script>&amp;<![CDATA[x]]>",
    "{{ 7*7 }} ${7*7} %(x)s %s {0}",
    "𠮷野家䶮堃㛃 生僻字",
    "e\u0301 é ﬀ Å ㋿",
    "\u202eلانتاي\u202c שלום",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "NULL",
    "undefined",
    "0",
    "-1",
    "1e309",
    "NaN",
    "=SUM(A1:A9)|'/bin/sh'",
    "\u200b\u2060零宽\ufeff",
    'AND OR NOT ("*" ~ ^ [a TO b] field:value\\',
    "题" * 500,
)
UNFIT = str.maketrans({"/": "／", "\\": "＼", "\u202e": None, "\u202c": None})
DATES = ("9990-03-10 15:40:00", "1000-01-01 00:00:00", "2024-02-29 23:59:59")


def test_naughty_strings_go_through_whole(tmp_path: Path) -> None:
    body = found_county()
    folder = tmp_path / "b"
    folder.mkdir()
    names = {}
    for number, title in enumerate(TITLES, start=1):
        case = sound_case(number)
        case.metadata["project_name"] = title
        case.metadata["address"] = title[:200]
        file = (
            f"{number}-{title[:40]}".replace("/", "／").replace("\\", "＼").replace("\u202e", "").replace("\u202c", "")
        )
        case.add("过程文件", "B9", title[:60], f"{file}.txt", title.encode(), "TXT")
        case.metadata["total_number"] = str(len(case.materials))
        (folder / f"{case.name}.zip").write_bytes(case.write()[0])
        names[f"{case.name}.zip"] = title
    take_folder(folder=folder, organisation_id=body.pk, profile="fuzhou")
    settle()
    assert not Job.objects.filter(state__in=[JobState.FAILED, JobState.TROUBLED]).exists()
    assert not Submission.objects.filter(state__in=[SubmissionState.RECEIVED, SubmissionState.APPROVED]).exists()
    taken = Record.objects.in_bulk(field_name="record_code")
    stopped = {}
    for submission in Submission.objects.all():
        title = names[submission.name]
        if submission.state != SubmissionState.ACCESSIONED:
            verdict = json.loads(submission.receipts.get(kind="verdict").body)["content"]
            stopped[title[:8]] = verdict["faults"][0]["reason"]
            continue
        record = taken[submission.record_code]
        assert record.title == title.strip()
        place = record.representations.get()
        with open_content(object_id=place.object_id, path=f"{record.record_code}/description.xml") as stream:
            assert read_description(stream.read()).elements["M22"] == (title,)
    assert len(taken) >= len(TITLES) - 4, stopped


def test_dates_at_the_ends_of_time_stop_nobody(tmp_path: Path) -> None:
    body = found_county("manual")
    folder = tmp_path / "b"
    folder.mkdir()
    for number, day in enumerate(DATES, start=1):
        case = sound_case(number)
        case.metadata["transact_time"] = day
        (folder / f"{case.name}.zip").write_bytes(case.write()[0])
    take_folder(folder=folder, organisation_id=body.pk, profile="fuzhou")
    settle()
    assert not Job.objects.filter(state=JobState.FAILED).exists()
    decide_submissions(
        record_codes=list(Submission.objects.values_list("record_code", flat=True)),
        approve=True,
        reason="",
        by="person:1",
        role="archivist",
        now=timezone.now(),
    )
    settle()
    assert not Job.objects.filter(state=JobState.FAILED).exists(), Job.objects.get(state=JobState.FAILED).troubles
    back = {each.subject: each.reason for each in DueWork.objects.filter(finished_at=None)}
    assert Record.objects.count() + len(back) == len(DATES)
    assert set(back.values()) <= {"code-not-written"}, back
    assert Submission.objects.filter(state=SubmissionState.EXAMINED, record_code__in=back).count() == len(back)
