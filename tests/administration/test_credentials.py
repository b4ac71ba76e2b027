"""Credentials: shown once, found by one query, revoked, and never called more often than agreed."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from reference_data import ARCHIVIST, AUDITOR, NOW, SYSTEM, load_reference

from lantai.administration.models import Agreement, Credential, Organisation
from lantai.administration.queries import credential_of, list_credentials, webhook_secrets
from lantai.administration.queries.credentials import forget_credentials
from lantai.administration.services import (
    CallsExceeded,
    IssuedCredential,
    ReferenceRefused,
    change_organisation,
    count_call,
    end_agreement,
    end_organisation,
    issue_credential,
    revoke_credential,
)
from lantai.administration.services.credentials import forget_granted_calls
from lantai.common.errors import Refused
from lantai.ledger.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Nothing remembered from another test."""
    forget_credentials()
    forget_granted_calls()


def _issued(calls: int = 600) -> IssuedCredential:
    load_reference()
    return issue_credential(
        organisation="SCJG",
        name="一体化平台",
        by=SYSTEM,
        now=NOW,
        calls_per_minute=calls,
        webhook="https://scjg.example/receipts",
    )


def test_a_secret_is_found_and_kept_nowhere() -> None:
    issued = _issued()
    view = credential_of(secret=issued.secret)
    assert view is not None
    assert (view.organisation_code, view.name, view.webhook) == ("SCJG", "一体化平台", "https://scjg.example/receipts")
    row = Credential.objects.get()
    assert bytes(row.digest) == hashlib.sha256(issued.secret.encode()).digest()
    token = issued.secret.split("_", 2)[2]
    kept = repr(Credential.objects.values().get()) + "".join(Entry.objects.values_list("text", flat=True))  # type: ignore[arg-type]
    assert token not in kept
    assert issued.webhook_secret not in kept
    assert webhook_secrets(credential_ids=[row.pk]) == {row.pk: issued.webhook_secret}


def test_two_credentials_share_nothing() -> None:
    first = _issued()
    second = issue_credential(organisation="SCJG", name="二", by=ARCHIVIST, now=NOW)
    assert len({first.secret, second.secret, first.webhook_secret, second.webhook_secret}) == 4
    assert [each.name for each in list_credentials()] == ["二", "一体化平台"]
    assert list_credentials(organisation_id=0) == []


@pytest.mark.parametrize(
    "wrong", ["", "lt_", "lt__", "lt_x", "lt_nobody0000_abc", "pk_a_b", "lt_\ud800_x", "lt_a_" + "x" * 300, "\x00"]
)
def test_what_is_no_secret_finds_nothing(wrong: str) -> None:
    _issued()
    assert credential_of(secret=wrong) is None


def test_the_right_prefix_with_a_wrong_token_finds_nothing() -> None:
    issued = _issued()
    assert credential_of(secret=issued.secret[:-1] + ("a" if issued.secret[-1] != "a" else "b")) is None


def test_finding_costs_one_query_and_then_none(django_assert_num_queries: CaptureQueriesContext) -> None:
    issued = _issued()
    with django_assert_num_queries(1):
        credential_of(secret=issued.secret)
    with django_assert_num_queries(0):
        credential_of(secret=issued.secret)
    with CaptureQueriesContext(connection) as queries:
        forget_credentials()
        credential_of(secret=issued.secret)
    plan = (
        connection.cursor().execute("EXPLAIN QUERY PLAN " + queries[0]["sql"]) if connection.vendor == "sqlite" else []
    )
    assert "SCAN administration_credential" not in repr([tuple(row) for row in plan or []])


def test_a_revoked_credential_is_refused_at_once() -> None:
    issued = _issued()
    assert credential_of(secret=issued.secret) is not None
    revoke_credential(prefix=issued.credential.prefix, by=SYSTEM, now=NOW, reason="系统下线")
    assert credential_of(secret=issued.secret) is None
    assert webhook_secrets(credential_ids=[issued.credential.pk]) == {}
    revoke_credential(prefix=issued.credential.prefix, by=SYSTEM, now=NOW, reason="再次")
    entry = json.loads(Entry.objects.get(kind="administration.credential-revoked").text or "")
    assert entry["detail"]["reason"] == "系统下线"
    assert entry["detail"]["before"]["revoked_at"] is None
    with pytest.raises(ReferenceRefused):
        revoke_credential(prefix="nobody", by=SYSTEM, now=NOW, reason="无")


def test_a_body_that_ended_calls_no_more() -> None:
    issued = _issued()
    end_organisation(code="SCJG", last_day=date(2024, 8, 31), by=ARCHIVIST, now=NOW, reason="合并")
    forget_credentials()
    assert credential_of(secret=issued.secret) is None
    with pytest.raises(ReferenceRefused):
        issue_credential(organisation="SCJG", name="新", by=SYSTEM, now=NOW)


def test_only_channel_keepers_issue_and_revoke() -> None:
    issued = _issued()
    with pytest.raises(Refused):
        issue_credential(organisation="SCJG", name="x", by=AUDITOR, now=NOW)
    with pytest.raises(Refused):
        revoke_credential(prefix=issued.credential.prefix, by=AUDITOR, now=NOW, reason="x")


def _calls(view, now) -> int:
    made = 0
    while made < 10_000:
        try:
            count_call(credential=view, now=now)
        except CallsExceeded as exceeded:
            assert exceeded.limit == view.calls_per_minute
            assert 1 <= exceeded.seconds <= 60
            return made
        made += 1
    raise AssertionError("never refused")


@pytest.mark.parametrize("limit", [1, 7, 60, 600])
def test_a_minute_holds_exactly_the_calls_agreed(limit: int) -> None:
    view = credential_of(secret=_issued(limit).secret)
    assert view is not None
    assert _calls(view, NOW) == limit
    assert _calls(view, NOW + timedelta(minutes=1)) == limit
    assert Credential.objects.get().last_used_at == NOW + timedelta(minutes=1)


def test_processes_share_the_limit() -> None:
    """A process that forgets what it drew stands for another process: together they never exceed the limit."""
    view = credential_of(secret=_issued(100).secret)
    assert view is not None
    made = 0
    for _process in range(30):
        forget_granted_calls()
        for _call in range(4):
            try:
                count_call(credential=view, now=NOW)
                made += 1
            except CallsExceeded:
                pass
    assert made == 80  # twenty portions of five, of which each process used four
    assert Credential.objects.get().window_calls == 100


def test_most_calls_do_not_write(django_assert_num_queries: CaptureQueriesContext) -> None:
    view = credential_of(secret=_issued(2000).secret)
    assert view is not None
    count_call(credential=view, now=NOW)
    with django_assert_num_queries(0):
        for _call in range(99):
            count_call(credential=view, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_threads_share_the_limit() -> None:
    view = credential_of(secret=_issued(40).secret)
    assert view is not None

    def call(_number: int) -> bool:
        try:
            count_call(credential=view, now=NOW)
        except CallsExceeded:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(call, range(80))) == 40


def test_corrections_of_a_body_leave_what_was_before() -> None:
    load_reference()
    change_organisation(
        code="MZJ",
        name="云岭县民政和社会局",
        credit_code="",
        region_code="331199",
        by=ARCHIVIST,
        now=NOW,
        reason="更正",
    )
    entry = json.loads(Entry.objects.get(kind="administration.organisation-changed").text or "")
    assert entry["detail"]["before"]["name"] == "云岭县民政局"
    assert entry["detail"]["after"]["name"] == "云岭县民政和社会局"
    count = Entry.objects.count()
    same = Organisation.objects.get(code="MZJ")
    change_organisation(
        code="MZJ", name=same.name, credit_code="", region_code="331199", by=ARCHIVIST, now=NOW, reason="无"
    )
    assert Entry.objects.count() == count
    with pytest.raises(ReferenceRefused):
        end_organisation(code="SCJG", last_day=date(2018, 1, 1), by=ARCHIVIST, now=NOW, reason="早")


def test_an_agreement_ends() -> None:
    load_reference()
    end_agreement(number="YJ-2024-01", last_day=date(2024, 9, 30), by=ARCHIVIST, now=NOW, reason="到期")
    assert Agreement.objects.get(number="YJ-2024-01").valid_to == date(2024, 9, 30)
    with pytest.raises(ReferenceRefused):
        end_agreement(number="YJ-2024-02", last_day=date(2020, 1, 1), by=ARCHIVIST, now=NOW, reason="早")
