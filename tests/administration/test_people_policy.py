"""The security policy: versions, the baseline, who may decide, and that each value takes effect."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from tests.make_people import PASSWORD, actor, make_person, signed_in

from lantai.administration.models import Organisation, Role, SecurityPolicy
from lantai.administration.queries.people import POLICY_RULES, PolicyValues, current_policy
from lantai.administration.services.people_policy import PolicyRefused, change_security_policy, policy_problems
from lantai.common.errors import Refused
from lantai.ledger.queries import list_entries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people_site"), pytest.mark.database]
BASELINE = PolicyValues()


@pytest.fixture
def security():
    return make_person(Role.SECURITY, "sec")


def decide(security, **changes) -> PolicyValues:
    wanted = replace(current_policy(), **changes)
    return change_security_policy(by=actor(security), values=wanted, reason="按年度检查要求", now=timezone.now())


def test_the_baseline_is_that_of_classified_protection():
    assert PolicyValues(5, 10, 30, 8, 3, 90, 5, (), 0) == BASELINE
    assert current_policy() == BASELINE
    assert policy_problems(values=BASELINE) == {}
    assert all(getattr(BASELINE, rule.name) == rule.baseline for rule in POLICY_RULES)


@pytest.mark.parametrize("rule", POLICY_RULES, ids=lambda rule: rule.name)
def test_no_value_goes_below_the_baseline_and_the_way_back_to_it_is_open(security, rule):
    weaker = rule.baseline - 1 if rule.stricter == "higher" else rule.baseline + 1
    strictest = rule.most if rule.stricter == "higher" else rule.least
    with pytest.raises(PolicyRefused) as refused:
        decide(security, **{rule.name: weaker})
    assert list(refused.value.problems) == [rule.name]
    assert "不得放宽" in refused.value.problems[rule.name]
    assert getattr(decide(security, **{rule.name: strictest}), rule.name) == strictest
    assert getattr(decide(security, **{rule.name: rule.baseline}), rule.name) == rule.baseline
    beyond = strictest + 1 if rule.stricter == "higher" else strictest - 1
    with pytest.raises(PolicyRefused):
        decide(security, **{rule.name: beyond})
    row = SecurityPolicy.objects.first()
    row.pk, row.version = None, 99
    setattr(row, rule.name, weaker)
    with pytest.raises(IntegrityError):
        row.save(force_insert=True)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SECURITY], ids=lambda role: role.value)
def test_only_the_security_administrator_decides(role):
    extra = {"organisation": Organisation.objects.create(code="A", name="甲")} if role == Role.DEPARTMENT else {}
    with pytest.raises(Refused):
        decide(make_person(role, "other", **extra), tries=4)
    assert SecurityPolicy.objects.count() == 0


def test_a_version_names_what_changed_why_and_by_whom(security):
    decided = decide(security, tries=4, second_factor_roles=("archivist", "system-administrator"))
    assert decided.version == 1
    assert current_policy() == decided
    [entry] = list_entries()
    assert (entry.kind, entry.subject, entry.actor) == (
        "people.policy-changed",
        "security-policy",
        f"person:{security.pk}",
    )
    assert entry.detail["before"] == {"tries": 5, "second_factor_roles": [], "version": 0}
    assert entry.detail["after"] == {
        "tries": 4,
        "second_factor_roles": ["archivist", "system-administrator"],
        "version": 1,
    }
    assert entry.detail["reason"] == "按年度检查要求"


def test_two_who_decide_at_once_do_not_overwrite_one_another(security):
    seen = current_policy()
    decide(security, tries=4)
    with pytest.raises(PolicyRefused, match="刚刚被他人修改"):
        change_security_policy(
            by=actor(security), values=replace(seen, idle_minutes=15), reason="晚了一步", now=timezone.now()
        )
    with pytest.raises(PolicyRefused, match="没有任何改动"):
        decide(security)
    with pytest.raises(PolicyRefused, match="修改理由"):
        change_security_policy(
            by=actor(security), values=replace(current_policy(), tries=3), reason=" ", now=timezone.now()
        )
    with pytest.raises(PolicyRefused, match="没有这样的角色"):
        decide(security, second_factor_roles=("emperor",))


def test_the_page_keeps_what_was_typed_and_shows_the_versions(security):
    client = signed_in(security)
    typed = {rule.name: str(rule.baseline) for rule in POLICY_RULES}
    typed |= {"version": "0", "reason": "收紧", "tries": "9"}
    refused = client.post("/administration/policy/", typed).content.decode()
    assert "允许连续失败次数须在 3 至 5 之间；基线为 5，不得放宽。" in refused
    assert 'value="9"' in refused
    assert "收紧" in refused
    done = client.post("/administration/policy/", {**typed, "tries": "3"}, follow=True).content.decode()
    assert "安全策略第 1 版已生效。" in done
    assert current_policy().tries == 3


def test_tries_and_lock_take_effect(security, clock):
    decide(security, tries=3, lock_minutes=30)
    make_person(Role.ARCHIVIST, "chen")
    client = Client()
    statuses = [
        client.post("/sign-in/", {"username": "chen", "password": "Wrong-1234"}).status_code for _try in range(3)
    ]
    assert statuses == [200, 200, 429]
    clock.forward(minutes=29, seconds=59)
    assert client.post("/sign-in/", {"username": "chen", "password": PASSWORD}).status_code == 429
    clock.forward(seconds=2)
    assert client.post("/sign-in/", {"username": "chen", "password": PASSWORD}).status_code == 302


def test_idle_time_takes_effect_in_sessions_that_run(security, clock):
    client = Client()
    make_person(Role.ARCHIVIST, "chen")
    client.post("/sign-in/", {"username": "chen", "password": PASSWORD})
    decide(security, idle_minutes=10)
    clock.forward(minutes=10)
    assert "reason=idle" in client.get("/desk/")["Location"]


def test_password_rules_take_effect(security, clock):
    decide(security, password_length=20, password_classes=4, password_days=30)
    client = signed_in(make_person(Role.ARCHIVIST, "chen"))
    given = {"present": PASSWORD, "new": "Orchid7Lakeside", "again": "Orchid7Lakeside"}
    page = client.post("/account/password/", given).content.decode()
    assert "口令至少 20 个字符。" in page
    assert "至少 4 类" in page
    clock.forward(days=30)
    fresh = Client()
    fresh.post("/sign-in/", {"username": "chen", "password": PASSWORD})
    assert fresh.get("/desk/")["Location"] == "/account/password/"


def test_a_required_second_factor_is_enrolled_before_anything_else(security):
    decide(security, second_factor_roles=("archivist",))
    archivist, leader = signed_in(make_person(Role.ARCHIVIST, "chen")), signed_in(make_person(Role.LEADER, "lin"))
    assert archivist.get("/desk/")["Location"] == "/account/second-factor/"
    assert "绑定后才能继续使用" in archivist.get("/account/second-factor/").content.decode()
    assert leader.get("/account/").status_code == 200
