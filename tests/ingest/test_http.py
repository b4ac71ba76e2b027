"""The departments' channel over HTTP: create, send, resume, poll; idempotent, limited, exact about errors."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from lantai.administration.services.credentials import forget_granted_calls
from lantai.archival.fixity import digest_bytes
from lantai.catalog.models import Record
from lantai.ingest.area import receiving_path
from lantai.ingest.models import CaseProgress, Submission
from lantai.ledger.queries import list_entries
from tests.ingest.county import OTHER, found_county, key_of, package, settle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]


class Department:
    """A department's system, calling."""

    def __init__(self, secret: str) -> None:
        self.client = Client(headers={"authorization": f"Bearer {secret}"})

    def create(self, name: str, data: bytes, key: str = "", **more: Any) -> Any:
        headers = {"idempotency-key": key} if key else {}
        body = {"name": name, "profile": "fuzhou", "size": len(data)} | more
        return self.client.post("/api/v1/submissions", body, content_type="application/json", headers=headers)

    def send(self, code: str, data: bytes, first: int = 0, total: int | None = None) -> Any:
        headers = {} if total is None else {"content-range": f"bytes {first}-{first + len(data) - 1}/{total}"}
        return self.client.put(
            f"/api/v1/submissions/{code}/content", data, content_type="application/octet-stream", headers=headers
        )

    def offset(self, code: str) -> int:
        return int(self.client.head(f"/api/v1/submissions/{code}/content")["Upload-Offset"])

    def state(self, code: str) -> Any:
        return self.client.get(f"/api/v1/submissions/{code}").json()


@pytest.fixture
def department() -> Department:
    found_county()
    return Department(key_of())


def test_too_many_calls_are_a_problem_for_machines_and_a_page_in_a_browser() -> None:
    found_county()
    client = Department(key_of(calls_per_minute=3)).client
    forget_granted_calls()  # of a credential of the same number in another test
    answers = [client.get(f"/api/v1/submissions/E{'0' * 26}") for _call in range(8)]  # maybe over the end of a minute
    told = next(each for each in reversed(answers) if each.status_code == 429)
    assert {each.status_code for each in answers} == {404, 429}
    wait = int(told["Retry-After"])
    assert 1 <= wait <= 60
    assert told["Content-Type"] == "application/problem+json"
    assert told.json()["type"].endswith("/too-many-calls")
    assert f"请 {wait} 秒后重试" in told.json()["detail"]
    for language, words in (("zh-CN", "短时间内的请求太多"), ("en", "There were too many requests in a short time")):
        browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": language}
        page = client.get(f"/api/v1/submissions/E{'0' * 26}", headers=browser)
        assert page.status_code == 429
        assert page["Content-Type"].startswith("text/html")
        assert page["Retry-After"] in page.content.decode()
        assert words in page.content.decode()


def test_a_push_is_received_examined_and_taken_in(department: Department) -> None:
    name, data = package(1)
    digest = {"algorithm": "sm3", "value": digest_bytes(data, ("sm3",))["sm3"]}
    created = department.create(name, data, key="push-1", digest=digest)
    assert created.status_code == 201
    code = created.json()["record_code"]
    sent = department.send(code, data)
    assert sent.status_code == 202
    assert [each["kind"] for each in sent.json()["receipts"]] == ["received"]
    settle()
    state = department.state(code)
    assert state["state"] == "accessioned"
    assert [each["kind"] for each in state["receipts"]] == ["received", "verdict", "decision", "accession"]
    archive_code = json.loads(state["receipts"][-1]["body"])["content"]["archive_code"]
    assert Record.objects.get().archive_code == archive_code
    report = department.client.get(f"/api/v1/submissions/{code}/report").json()
    assert report["report"]["decision"] == "accepted"
    again = department.create(name, data, key="push-1", digest=digest)
    assert again.status_code == 200
    assert again.json()["record_code"] == code
    assert again.json()["receipts"] == state["receipts"]


def test_a_client_that_vanishes_goes_on_where_it_stopped(department: Department) -> None:
    name, data = package(2)
    code = department.create(name, data).json()["record_code"]
    third = len(data) // 3
    first = department.send(code, data[:third], 0, len(data))
    assert (first.status_code, first.json()["received"]) == (200, third)
    assert department.offset(code) == third
    wrong = department.send(code, data[: third * 2], 0, len(data))
    assert wrong.status_code == 409
    assert wrong["Upload-Offset"] == str(third)
    assert wrong["Content-Type"] == "application/problem+json"
    last = department.send(code, data[third:], third, len(data))
    assert last.status_code == 202
    assert receiving_path(code).read_bytes() == data


def test_the_same_package_from_ten_clients_at_once_is_one_record(department: Department) -> None:
    name, data = package(3)
    secret = department.client.headers if hasattr(department.client, "headers") else None
    del secret
    key = key_of()

    def push(_number: int) -> tuple[int, int]:
        try:
            client = Department(key)
            created = client.create(name, data, key="the-same")
            return created.status_code, client.send(created.json()["record_code"], data).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as clients:
        answers = list(clients.map(push, range(10)))
    assert sorted(each[0] for each in answers) == [200] * 9 + [201]
    assert {each[1] for each in answers} <= {202, 409}
    assert 202 in {each[1] for each in answers}
    settle()
    assert Submission.objects.count() == 1
    assert Record.objects.count() == 1
    assert len(list_entries(kinds=["record.accessioned"])) == 1


def test_the_same_package_under_ten_submissions_is_one_record(department: Department) -> None:
    name, data = package(4)
    codes = [department.create(name, data).json()["record_code"] for _attempt in range(10)]
    for code in codes:
        department.send(code, data)
    settle()
    states = [department.state(code)["state"] for code in codes]
    assert states.count("accessioned") == 1
    assert states.count("rejected") == 9
    assert Record.objects.count() == 1


def test_a_digest_that_differs_is_told_and_the_package_can_be_sent_again(department: Department) -> None:
    name, data = package(5)
    created = department.create(name, data, digest={"algorithm": "sha256", "value": "0" * 64})
    code = created.json()["record_code"]
    refused = department.send(code, data)
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("digest-mismatch")
    assert department.offset(code) == 0


def test_a_key_used_for_another_package_is_refused(department: Department) -> None:
    name, data = package(6)
    department.create(name, data, key="k")
    other = department.create("other.zip", data, key="k")
    assert other.status_code == 409
    assert other.json()["type"].endswith("idempotency-key-reused")


def test_nobody_sees_anothers_submission(department: Department) -> None:
    name, data = package(7)
    code = department.create(name, data).json()["record_code"]
    stranger = Department(key_of(OTHER))
    for answer in (
        stranger.client.get(f"/api/v1/submissions/{code}"),
        stranger.client.get(f"/api/v1/submissions/{code}/report"),
        stranger.send(code, data),
        stranger.client.head(f"/api/v1/submissions/{code}/content"),
    ):
        assert answer.status_code == 404


@pytest.mark.parametrize("secret", ["", "x", "lt_", "lt_a_b", "lt_abcdefghij_" + "A" * 43, "\u4e2d"])
def test_without_a_key_nothing_is_told(secret: str) -> None:
    found_county()
    client = Client(headers={"authorization": f"Bearer {secret}"})
    answer = client.post("/api/v1/submissions", {"name": "a", "size": 1}, content_type="application/json")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert "Bearer" in answer["WWW-Authenticate"]


def test_all_that_is_wrong_is_told_at_once(department: Department) -> None:
    answer = department.client.post(
        "/api/v1/submissions",
        {"name": "a/b", "size": 0, "profile": "NO SUCH", "digest": {"algorithm": "md5", "value": "x"}},
        content_type="application/json",
    )
    assert answer.status_code == 422
    told = answer.json()["errors"]
    assert {each["pointer"].split("/")[-1] for each in told} >= {"name", "size", "profile", "algorithm", "value"}


def test_calls_beyond_the_agreed_rate_are_refused_with_the_time_to_wait() -> None:
    found_county()
    department = Department(key_of(calls_per_minute=5))
    answers = [department.client.get("/api/v1/submissions/E" + "0" * 26) for _call in range(12)]
    assert [each.status_code for each in answers].count(404) <= 10
    refused = [each for each in answers if each.status_code == 429]
    assert refused
    assert 1 <= int(refused[0]["Retry-After"]) <= 60


def test_progress_of_a_running_case_is_kept_once(department: Department) -> None:
    node = {"node": "受理", "at": "2026-03-01T09:00:00+08:00", "body": "云岭县行政审批局", "state": "已受理"}
    for expected in (201, 200):
        answer = department.client.post("/api/v1/cases/YL2026-1/progress", node, content_type="application/json")
        assert answer.status_code == expected
    assert CaseProgress.objects.count() == 1
    assert len(answer.json()["nodes"]) == 1
    assert len(list_entries(kinds=["case.progressed"])) == 1


def test_a_corrected_package_names_the_one_it_replaces(department: Department) -> None:
    name, data = package(8)
    refused = department.create(name, data, replaces="E" + "0" * 26)
    assert refused.json()["type"].endswith("replaces-nothing")
    broken = data[: len(data) // 2]
    code = department.create(name, broken).json()["record_code"]
    department.send(code, broken)
    settle()
    state = department.state(code)
    assert state["state"] == "rejected"
    verdict = json.loads(state["receipts"][1]["body"])["content"]
    assert verdict["decision"] == "rejected"
    assert all(each["advice"] for each in verdict["faults"])
    assert receiving_path(code).read_bytes() == broken
    corrected = department.create(name, data, replaces=code).json()["record_code"]
    department.send(corrected, data)
    settle()
    assert department.state(corrected)["state"] == "accessioned"
    assert department.state(code)["state"] == "superseded"


def test_batches_are_counted(department: Department) -> None:
    department.client.post("/api/v1/batches", {"number": "20260301", "count": 2}, content_type="application/json")
    for number in (9, 10):
        name, data = package(number)
        code = department.create(name, data, batch="20260301").json()["record_code"]
        department.send(code, data)
    settle()
    batch = department.client.get("/api/v1/batches/20260301").json()
    assert batch["states"] == {"accessioned": 2}
    assert batch["declared_count"] == 2
