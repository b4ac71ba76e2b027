"""Verdicts on signatures from examination on: kept with the record, shown, and judged again as a new event."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from asn1crypto import cms
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lantai.administration.models import Organisation, Role
from lantai.administration.queries import trust_changed_at
from lantai.administration.services import NewIssuer, distrust_issuer, trust_issuers
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.checks.faults import sound_case
from lantai.archival.checks.faults.files import make_document
from lantai.archival.checks.faults.signed_files import pack_licence, seal_licence, sign_document
from lantai.archival.checks.faults.signing import cms_signature
from lantai.archival.sealing.stamping import last_sunset
from lantai.catalog.models import JudgedSignature, Record
from lantai.catalog.services import note_judgements, queue_due_judging
from lantai.catalog.services.judging import AGAIN_AFTER, judge_signatures_again
from lantai.ledger.queries import list_entries
from lantai.work.models import DueWork, Job
from lantai.work.services import run_jobs
from tests.ingest.county import found_county, settle
from tests.make_people import make_person, signed_in
from tests.pages.archive import CLEARED, send

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]

BODY = "云岭县行政审批局"


@pytest.fixture
def body() -> Organisation:
    return found_county()


def said(kind: str) -> list[Any]:
    return list_entries(kinds=(kind,), limit=2000)


def page_of(response: Any) -> str:
    return str(response.content.decode())


def signed_package(body: Organisation, number: int = 41) -> str:
    """A package with a signed PDF and a sealed OFD, sent and examined; its 电子文件号."""
    case = sound_case(number)
    title = case.metadata["project_name"]
    case.put(4, sign_document(make_document(title, ["准予许可"]), signer=BODY))
    case.add("结果文件", "C2", "许可证副本", "许可证副本.ofd", sealed_licence(title), "OFD")
    case.metadata["total_number"] = str(len(case.materials))
    data, _handover = case.write()
    submission = send(body, f"{case.name}.zip", data)
    settle()
    return submission.record_code


def sealed_licence(title: str) -> bytes:
    return pack_licence(seal_licence(title, ["风险等级：B级"], body=BODY, number=1))


def signer_certificate() -> bytes:
    """The certificate of the PDF's signer, out of what was kept."""
    signed = cms.ContentInfo.load(cms_signature(BODY, b"", timezone.now()))["content"]
    certificate = signed["certificates"][0].chosen
    return bytes(certificate.dump())


@pytest.mark.database
def test_verdicts_are_kept_shown_and_judged_again(
    body: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    archivist = signed_in(make_person(Role.ARCHIVIST, **CLEARED))
    code = signed_package(body)
    record = Record.objects.get(record_code=code)
    first = JudgedSignature.objects.filter(record=record)
    assert {each.verdict for each in first} == {"untrusted"}
    assert {each.kind for each in first} == {"pades", "ofd-seal"}
    (entry,) = [each for each in said("record.signatures-judged") if each.subject == code]
    assert [each["verdict"] for each in entry.detail["signatures"]] == ["untrusted", "untrusted"]
    page = page_of(archivist.get(reverse("submission", args=[code])))
    assert "电子签名与印章" in page
    assert "有效，但签发者不受信任" in page
    report = archivist.get(reverse("report-json", args=[code])).json()
    assert "untrusted" in json.dumps(report, ensure_ascii=False)
    assert archivist.get(reverse("report-pdf", args=[code])).status_code == 200

    own = NewIssuer(der=signer_certificate(), anchor=True, basis="来函")
    trust_issuers(issuers=[own], by=CONSOLE, now=timezone.now())
    asked = archivist.post(reverse("record-rejudge", args=[code]))
    assert asked.status_code == 302
    run_jobs(drain=True)
    settle()
    now = JudgedSignature.objects.filter(record=record, latest=True)
    assert {each.kind: each.verdict for each in now} == {"pades": "valid", "ofd-seal": "untrusted"}
    assert JudgedSignature.objects.filter(record=record).count() == 4, "the verdict at the time is kept"
    entries = [each for each in said("record.signatures-judged") if each.subject == code]
    assert len(entries) == 2
    again = next(each for each in entries if each.detail["occasion"] == "again")
    assert set(again.detail["before"].values()) == {"untrusted"}
    assert set(again.detail["after"].values()) == {"untrusted", "valid"}
    archivist.get(reverse("record", args=[code]))  # what a process asks once is asked
    with django_assert_max_num_queries(12):
        page = page_of(archivist.get(reverse("record", args=[code]) + "?tab=checks"))
    assert "重新判定" in page
    assert "进馆检测" in page
    assert "信任列表中的" in page


def test_old_judgements_are_made_anew_once_and_go_on_where_they_stood(body: Organisation) -> None:
    code = signed_package(body, 42)
    queue_due_judging(now=timezone.now())
    assert not Job.objects.filter(key="catalog.judge-signatures").exists(), "nothing is due"
    due = timezone.now() + AGAIN_AFTER + timedelta(days=1)
    queue_due_judging(now=due)
    queue_due_judging(now=due)
    assert Job.objects.filter(key="catalog.judge-signatures", state="waiting").count() == 1
    before = (due - AGAIN_AFTER).isoformat()
    assert judge_signatures_again.func(codes=[], before=before) >= 1
    oldest = JudgedSignature.objects.filter(latest=True).earliest("judged_at").judged_at
    assert judge_signatures_again.func(codes=[], before=oldest.isoformat()) == 0
    rows = JudgedSignature.objects.filter(record__record_code=code)
    assert (rows.filter(latest=True).count(), rows.filter(latest=False).count()) == (2, 2)


def test_a_judgement_belongs_to_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        note_judgements(judged=[], occasion="again", by="system", now=timezone.now())


def test_a_verdict_that_becomes_worse_is_work_until_somebody_looked_or_it_is_well_again(body: Organisation) -> None:
    archivist = signed_in(make_person(Role.ARCHIVIST, **CLEARED))
    code = signed_package(body, 43)
    assert not Job.objects.filter(key="catalog.judge-signatures").exists()
    own = NewIssuer(der=signer_certificate(), anchor=True, basis="来函")
    (trusted,) = trust_issuers(issuers=[own], by=CONSOLE, now=timezone.now())

    def judged_again() -> dict[str, str]:
        queue_due_judging(now=timezone.now())  # the trust list changed: everything judged before is due
        run_jobs(drain=True)
        rows = JudgedSignature.objects.filter(record__record_code=code, latest=True)
        return {each.kind: each.verdict for each in rows}

    assert judged_again() == {"pades": "valid", "ofd-seal": "untrusted"}
    assert not DueWork.objects.filter(kind="signature-worsened").exists()
    distrust_issuer(number=trusted.pk, reason="吊销", by=CONSOLE, now=timezone.now())
    assert judged_again() == {"pades": "untrusted", "ofd-seal": "untrusted"}
    duty = DueWork.objects.get(kind="signature-worsened", subject=code, finished_at=None)
    assert (duty.values["before"], duty.values["after"]) == ("有效", "有效，但签发者不受信任")
    queue_due_judging(now=timezone.now())
    assert not Job.objects.filter(key="catalog.judge-signatures", state="waiting").exists(), "once is enough"
    work = page_of(archivist.get(reverse("work")))
    assert "结论变差" in work and reverse("record", args=[code]) in work
    page = page_of(archivist.get(reverse("record", args=[code]) + "?tab=checks"))
    assert "已核实变差的结论" in page
    address = reverse("record-rejudge", args=[code])
    assert archivist.post(address, {"act": "seen"}).status_code == 302
    assert not DueWork.objects.filter(kind="signature-worsened", finished_at=None).exists()
    assert [each.subject for each in said("record.verdict-seen")] == [code]
    archivist.post(address, {"act": "seen"})
    assert len(said("record.verdict-seen")) == 1
    trust_issuers(issuers=[own], by=CONSOLE, now=timezone.now())
    assert judged_again()["pades"] == "valid"
    page = page_of(archivist.get(reverse("record", args=[code]) + "?tab=checks"))
    assert "已核实变差的结论" not in page
    rows = JudgedSignature.objects.filter(record__record_code=code)
    assert rows.filter(latest=False).count() == 6, "every judgement is kept"


def test_trust_that_began_or_ended_and_algorithms_that_aged_make_judgements_due() -> None:
    now = timezone.now()
    assert trust_changed_at(now=now) is None
    certificate = signer_certificate()
    coming = NewIssuer(
        der=certificate, anchor=True, basis="来函", valid_until=timezone.localdate() + timedelta(days=10)
    )
    trust_issuers(issuers=[coming], by=CONSOLE, now=now)
    assert trust_changed_at(now=now) == now
    later = trust_changed_at(now=now + timedelta(days=12))
    assert later is not None and timezone.localdate(later) == timezone.localdate() + timedelta(days=11)
    assert last_sunset(today=date(2031, 1, 1)) == date(2030, 12, 31)
    assert last_sunset(today=date(2030, 12, 31)) == date(2020, 12, 31)
    assert last_sunset(today=date(2000, 1, 1)) is None
