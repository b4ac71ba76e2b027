"""The audit log: who reads whose, the fields, the filters, the export, and that nobody reads the own entries."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from tests.make_people import actor, make_person, signed_in

from lantai.administration.models import Organisation, Role
from lantai.administration.queries.people import NOBODY, Reader
from lantai.administration.queries.people_audit import AuditFilter, read_audit, read_whole_audit
from lantai.administration.services.people_access import CONSOLE, Actor
from lantai.administration.services.people_audit import check_audit_chain, record_audit_export
from lantai.administration.services.people_evidence import record_act
from lantai.common.errors import Refused
from lantai.ledger.models import Entry
from lantai.ledger.queries import list_entries
from lantai.ledger.services import sequence_entries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people_site"), pytest.mark.database]
NOW = timezone.now()


def act(by: Actor, action: str = "signed-in", at=NOW, subject: str = "person:0") -> None:
    with transaction.atomic():
        record_act(action=action, by=by, subject=subject, at=at, more={"n": 1})


@pytest.fixture
def everybody():
    """One person of each role, each with one entry; beside them the console and somebody who has not signed in."""
    organisation = Organisation.objects.create(code="A", name="甲")
    people = {}
    for role in Role:
        extra = {"organisation": organisation} if role == Role.DEPARTMENT else {}
        people[role] = make_person(role, f"p-{role.value}", **extra)
        act(actor(people[role]))
    act(CONSOLE)
    act(Actor(None, "anonymous", "anonymous", "198.51.100.7"), "sign-in-failed")
    return people


def reader(person) -> Reader:
    return Reader(person.pk, person.username, person.name, Role(person.role))


def test_each_watcher_reads_the_others(everybody):
    seen = {
        role: {line.role for line in read_audit(reader=reader(everybody[role]), asked=AuditFilter())}
        for role in (Role.AUDIT, Role.SECURITY)
    }
    assert seen[Role.AUDIT] == {"system-administrator", "security-administrator", "console"}
    assert seen[Role.SECURITY] == {
        "archivist", "department", "public", "leader", "supervisor", "anonymous", "audit-administrator",
    }  # fmt: skip
    for role in Role:
        if role not in seen:
            with pytest.raises(KeyError):
                read_audit(reader=reader(everybody[role]), asked=AuditFilter())


def test_nobody_reads_the_own_entries_even_of_an_earlier_role(everybody):
    auditor = everybody[Role.AUDIT]
    act(Actor(auditor.pk, auditor.username, Role.SYSTEM, "192.0.2.7"), "account-created")
    lines = read_audit(reader=reader(auditor), asked=AuditFilter())
    assert [line.action for line in lines] == ["people.signed-in"] * 3


def test_a_page_has_all_fields_of_an_entry(everybody):
    page = signed_in(everybody[Role.AUDIT]).get("/administration/audit/").content.decode()
    system = everybody[Role.SYSTEM]
    for part in (f"{system.name}（{system.username}）", "系统管理员", "192.0.2.7", "登录成功", "成功", "服务器控制台"):
        assert part in page
    assert everybody[Role.ARCHIVIST].username not in page


def test_filters_by_time_person_and_action(everybody):
    auditor, system = reader(everybody[Role.AUDIT]), everybody[Role.SYSTEM]
    act(actor(system), "account-created", NOW - timedelta(days=3))
    act(actor(everybody[Role.SECURITY]), "activated", NOW, f"person:{system.pk}")
    found = read_audit(reader=auditor, asked=AuditFilter(username=system.username))
    assert [line.action for line in found] == ["people.activated", "people.account-created", "people.signed-in"]
    found = read_audit(reader=auditor, asked=AuditFilter(kinds=("people.account-created",)))
    assert [line.at for line in found] == [NOW - timedelta(days=3)]
    assert len(read_audit(reader=auditor, asked=AuditFilter(since=NOW - timedelta(days=1)))) == 4
    assert len(read_audit(reader=auditor, asked=AuditFilter(until=NOW - timedelta(days=1)))) == 1
    assert read_audit(reader=auditor, asked=AuditFilter(username="nobody-of-this-name")) == []
    client = signed_in(everybody[Role.AUDIT])
    day = timezone.localdate(NOW - timedelta(days=3)).isoformat()
    page = client.get(f"/administration/audit/?since={day}&until={day}").content.decode()
    assert page.count("<tr") == 2
    assert "创建账号" in page
    wrong = client.get("/administration/audit/?since=2026-02-01&until=2026-01-01").content.decode()
    assert "截止日期不得早于起始日期。" in wrong
    assert client.get("/administration/audit/?before=x&action=magic").status_code == 200


def test_older_entries_are_a_page_away(everybody):
    for number in range(70):
        act(actor(everybody[Role.SYSTEM]), "activated", subject=f"person:{9000 + number}")
    client = signed_in(everybody[Role.AUDIT])
    first = client.get("/administration/audit/").content.decode()
    assert "person:9069" in first
    assert "person:9019" not in first
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(f"/administration/audit/{older}").content.decode()
    assert "person:9019" in second
    assert "person:9020" not in second
    everything = list(read_whole_audit(reader=reader(everybody[Role.AUDIT]), asked=AuditFilter()))
    assert len(everything) == 73
    assert len(list(read_whole_audit(reader=reader(everybody[Role.AUDIT]), asked=AuditFilter(), most=10))) == 10


def test_the_export_is_a_file_for_spreadsheets_and_an_act_of_its_own(everybody):
    act(actor(everybody[Role.SYSTEM]), "activated", subject="=cmd|' /C calc'!A0")
    response = signed_in(everybody[Role.AUDIT]).post("/administration/audit/file/", {"action": "activated"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    heading, row = list(csv.reader(io.StringIO(text)))
    assert heading == ["时间", "人员", "角色", "地址", "行为", "对象", "结果", "序号", "内容"]
    assert row[5] == "'=cmd|' /C calc'!A0"  # no formula
    assert row[2:5] == ["系统管理员", "192.0.2.7", "启用账号"]
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    entry = list_entries()[0]
    assert (entry.kind, entry.role) == ("people.audit-exported", "audit-administrator")
    assert entry.detail["filter"]["kinds"] == ["people.activated"]
    seen_by_security = read_audit(reader=reader(everybody[Role.SECURITY]), asked=AuditFilter())
    assert seen_by_security[0].action == "people.audit-exported"
    assert signed_in(everybody[Role.AUDIT]).post("/administration/audit/file/", {"since": "x"}).status_code == 400


def test_the_log_speaks_english_too(everybody):
    auditor = everybody[Role.AUDIT]
    type(auditor).objects.filter(pk=auditor.pk).update(language="en")
    client = signed_in(auditor)
    page = client.get("/administration/audit/").content.decode()
    assert "Signed in" in page
    assert "Server console" in page
    response = client.post("/administration/audit/file/", {})
    assert b"".join(response.streaming_content).decode("utf-8-sig").startswith("Time,Person,Role")


def test_only_watchers_export(everybody):
    for role, person in everybody.items():
        if role in (Role.AUDIT, Role.SECURITY):
            continue
        with pytest.raises(Refused):
            record_audit_export(by=actor(person), asked=AuditFilter(), now=NOW)
    with pytest.raises(KeyError):
        read_audit(reader=NOBODY, asked=AuditFilter())


def test_the_log_is_found_by_its_object(everybody):
    act(actor(everybody[Role.SYSTEM]), "account-created", subject="person:4711")
    auditor = signed_in(everybody[Role.AUDIT])
    page = auditor.get("/administration/audit/", {"subject": "person:4711"}).content.decode()
    assert page.count("person:4711") == 3, "in the filter, in what the export keeps, and in one line"
    asked = AuditFilter(subject="person:4711", username=everybody[Role.SYSTEM].username)
    [line] = read_audit(reader=reader(everybody[Role.AUDIT]), asked=asked)
    assert line.subject == "person:4711"
    export = auditor.post("/administration/audit/file/", {"subject": "person:none"})
    assert len(b"".join(export.streaming_content).decode().splitlines()) == 1
    [entry] = list_entries(kinds=("people.audit-exported",))
    assert entry.detail["filter"]["subject"] == "person:none"


def test_the_chain_is_checked_on_demand(everybody):
    sequence_entries()
    auditor = signed_in(everybody[Role.AUDIT])
    page = auditor.post("/administration/audit/check/", follow=True).content.decode()
    assert "日志完整" in page
    [entry] = list_entries(kinds=("people.audit-checked",))
    assert (entry.result, entry.detail["broken_by"]) == ("done", "")
    assert entry.detail["checked"] == entry.detail["size"] > 5
    Entry.objects.filter(index=3).update(actor="person:999")
    page = auditor.post("/administration/audit/check/", follow=True).content.decode()
    assert "校验不通过：第 3 条（entry.columns）" in page
    assert list_entries(kinds=("people.audit-checked",))[0].result == "failed"
    with pytest.raises(Refused):
        check_audit_chain(by=actor(everybody[Role.SYSTEM]), now=NOW)
