"""What is kept as key and values is read in the reader's language; what older versions wrote stays readable."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from lantai.administration.models import Person, Role
from lantai.archival.checks.faults import PLANTS, sound_case
from lantai.catalog.models import Representation
from lantai.ingest.queries import report_of
from lantai.ingest.services import accession_submissions, decide_submissions, examine_submissions
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.queries import content_path
from lantai.work.models import DueWork, Notice
from lantai.work.sentences import SENTENCES
from lantai.work.services import Sentence, said
from tests.make_people import signed_in
from tests.pages.archive import Archive, send

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.xdist_group("index")]

CHINESE = re.compile(r"[\u3400-\u9fff]")


def read(archive: Archive, language: str, name: str, *arguments: Any, **query: Any) -> str:
    """A page as the archivist reads it in this language, without its tags."""
    person = archive.people[Role.ARCHIVIST]
    Person.objects.filter(pk=person.pk).update(language=language)
    response = signed_in(Person.objects.get(pk=person.pk)).get(reverse(name, args=arguments), query)
    assert response.status_code == 200
    return html.unescape(re.sub(r"<[^>]+>", "\n", response.content.decode()))


def test_the_queue_says_why_in_the_reader_s_language(archive: Archive) -> None:
    kept = DueWork.objects.get(subject=archive.waiting.record_code)
    assert (kept.reason, kept.values) == ("agreement-remarks", {"n": 2})
    assert "按移交协议须由档案员决定是否接收；检测提示 2 项" in read(archive, "zh-hans", "work")
    english = read(archive, "en", "work")
    assert "By the transfer agreement an archivist decides; remarks of the checks: 2" in english
    assert "检测提示" not in english


def test_the_queue_says_what_the_checks_doubt(archive: Archive) -> None:
    case = sound_case(62)
    next(each for each in PLANTS if each.name == "number-gap").change(case)
    code = send(archive.body, f"{case.name}.zip", case.write()[0]).record_code
    examine_submissions.call()
    kept = DueWork.objects.get(subject=code)
    assert (kept.reason, kept.values["n"]) == ("checks-doubt", 2)
    assert "2 项须核对：" in read(archive, "zh-hans", "work")
    assert "中文件清单的序号不连续，缺：" in read(archive, "zh-hans", "work")
    english = read(archive, "en", "work")
    assert "To be verified: 2. " in english
    assert "The numbers of the list of files in " in english


def test_a_duty_of_the_first_version_with_values_is_read_in_both_languages(archive: Archive) -> None:
    now = timezone.now()
    DueWork.objects.create(
        kind="submission",
        subject="E1",
        title="旧待办",
        reason="checks-found",
        values={"n": 2, "checks": ["GD-1-1", "GD-4-1"]},
        role="archivist",
        due_on=now.date(),
        raised_at=now,
    )
    assert "检测提示 2 项：GD-1-1、GD-4-1" in read(archive, "zh-hans", "work")
    assert "Found by the checks: 2 (GD-1-1, GD-4-1)" in read(archive, "en", "work")


def test_a_duty_and_a_notice_of_older_versions_are_read_as_they_were_written(archive: Archive) -> None:
    now = timezone.now()
    DueWork.objects.create(
        kind="submission",
        subject="E0",
        title="旧待办",
        reason="3 项需人工检查：GD-4-7（100%）",
        role="archivist",
        due_on=now.date(),
        raised_at=now,
    )
    Notice.objects.create(text="后台任务失败：100% 进馆", link="/jobs/", at=now)
    for language in ("zh-hans", "en"):
        assert "3 项需人工检查：GD-4-7（100%）" in read(archive, language, "work")
        assert "后台任务失败：100% 进馆" in read(archive, language, "notices")


def test_every_sentence_can_be_said_in_both_languages() -> None:
    for key, sentence in SENTENCES.items():
        names = re.findall(r"%\((\w+)\)s", sentence)
        values: dict[str, Any] = {f"{name}{tongue}": f"<{name}{tongue}>" for name in names for tongue in ("", "_en")}
        values |= {"checks": ["GD-1-1", "GD-1-2"], "task": "进馆", "field": "地址"}
        with translation.override("zh-hans"):
            chinese = said(Sentence(key, values))
        with translation.override("en"):
            english = said(Sentence(key, values))
        assert CHINESE.search(chinese), key
        assert not CHINESE.search(english.replace("GD-1-1, GD-1-2", "")), english
        assert "<detail>" not in english


def checks_of(archive: Archive, language: str, code: str) -> str:
    return read(archive, language, "record", code, tab="checks")


def findings_of(archive: Archive, code: str) -> list[dict[str, Any]]:
    """What the report says of everything that did not simply pass."""
    data, _signature = report_of(record_code=code, organisation_id=archive.body.pk)
    return [each for each in data["findings"] if each["verdict"] != "pass"]


@pytest.fixture
def doubtful(archive: Archive) -> str:
    """A record that an archivist took in although numbers and characters were doubtful: its findings carry values."""
    case = sound_case(61)
    for each in PLANTS:
        if each.name in ("number-gap", "private-use-character"):
            each.change(case)
    code = send(archive.body, f"{case.name}.zip", case.write()[0]).record_code
    examine_submissions.call()
    decide_submissions(
        record_codes=[code], approve=True, reason="", by="person:1", role="archivist", now=timezone.now()
    )
    assert accession_submissions.call() == 1
    return code


def test_the_checks_of_a_record_are_read_in_the_reader_s_language(archive: Archive, doubtful: str) -> None:
    for code in (archive.record.record_code, doubtful):
        told = findings_of(archive, code)
        for language, name, other in (("zh-hans", "message_zh", "message_en"), ("en", "message_en", "message_zh")):
            page = checks_of(archive, language, code)
            assert [each[name] for each in told if each[name] not in page] == []
            assert [each[other] for each in told if each[other] in page] == []
    valued = {each["reason"] for each in findings_of(archive, doubtful) if each["values"]}
    assert valued == {"special-character", "number-gap"}


def test_a_description_of_older_versions_keeps_its_sentences(archive: Archive, doubtful: str) -> None:
    stored = Representation.objects.get(record__record_code=doubtful)
    path = content_path(object_id=stored.object_id, path=f"{doubtful}/description.xml")
    path.chmod(0o644)
    path.write_text(re.sub(r"<值 [^>]*>[^<]*</值>", "", path.read_text("utf-8")), "utf-8")
    english = checks_of(archive, "en", doubtful)
    for each in findings_of(archive, doubtful):
        assert each["message_zh" if each["values"] else "message_en"] in english
    assert "Does not apply: the package came over the network, without a carrier" in english


def test_the_history_of_a_stopped_record_is_read_in_the_reader_s_language(archive: Archive) -> None:
    why = {"scheme": "s", "code": "0059-1", "holder": "E9"}
    entries = [
        NewEntry(
            kind="submission.stopped",
            subject=archive.record.record_code,
            actor="system",
            at=timezone.now(),
            detail=detail,
        )
        for detail in ({"reason": "旧的理由"}, {"reason": "略", "why": "code-taken", "values": why})
    ]
    append_entries(entries=entries)
    code = archive.record.record_code
    chinese, english = (read(archive, each, "record", code, tab="history") for each in ("zh-hans", "en"))
    assert "按编号方案 s 应编 0059-1，而此档号已属于 E9" in chinese
    assert "the code scheme s comes to 0059-1, which already belongs to E9" in english
    assert "旧的理由" in chinese
    assert "旧的理由" in english
