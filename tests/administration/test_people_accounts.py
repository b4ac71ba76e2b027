"""Accounts and roles: creation in two steps by two people, three separated administrators, one person one account."""

from __future__ import annotations

import html
import itertools
import re

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from tests.make_people import PASSWORD, actor, make_person, signed_in

from lantai.administration.models import Organisation, Person, Role
from lantai.administration.models.people import ADMINISTRATOR_ROLES, Clearance
from lantai.administration.queries.people import normal_person_number
from lantai.administration.services.people_access import CONSOLE
from lantai.administration.services.people_accounts import (
    AccountRefused,
    Named,
    activate_account,
    create_account,
    create_first_administrators,
    deactivate_account,
    decline_deactivation,
    grant_role,
    request_deactivation,
    revoke_role,
)
from lantai.administration.services.people_passwords import reset_password
from lantai.administration.services.people_signin import unlock_account
from lantai.common.errors import Refused
from lantai.ledger.queries import list_entries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people_site"), pytest.mark.database]
NOW = timezone.now()


@pytest.fixture
def organisation() -> Organisation:
    return Organisation.objects.create(code="YL-MZJ", name="云岭县民政局")


@pytest.fixture
def three() -> dict[Role, Person]:
    """The three administrators."""
    return {role: make_person(role, role.value.split("-")[0]) for role in ADMINISTRATOR_ROLES}


def scope(role: Role, organisation: Organisation) -> dict[str, object]:
    return {"organisation_id": organisation.pk} if role == Role.DEPARTMENT else {}


def kinds() -> list[str]:
    return [entry.kind.removeprefix("people.") for entry in list_entries()]


def one_time_password(page: str) -> str:
    return re.search(r'id="one-time-password"[^>]*>\s*([^<\s]{16})\s*<', page)[1]


def test_an_account_takes_two_people_and_a_new_password_before_it_works(three):
    """The whole way, through the pages."""
    system, security = signed_in(three[Role.SYSTEM]), signed_in(three[Role.SECURITY])
    form = {"username": "Chen.XL", "person_number": "yl 0017", "name": "陈晓岚", "position": "编目员"}
    page = system.post("/administration/people/new/", form).content.decode()
    one_time = one_time_password(html.unescape(page))
    person = Person.objects.get(username="chen.xl")
    assert (person.role, person.is_active, person.person_number) == ("", False, "YL0017")
    at = f"/administration/people/{person.pk}/"
    assert one_time not in system.get(at).content.decode()

    newcomer = Client()
    given = {"username": "chen.xl", "password": one_time}
    assert newcomer.post("/sign-in/", given).status_code == 200  # not active yet
    assert "请先授予角色" in security.post(at + "activate/", follow=True).content.decode()
    granted = security.post(at + "grant/", {"role": "archivist", "clearance": "1"}, follow=True)
    assert "已授予角色" in granted.content.decode()
    assert "已启用。" in security.post(at + "activate/", follow=True).content.decode()
    assert newcomer.post("/sign-in/", given).status_code == 302
    assert newcomer.get("/desk/")["Location"] == "/account/password/"
    change = {"present": one_time, "new": PASSWORD, "again": PASSWORD}
    assert newcomer.post("/account/password/", change).status_code == 302
    assert newcomer.get("/desk/").status_code == 200

    about = list_entries(subject=f"person:{person.pk}")
    told = [(entry.kind.removeprefix("people."), entry.role, entry.result) for entry in reversed(about)]
    assert told == [
        ("account-created", "system-administrator", "done"),
        ("sign-in-failed", "anonymous", "failed"),
        ("role-granted", "security-administrator", "done"),
        ("activated", "security-administrator", "done"),
        ("signed-in", "archivist", "done"),
        ("password-changed", "archivist", "done"),
    ]
    granted_entry = about[3]
    assert granted_entry.actor == f"person:{three[Role.SECURITY].pk}"
    assert granted_entry.detail["before"]["role"] == ""
    assert granted_entry.detail["after"]["role"] == "archivist"
    assert granted_entry.detail["after"]["clearance"] == 1
    assert one_time not in repr([entry.detail for entry in list_entries()])


@pytest.mark.parametrize(("held", "wanted"), list(itertools.product(Role, Role)), ids=lambda role: role.value)
def test_an_account_with_a_role_gets_no_second_one(three, organisation, held, wanted):
    extra = {"organisation": organisation} if held == Role.DEPARTMENT else {}
    person = make_person(held, "holder", **extra)
    with pytest.raises(AccountRefused, match="一个账号只能有一个角色"):
        grant_role(
            by=actor(three[Role.SECURITY]), person_id=person.pk, role=wanted, now=NOW, **scope(wanted, organisation)
        )
    person.refresh_from_db()
    assert person.role == held
    assert kinds() == []


@pytest.mark.parametrize(("first", "second"), list(itertools.product(Role, Role)), ids=lambda role: role.value)
def test_a_person_with_an_account_gets_no_second_one(three, organisation, first, second):
    """Neither two of the three, nor one of the three beside business, whatever the pair of roles would be."""
    extra = {"organisation": organisation} if first == Role.DEPARTMENT else {}
    make_person(first, "first.account", person_number="YL0017", **extra)
    before = Person.objects.count()
    for spelling in ("YL0017", " yl-0017 ", "ＹＬ００１７", "yl.00 17"):
        with pytest.raises(AccountRefused, match=r"人员编号 YL0017 已有账号 first\.account"):
            create_account(by=actor(three[Role.SYSTEM]), who=Named("second.account", spelling, "同一人"), now=NOW)
    assert Person.objects.count() == before
    with pytest.raises(IntegrityError), transaction.atomic():
        make_person(second, "second.account", person_number="YL0017", **extra)


ACTS = {
    "ask": (Role.SYSTEM, lambda by, who: request_deactivation(by=by, person_id=who.pk, reason="离岗", now=NOW)),
    "reset": (Role.SYSTEM, lambda by, who: reset_password(by=by, person=who, now=NOW)),
    "grant": (Role.SECURITY, lambda by, who: grant_role(by=by, person_id=who.pk, role=Role.LEADER, now=NOW)),
    "activate": (Role.SECURITY, lambda by, who: activate_account(by=by, person_id=who.pk, now=NOW)),
    "deactivate": (Role.SECURITY, lambda by, who: deactivate_account(by=by, person_id=who.pk, now=NOW)),
    "decline": (Role.SECURITY, lambda by, who: decline_deactivation(by=by, person_id=who.pk, now=NOW)),
    "revoke": (Role.SECURITY, lambda by, who: revoke_role(by=by, person_id=who.pk, now=NOW)),
    "unlock": (Role.SECURITY, lambda by, who: unlock_account(by=by, person_id=who.pk, now=NOW)),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_each_act_belongs_to_one_administrator_and_never_to_the_own_account(organisation, act, role):
    may, do = ACTS[act]
    extra = {"organisation": organisation} if role == Role.DEPARTMENT else {}
    by, other = make_person(role, "actor", **extra), make_person(Role.SUPERVISOR, "other")
    with pytest.raises(Refused) as refusal:
        do(actor(by), by if role == may else other)
    assert refusal.value.who_may == (str(may.label),)
    assert refusal.value.advice
    assert refusal.value.reason == ("不得对本人账号操作。" if role == may else "您的角色无权使用此功能。")
    assert kinds() == []
    other.refresh_from_db()
    assert (other.role, other.is_active) == (Role.SUPERVISOR, True)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM], ids=lambda role: role.value)
def test_only_the_system_administrator_creates(organisation, role):
    extra = {"organisation": organisation} if role == Role.DEPARTMENT else {}
    with pytest.raises(Refused):
        create_account(by=actor(make_person(role, "actor", **extra)), who=Named("new.one", "N1", "新人"), now=NOW)
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "problem"),
    [
        (Named("", "N1", "新人"), "账号须为"),
        (Named("a", "N1", "新人"), "账号须为"),
        (Named("陈晓岚", "N1", "新人"), "账号须为"),
        (Named("-chen", "N1", "新人"), "账号须为"),
        (Named("console", "N1", "新人"), "账号须为"),
        (Named("x" * 65, "N1", "新人"), "账号须为"),
        (Named("newcomer", " - ", "新人"), "人员编号"),
        (Named("newcomer", "N" * 65, "新人"), "人员编号"),
        (Named("newcomer", "N1", "  "), "姓名"),
        (Named("TAKEN", "N1", "新人"), "账号 taken 已被使用"),
    ],
)
def test_a_new_account_must_be_named_rightly(three, who, problem):
    make_person(Role.ARCHIVIST, "taken")
    with pytest.raises(AccountRefused, match=problem):
        create_account(by=actor(three[Role.SYSTEM]), who=who, now=NOW)


def test_a_person_number_has_one_normal_form():
    assert {normal_person_number(each) for each in ("YL 0017", "yl-0017", "ｙｌ００１７", "YL.0017")} == {"YL0017"}


@pytest.mark.parametrize("role", ADMINISTRATOR_ROLES, ids=lambda role: role.value)
def test_administrators_get_neither_organisation_nor_clearance(three, organisation, role):
    person = make_person("", "candidate")
    by = actor(three[Role.SECURITY])
    for extra in ({"organisation_id": organisation.pk}, {"clearance": Clearance.RESTRICTED}):
        with pytest.raises(AccountRefused, match="三员不办理业务"):
            grant_role(by=by, person_id=person.pk, role=role, now=NOW, **extra)
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(role=role, organisation=organisation)
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(role=role, clearance=1)


def test_a_department_needs_its_organisation_and_the_public_has_none(three, organisation):
    person = make_person("", "candidate")
    by = actor(three[Role.SECURITY])
    with pytest.raises(AccountRefused, match="须指明单位"):
        grant_role(by=by, person_id=person.pk, role=Role.DEPARTMENT, now=NOW)
    with pytest.raises(AccountRefused, match="公众账号不得"):
        grant_role(by=by, person_id=person.pk, role=Role.PUBLIC, organisation_id=organisation.pk, now=NOW)
    page = signed_in(three[Role.SECURITY]).post(
        f"/administration/people/{person.pk}/grant/",
        {"role": "department", "organisation": str(organisation.pk), "clearance": "0"},
        follow=True,
    )
    assert "已授予角色" in page.content.decode()
    person.refresh_from_db()
    assert (person.role, person.organisation_id) == (Role.DEPARTMENT, organisation.pk)


def test_clearance_for_state_secrets_needs_an_approved_network(three, settings):
    person, by = make_person("", "candidate"), actor(three[Role.SECURITY])
    secret = {"role": Role.ARCHIVIST, "clearance": Clearance.SECRET}
    with pytest.raises(AccountRefused, match="未部署在涉密网络"):
        grant_role(by=by, person_id=person.pk, now=NOW, **secret)
    settings.LANTAI_CLASSIFIED = True
    assert grant_role(by=by, person_id=person.pk, now=NOW, **secret).clearance == Clearance.SECRET


def test_the_tables_refuse_what_the_services_would():
    person = make_person("", "candidate")
    for wrong in ({"is_active": True}, {"role": "emperor"}, {"role": Role.DEPARTMENT}, {"person_number": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Person.objects.filter(pk=person.pk).update(**wrong)


@pytest.mark.parametrize("role", ADMINISTRATOR_ROLES, ids=lambda role: role.value)
@pytest.mark.parametrize("act", [deactivate_account, revoke_role])
def test_the_last_of_the_three_stays_until_a_successor_is_active(three, role, act):
    second = make_person(Role.SECURITY, "security.two")
    by = actor(second)
    if role == Role.SECURITY:
        act(by=by, person_id=three[role].pk, now=NOW)  # one of two may go
        assert not Person.objects.get(pk=three[role].pk).is_active
        return
    with pytest.raises(AccountRefused, match="只剩此人启用"):
        act(by=by, person_id=three[role].pk, now=NOW)
    make_person(role, "successor")
    act(by=by, person_id=three[role].pk, now=NOW)
    assert not Person.objects.get(pk=three[role].pk).is_active


def test_revoking_takes_role_scope_and_activity_and_ends_the_session(three, organisation):
    person = make_person(Role.DEPARTMENT, "clerk", organisation=organisation, clearance=1)
    theirs = signed_in(person)
    assert theirs.get("/account/").status_code == 200
    page = signed_in(three[Role.SECURITY]).post(f"/administration/people/{person.pk}/revoke/", follow=True)
    assert "已收回角色，账号同时停用。" in page.content.decode()
    person.refresh_from_db()
    assert (person.role, person.organisation_id, person.clearance, person.is_active) == ("", None, 0, False)
    assert theirs.get("/account/").status_code == 302
    [entry] = list_entries(subject=f"person:{person.pk}")
    assert entry.detail["before"]["organisation"] == organisation.pk
    assert entry.detail["after"]["active"] is False


def test_deactivation_is_asked_for_and_answered(three):
    person = make_person(Role.ARCHIVIST, "leaver")
    system, security = signed_in(three[Role.SYSTEM]), signed_in(three[Role.SECURITY])
    at = f"/administration/people/{person.pk}/"
    assert "请填写停用理由" in system.post(at + "ask-deactivation/", {"reason": " "}, follow=True).content.decode()
    asked = system.post(at + "ask-deactivation/", {"reason": "调离本单位"}, follow=True).content.decode()
    assert "已提交停用申请" in asked
    assert "理由：调离本单位" in security.get(at).content.decode()
    assert "leaver" in security.get("/administration/people/?state=asked").content.decode()
    assert "已申请停用" in system.post(at + "ask-deactivation/", {"reason": "再次"}, follow=True).content.decode()
    assert "已答复：不予停用。" in security.post(at + "decline/", follow=True).content.decode()
    assert "没有待办理的停用申请" in security.post(at + "decline/", follow=True).content.decode()
    system.post(at + "ask-deactivation/", {"reason": "退休"})
    assert "已停用" in security.post(at + "deactivate/", follow=True).content.decode()
    person.refresh_from_db()
    assert (person.is_active, person.role, person.deactivation_asked_at) == (False, Role.ARCHIVIST, None)
    wanted = ["deactivated", "deactivation-asked", "deactivation-declined", "deactivation-asked"]
    assert kinds() == wanted


def test_a_reset_takes_two_people_and_ends_everything_the_old_password_opened(three):
    person = make_person(Role.ARCHIVIST, "forgetful")
    theirs, system, security = signed_in(person), signed_in(three[Role.SYSTEM]), signed_in(three[Role.SECURITY])
    at = f"/administration/people/{person.pk}/"
    page = system.post(at + "reset/").content.decode()
    assert "已重置" in page
    person.refresh_from_db()
    assert (person.is_active, person.must_change_password, person.check_password(PASSWORD)) == (False, True, False)
    assert theirs.get("/desk/").status_code == 302
    security.post(at + "activate/")
    given = {"username": "forgetful", "password": one_time_password(html.unescape(page))}
    again = Client()
    assert again.post("/sign-in/", given).status_code == 302
    assert again.get("/desk/")["Location"] == "/account/password/"


def test_the_only_security_administrator_is_reset_at_the_machine_only(three):
    system = signed_in(three[Role.SYSTEM])
    at = f"/administration/people/{three[Role.SECURITY].pk}/"
    assert "lantai people reset" in system.post(at + "reset/", follow=True).content.decode()
    assert Person.objects.get(pk=three[Role.SECURITY].pk).check_password(PASSWORD)


def test_the_first_three_are_three_people_active_with_passwords_to_be_changed():
    people = {
        "system": Named("sys.wang", "YL0001", "王系统"),
        "security": Named("sec.li", "YL0002", "李安全"),
        "audit": Named("aud.zhao", "YL0003", "赵审计"),
    }
    for same in ("system", "security"):
        doubled = {**people, "audit": Named("aud.zhao", f"yl-{people[same].person_number[2:]}", "同一人")}
        with pytest.raises(AccountRefused, match="一人只能有一个账号"):
            create_first_administrators(by=CONSOLE, now=NOW, **doubled)
        assert Person.objects.count() == 0
    made = create_first_administrators(by=CONSOLE, now=NOW, **people)
    assert [each.person.role for each in made] == list(ADMINISTRATOR_ROLES)
    assert len({each.one_time_password for each in made}) == 3
    for each in made:
        assert each.person.is_active
        assert each.person.must_change_password
        assert each.person.check_password(each.one_time_password)
    entries = list_entries()
    assert [(entry.kind, entry.actor, entry.address) for entry in entries] == [
        ("people.account-created", "console", "console")
    ] * 3
    assert not any(each.one_time_password in repr(entries) for each in made)
    others = {name: Named(f"{who.username}2", f"{who.person_number}2", who.name) for name, who in people.items()}
    with pytest.raises(AccountRefused, match="三员已经设立"):
        create_first_administrators(by=CONSOLE, now=NOW, **others)


def test_the_list_is_filtered_and_paged(three):
    for number in range(60):
        make_person(Role.ARCHIVIST if number % 2 else "", f"clerk{number:02}", name=f"职员{number}")
    security = signed_in(three[Role.SECURITY])
    first = security.get("/administration/people/").content.decode()
    assert "clerk00" in first
    assert "clerk59" not in first
    assert "clerk59" in security.get("/administration/people/?page=2").content.decode()
    found = security.get("/administration/people/?words=职员7").content.decode()
    assert "clerk07" in found
    assert "clerk17" not in found
    nobody = security.get("/administration/people/?role=none&state=active").content.decode()
    assert "没有符合条件的账号" in nobody
    assert security.get("/administration/people/?page=x&role=emperor").status_code == 200
    assert security.get("/administration/people/999999/").status_code == 404


def test_nobody_sees_buttons_for_the_own_account(three):
    for role in (Role.SYSTEM, Role.SECURITY):
        page = signed_in(three[role]).get(f"/administration/people/{three[role].pk}/").content.decode()
        assert "这是您本人的账号" in page
        assert f"/administration/people/{three[role].pk}/" not in page
