"""Every staff page with real data, in Chinese and in English; what people may do, what they read when they may not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from lantai.administration.models import Person, Role
from lantai.archival.checks.faults import sound_case
from lantai.catalog.services.looking import COPIED, REFUSED, VIEWED
from lantai.ingest.models import Receipt, Submission
from lantai.ingest.services import accession_submissions, examine_submissions
from lantai.ingest.services.waiting import queue_confirmation
from lantai.ledger.models import Entry
from lantai.ledger.services import append_noted_entries, sequence_entries
from lantai.work.models import BulkOrder, Job
from lantai.work.services import Sentence, notify
from lantai.work.services.ordering import perform_bulk
from tests.ingest.county import package
from tests.make_people import make_person, signed_in
from tests.pages.archive import Archive

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.xdist_group("index")]

NAUGHTY = [
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "\u202e\u0000\ufffe",
    "%00%ff",
    "𠮷" * 300,
    "-1",
    "1e9",
    "9" * 40,
    "../../etc/passwd",
    "NaN",
    "{{7*7}}",
]


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def get(client: Client, name: str, *arguments: Any, status: int = 200, **query: Any) -> str:
    response = client.get(reverse(name, args=arguments), query)
    assert response.status_code == status, (name, response.status_code)
    return text_of(response)


def test_every_page_in_both_languages(archive: Archive) -> None:
    record, waiting = archive.record.record_code, archive.waiting.record_code
    job = Job.objects.values_list("task_id", flat=True)[0]
    notify(text=Sentence("job-failed", {"task": "进馆"}), link="/jobs/")
    pages: dict[tuple[str, tuple[Any, ...]], tuple[str, str]] = {
        ("work", ()): ("我的工作", "My work"),
        ("submissions", ()): ("接收与检测", "Receive and check"),
        ("submission", (waiting,)): ("接收并到下一件", "Take in and next"),
        ("submission", (archive.returned.record_code,)): ("已退回移交单位", "Returned to the department"),
        ("submission", (record,)): ("进馆凭证", "Proof of accession"),
        ("receipt", (record, 4)): ("签名原文", "Signed text"),
        ("upload", ()): ("移交包格式", "Package format"),
        ("upload-list", ()): ("登记移交清单", "Register a hand-over list"),
        ("search", ()): ("您可以检索 2 件档案", "2 records to search"),
        ("record", (record,)): ("著录层级", "Level of description"),
        ("ledger", ()): ("检查点签名有效", "signature holds"),
        ("jobs", ()): ("四性检测", "Four-nature check"),
        ("job", (job,)): ("没有异常", "No failures"),
        ("notices", ()): ("全部标为已读", "Mark all as read"),
    }
    person = archive.people[Role.ARCHIVIST]
    for language, place in (("zh-hans", 0), ("en", 1)):
        Person.objects.filter(pk=person.pk).update(language=language)
        client = signed_in(Person.objects.get(pk=person.pk))
        for (name, arguments), words in pages.items():
            page = get(client, name, *arguments)
            assert words[place] in page, (name, language, words[place])
            assert f'lang="{"zh-Hans" if language == "zh-hans" else "en"}"' in page
    for tab, words in (
        ("files", "下载"),
        ("checks", "真实性"),
        ("history", "进馆登记"),
        ("proof", "下载凭证包"),
        ("relations", "没有关联的档案"),
    ):
        Person.objects.filter(pk=person.pk).update(language="zh-hans")
        assert words in get(signed_in(Person.objects.get(pk=person.pk)), "record", record, tab=tab), tab


def test_each_role_begins_on_its_own_page(archive: Archive) -> None:
    firsts = {
        Role.ARCHIVIST: "work",
        Role.DEPARTMENT: "submissions",
        Role.PUBLIC: "search",
        Role.LEADER: "search",
        Role.SUPERVISOR: "submissions",
        Role.SYSTEM: "health",
        Role.SECURITY: "people",
        Role.AUDIT: "audit",
    }
    for role, first in firsts.items():
        client = signed_in(archive.people[role])
        assert client.get("/")["Location"] == reverse(first)
        page = get(client, first)
        for name in ("people", "audit", "submissions", "upload", "jobs", "ledger", "security-policy"):
            shown = f'href="{reverse(name)}"' in page.split('id="main"')[0]
            assert not shown or client.get(reverse(name)).status_code == 200, (role, name)
    assert reverse("audit") in get(signed_in(archive.people[Role.SECURITY]), "people")


def test_wrong_input_gives_exact_pages(archive: Archive) -> None:
    client = signed_in(archive.people[Role.ARCHIVIST])
    record = archive.record.record_code
    for each in NAUGHTY:
        for name, fields in (
            ("search", ("q", "category", "item", "from", "until", "sort", "page", "fonds")),
            ("submissions", ("text", "state", "organisation", "page")),
            ("work", ("text", "due", "kind", "page")),
            ("jobs", ("page", "ended")),
            ("notices", ("page",)),
            ("upload", ("batch", "replaces", "organisation")),
        ):
            for field in fields:
                assert client.get(reverse(name), {field: each}).status_code == 200, (name, field, each)
        for field in ("file", "tab", "from", "page"):
            assert client.get(reverse("record", args=[record]), {field: each}).status_code == 200, (field, each)
        if "/" not in each:
            for name in ("record", "submission", "record-package", "record-proof", "report-json", "report-pdf"):
                assert client.get(reverse(name, args=[each])).status_code == 404, (name, each)
    assert client.get(reverse("record-file", args=[record, 0])).status_code == 404
    assert client.get(reverse("record-file", args=[record, 99])).status_code == 404
    assert client.get(reverse("record-image", args=[record, 3, 1, 5000])).status_code == 404
    assert client.get(reverse("record-image", args=[record, 3, 999, 96])).status_code == 404
    assert client.get(reverse("receipt", args=[record, 9])).status_code == 404
    assert "<script>alert" not in get(client, "search", q="<script>alert(1)</script>")


def test_search_by_half_of_a_name_filters_and_never_ends(archive: Archive) -> None:
    client = signed_in(archive.people[Role.ARCHIVIST])
    assert len(archive.record.applicant) >= 2
    page = get(client, "search", q=archive.record.applicant[:2])
    assert reverse("record", args=[archive.record.record_code]) in page
    narrowed = get(client, "search", open_state="open")
    assert archive.open_record.record_code in narrowed
    assert archive.record.record_code not in narrowed
    assert "去掉条件" in narrowed
    assert "没有找到" in get(client, "search", q="绝无此事") and "只查" in get(client, "search", q="绝无 此事")
    assert "第 1–2 条" not in get(client, "search", page="250")
    public = get(signed_in(archive.people[Role.PUBLIC]), "search")
    assert archive.open_record.record_code in public
    assert archive.record.record_code not in public


def test_a_department_sees_its_own(archive: Archive) -> None:
    stranger = signed_in(make_person(Role.DEPARTMENT, username="stranger", organisation=archive.other))
    own = signed_in(archive.people[Role.DEPARTMENT])
    code = archive.waiting.record_code
    assert code in get(own, "submissions")
    assert code not in get(stranger, "submissions")
    for name in ("submission", "report-json", "report-pdf"):
        assert own.get(reverse(name, args=[code])).status_code == 200
        assert stranger.get(reverse(name, args=[code])).status_code == 404
    assert stranger.get(reverse("receipt", args=[code, 1])).status_code == 404
    assert stranger.get(reverse("record", args=[archive.record.record_code])).status_code == 404
    assert "补正重交" in get(own, "submission", archive.returned.record_code)


def test_an_archivist_decides_one_and_many(archive: Archive) -> None:
    client = signed_in(archive.people[Role.ARCHIVIST])
    code = archive.waiting.record_code
    page = client.post(reverse("submission-decide", args=[code]), {"decision": "return", "reason": " "})
    assert "请写明退回的理由" in text_of(page)
    assert Submission.objects.get(record_code=code).state == "examined"
    ticked = {"shown": [code], "selected": [code], "act": "submission-approve"}
    place = client.post(reverse("selection", args=["submissions"]), ticked)["Location"]
    told = client.get(place)
    assert "接收 1 件" in text_of(told) and "不能直接删除" in text_of(told)
    assert Submission.objects.get(record_code=code).state == "examined"
    client.post(place, {})
    perform_bulk.call(order=str(BulkOrder.objects.get().pk))
    accession_submissions.call()
    assert Submission.objects.get(record_code=code).state == "accessioned"
    again = client.post(reverse("submission-decide", args=[code]), {"decision": "approve"}, follow=True)
    assert "已经处理过" in text_of(again)
    entry = Entry.objects.get(kind="submission.decided", subject=code)
    assert (entry.actor, entry.role) == (f"person:{archive.people[Role.ARCHIVIST].pk}", "archivist")


def test_a_return_is_read_by_its_department(archive: Archive) -> None:
    client = signed_in(archive.people[Role.ARCHIVIST])
    code = archive.waiting.record_code
    client.post(reverse("submission-decide", args=[code]), {"decision": "return", "reason": "缺少申请表原件"})
    assert "缺少申请表原件" in get(signed_in(archive.people[Role.DEPARTMENT]), "submission", code)


def test_every_look_leaves_an_entry(archive: Archive) -> None:
    append_noted_entries()  # what earlier tests looked at
    looks = Entry.objects.filter(kind__in=[VIEWED, COPIED, REFUSED])
    earlier = looks.count()
    archivist, leader = (signed_in(archive.people[role]) for role in (Role.ARCHIVIST, Role.LEADER))
    code = archive.record.record_code
    page = archivist.get(reverse("record", args=[code]), REMOTE_ADDR="192.0.2.9")
    image = next(part.split('"')[0] for part in text_of(page).split('src="') if part.startswith("/records/"))
    assert archivist.get(image.replace("&amp;", "&"))["Content-Type"] == "image/webp"
    archivist.get(image.partition("?")[0])
    b"".join(archivist.get(reverse("record-file", args=[code, 1])).streaming_content)  # type: ignore[attr-defined]
    assert leader.get(reverse("record-package", args=[code])).status_code == 403
    assert append_noted_entries() == 4
    entries = list(Entry.objects.filter(subject=code).order_by("id"))[-4:]
    assert looks.count() == earlier + 4
    assert [each.kind for each in entries] == [VIEWED, VIEWED, COPIED, REFUSED]
    first = entries[0]
    assert (first.role, first.address, first.result) == ("archivist", "192.0.2.9", "done")
    assert json.loads(first.text or "")["detail"]["what"].startswith("description, file ")
    assert append_noted_entries() == 0
    while sequence_entries():
        pass
    assert "查看" not in get(archivist, "record", code, tab="history")
    bundle = json.loads(text_of(archivist.get(reverse("record-proof", args=[code]))))
    assert all(json.loads(each["entry"])["kind"] != VIEWED for each in bundle["entries"])


def test_content_is_refused_with_reason_and_sent_by_range(archive: Archive) -> None:
    leader = signed_in(archive.people[Role.LEADER])
    page = get(leader, "record", archive.record.record_code)
    assert "档案不在您的查阅范围内" in page and "<img" not in page.split("lt-bench")[1]
    assert leader.get(reverse("record-image", args=[archive.record.record_code, 3, 1, 1000])).status_code == 403
    assert leader.get(reverse("record-proof", args=[archive.record.record_code])).status_code == 403
    archivist = signed_in(archive.people[Role.ARCHIVIST])
    place = reverse("record-package", args=[archive.record.record_code])
    whole = b"".join(archivist.get(place).streaming_content)  # type: ignore[attr-defined]
    assert whole[:2] == b"PK" and len(whole) == archive.record.bytes
    part = archivist.get(place, headers={"range": "bytes=10-19"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 10-19/{len(whole)}")
    assert b"".join(part.streaming_content) == whole[10:20]  # type: ignore[attr-defined]
    tail = archivist.get(place, headers={"range": "bytes=-5"})
    assert b"".join(tail.streaming_content) == whole[-5:]  # type: ignore[attr-defined]
    assert archivist.get(place, headers={"range": f"bytes={len(whole)}-"}).status_code == 416


def test_reports_and_receipts_as_files(archive: Archive) -> None:
    client = signed_in(archive.people[Role.ARCHIVIST])
    code = archive.waiting.record_code
    report = client.get(reverse("report-json", args=[code])).json()
    assert report["report"]["record_code"] == code and report["signature"]
    printed = client.get(reverse("report-pdf", args=[code])).content
    assert (printed.startswith(b"%PDF") and b"lantai" in printed[:400_000]) or len(printed) > 10_000
    receipt = client.get(reverse("receipt", args=[code, 1]), {"download": "1"}).json()
    assert receipt["digest"] == Receipt.objects.get(submission__record_code=code, number=1).digest


def test_upload_without_script_and_in_pieces(archive: Archive) -> None:
    client = signed_in(archive.people[Role.DEPARTMENT])
    name, data = package(21)
    sent = client.post(reverse("upload"), {"packages": [SimpleUploadedFile(name, data)], "profile": "fuzhou"})
    first = Submission.objects.get(name=name)
    assert sent["Location"] == reverse("submission", args=[first.record_code])
    assert (first.channel, first.state) == ("upload", "received")
    assert "请选择至少一个移交包" in text_of(client.post(reverse("upload"), {"profile": "fuzhou"}))
    name, data = package(22)
    place = f"{reverse('upload-piece', args=[f'1-{len(data)}-{name}'])}?profile=fuzhou"
    assert client.head(place)["Upload-Offset"] == "0"
    half = len(data) // 2

    def put(start: int, end: int, **headers: str) -> HttpResponse:
        span = {"content-range": f"bytes {start}-{end - 1}/{len(data)}"} | headers
        return client.put(place, data[start:end], content_type="application/octet-stream", headers=span)

    assert put(0, half).status_code == 200
    assert client.head(place)["Upload-Offset"] == str(half)
    assert put(0, half).status_code == 409
    last = put(half, len(data))
    assert (last.status_code, last["Upload-Offset"]) == (201, str(len(data)))
    assert put(0, half, **{"content-range": "bytes 5-1/9"}).status_code == 400
    examine_submissions.call()
    assert Submission.objects.get(name=name).state == "examined"


def test_a_hand_over_list_is_registered_first(archive: Archive) -> None:
    case = sound_case(31)
    data, handover = case.write()
    client = signed_in(archive.people[Role.DEPARTMENT])
    given = SimpleUploadedFile("移交清单.xml", handover)
    answer = client.post(reverse("upload-list"), {"handover": given})
    assert answer.status_code == 302, text_of(answer)
    page = text_of(client.get(answer["Location"]))
    assert "已登记移交清单" in page
    batch = answer["Location"].partition("batch=")[2].partition("&")[0]
    name = f"{case.name}.zip"
    client.post(reverse("upload"), {"packages": SimpleUploadedFile(name, data), "profile": "fuzhou", "batch": batch})
    submission = Submission.objects.get(name=name)
    assert submission.batch is not None and submission.batch.number == batch
    assert submission.handover
    bad = client.post(reverse("upload-list"), {"handover": SimpleUploadedFile("x.csv", b"\x00\x01")})
    assert "清单不能读取" in text_of(bad)


def test_jobs_pause_and_go_on(archive: Archive) -> None:
    queue_confirmation()
    job = Job.objects.get(state="waiting")
    client = signed_in(archive.people[Role.SYSTEM])
    assert 'hx-trigger="every 3s"' in get(client, "jobs")
    client.post(reverse("job-steer", args=[job.task_id]), {"act": "pause"})
    job.refresh_from_db()
    assert job.state == "paused"
    assert "继续" in get(client, "jobs")
    client.post(reverse("job-steer", args=[job.task_id]), {"act": "resume"})
    job.refresh_from_db()
    assert job.state == "waiting"
    assert Entry.objects.filter(kind__in=["job.paused", "job.resumed"]).count() == 2


def test_notices_are_read(archive: Archive) -> None:
    notify(text=Sentence("job-failed", {"task": "进馆"}), link="/jobs/")
    client = signed_in(archive.people[Role.ARCHIVIST])
    assert "未读" in get(client, "notices")
    client.post(reverse("notices-read"))
    assert "未读" not in get(client, "notices")
    assert "后台任务失败" not in get(signed_in(archive.people[Role.LEADER]), "notices")
