"""Package profiles of the archive's own, credentials with a last day, checks that are off, and what a change of rules
would do before it takes force."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Credential, PackageProfile, Role
from lantai.administration.queries import credential_of, rule_pack
from lantai.administration.queries.credentials import forget_credentials
from lantai.administration.queries.profiles import forget_profiles, profile_on, profile_to_read, profiles_on
from lantai.administration.services.profiles import publish_profile, read_profile
from lantai.archival.packages import load_profile
from lantai.archival.packages.profile import delivered_text
from lantai.ingest.models import ExaminationReport, Submission
from lantai.ingest.services import examine_submissions
from lantai.ledger.models import Entry
from tests.ingest.county import package
from tests.make_people import actor, signed_in
from tests.pages.archive import Archive, send

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("index")]
TODAY = timezone.localdate


@pytest.fixture(autouse=True)
def _forgotten() -> Any:
    forget_profiles()
    yield
    forget_profiles()


@pytest.fixture
def client(archive: Archive) -> Client:
    return signed_in(archive.people[Role.ARCHIVIST])


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def changed(version: str, code: str = "fuzhou", wanted: str = "") -> str:
    """The delivered profile as a file of another version, with one more mandatory element when *wanted*."""
    text = re.sub(r'(?m)^version = "[^"]*"', f'version = "{version}"', delivered_text("fuzhou"), count=1)
    text = re.sub(r'(?m)^code = "[^"]*"', f'code = "{code}"', text, count=1)
    if wanted:
        more = f'[[base.elements]]\ntag = "{wanted}"\nname = "新增项"\nname_en = "new"\nobligation = "m"\n\n'
        text = text.replace("[[base.elements]]", more + "[[base.elements]]", 1)
    return text


def test_a_profile_is_uploaded_tried_and_published(archive: Archive, client: Client) -> None:
    place = reverse("package-profile-new")
    broken = SimpleUploadedFile("p.toml", changed("9.0").replace('root = "', 'rooot = "', 1).encode())
    told = text_of(client.post(place, {"file": broken, "text": "", "effective_from": TODAY().isoformat()}))
    assert "rooot: is not a key of a profile" in told and "root: is missing" in told
    assert "(file)" in text_of(client.post(place, {"text": "= = =", "effective_from": TODAY().isoformat()}))
    file = SimpleUploadedFile("p.toml", changed("9.0", wanted="never_there").encode())
    given = {"effective_from": TODAY().isoformat(), "note": "市局新规", "package": archive.waiting.record_code}
    shown = text_of(client.post(place, {"file": file, "text": "", **given}))
    assert "never_there" in shown and "新增 1" in shown and "试读" in shown and "退回" in shown
    assert not PackageProfile.objects.exists()
    mark = shown.split('name="confirmed" value="')[1].split('"')[0]
    sent = {**given, "text": changed("9.0", wanted="never_there"), "confirmed": mark}
    assert client.post(place, sent)["Location"] == reverse("package-profile", args=["fuzhou", "9.0"])
    row = PackageProfile.objects.get()
    assert (row.code, row.version, row.effective_from) == ("fuzhou", "9.0", TODAY())
    entry = Entry.objects.get(kind="administration.profile-published")
    assert "市局新规" in (entry.text or "")
    assert "已经存在" in text_of(client.post(place, {**sent}))
    page = text_of(client.get(reverse("package-profile", args=["fuzhou", "9.0"])))
    assert "never_there" in page and "发布包方案" in text_of(
        signed_in(archive.people[Role.AUDIT]).get(reverse("audit"))
    )
    listed = text_of(client.get(reverse("package-profiles")))
    assert "现行" in listed and "已被取代" in listed and "市局新规" in listed
    file_of = client.get(reverse("package-profile-file", args=["fuzhou", "9.0"]))
    assert json.loads(file_of.content)["version"] == "9.0"
    assert client.get(reverse("package-profile", args=["fuzhou", "no"])).status_code == 404


def test_what_comes_from_its_day_on_is_read_by_it_and_nothing_before(archive: Archive) -> None:
    by, now = actor(archive.people[Role.ARCHIVIST]), timezone.now()
    held = load_profile("fuzhou").version
    data = read_profile(text=changed("9.0", wanted="never_there"))
    publish_profile(data=data, effective_from=TODAY() + timedelta(days=3), note="", by=by, now=now)
    assert profile_on(code="fuzhou").version == held
    assert profile_on(code="fuzhou", day=TODAY() + timedelta(days=3)).version == "9.0"
    publish_profile(
        data=read_profile(text=changed("8.0", wanted="never_there")), effective_from=TODAY(), note="", by=by, now=now
    )
    before = archive.waiting
    Submission.objects.filter(pk=before.pk).update(created_at=now - timedelta(days=2))
    coming = send(archive.body, *package(7))
    examine_submissions.call()
    coming.refresh_from_db()
    report = ExaminationReport.objects.get(submission=coming)
    assert (coming.state, report.decision) == ("rejected", "rejected")
    own = send(archive.body, *package(8))
    Submission.objects.filter(pk=own.pk).update(created_at=now - timedelta(days=1))
    examine_submissions.call()
    assert ExaminationReport.objects.get(submission=own).decision != "rejected"


def test_a_profile_of_another_kind_can_be_agreed_and_sent(archive: Archive, client: Client) -> None:
    by, now = actor(archive.people[Role.ARCHIVIST]), timezone.now()
    assert "linyi" not in profiles_on()
    data = read_profile(text=changed("1.0", code="linyi"))
    publish_profile(data=data, effective_from=TODAY(), note="", by=by, now=now)
    assert "linyi" in profiles_on() and profile_to_read(code="linyi") == data
    assert 'value="linyi"' in text_of(client.get(reverse("agreement-new")))
    assert 'value="linyi"' in text_of(signed_in(archive.people[Role.DEPARTMENT]).get(reverse("upload")))
    name, sent = package(9)
    with pytest.raises(KeyError):
        profile_on(code="nothing")
    given = send(archive.body, name, sent)
    Submission.objects.filter(pk=given.pk).update(profile="linyi")
    examine_submissions.call()
    report = json.loads(client.get(reverse("report-json", args=[given.record_code])).content)["report"]
    assert (report["package"]["profile"], report["package"]["files"] > 0) == ("linyi/1.0", True)
    read = [each["verdict"] for each in report["findings"] if each["code"] == "GD-1-12"]
    assert read == ["pass"]


def test_a_credential_ends_with_its_last_day(archive: Archive, client: Client) -> None:
    given = {"organisation": archive.body.code, "name": "许可平台", "calls_per_minute": "60", "webhook": ""}
    past = (TODAY() - timedelta(days=1)).isoformat()
    assert "有效期不能早于今天" in text_of(client.post(reverse("credential-new"), {**given, "valid_to": past}))
    page = text_of(client.post(reverse("credential-new"), {**given, "valid_to": TODAY().isoformat()}))
    secret = re.search(r"lt_[0-9a-z]{10}_[\w-]+", page)
    assert secret is not None and credential_of(secret=secret[0]) is not None
    assert TODAY().isoformat() in text_of(client.get(reverse("credentials")))
    Credential.objects.filter(valid_to=TODAY()).update(valid_to=TODAY() - timedelta(days=1))
    forget_credentials()
    assert credential_of(secret=secret[0]) is None
    assert "已过期" in text_of(client.get(reverse("credentials")))


def test_a_check_that_is_off_says_why_and_the_change_is_foreseen(archive: Archive, client: Client) -> None:
    place = reverse("rule-severities")
    form = client.get(place).context_data["page"].form  # type: ignore[union-attr]
    fault = "GD-2-3"
    kept = {row.code: row.severity for row in form.rows}
    data = {**kept, fault: "off", "version": "2026-B", "effective_from": TODAY().isoformat(), "reason": ""}
    assert "请写明不检测的理由" in text_of(client.post(place, data))
    data["reason"] = "本馆没有这类文件"
    shown = text_of(client.post(place, data))
    assert "不再检测，报告写明理由" in shown and "试判最近的" in shown
    mark = shown.split('name="confirmed" value="')[1].split('"')[0]
    assert client.post(place, {**data, "confirmed": mark}).status_code == 302
    publish = {"effective_from": TODAY().isoformat(), "note": "停用一项"}
    shown = text_of(client.post(reverse("rule-pack-new"), publish))
    assert "不检测的检测项" in shown and "试判最近的" in shown
    mark = shown.split('name="confirmed" value="')[1].split('"')[0]
    assert client.post(reverse("rule-pack-new"), {**publish, "confirmed": mark}).status_code == 302
    assert rule_pack().off == {fault: "本馆没有这类文件"}
    again = send(archive.body, *package(11))
    examine_submissions.call()
    report = json.loads(client.get(reverse("report-json", args=[again.record_code])).content)["report"]
    told = [each for each in report["findings"] if each["code"] == fault]
    assert [each["message_zh"] for each in told] == ["本馆不检测此项：本馆没有这类文件"]
