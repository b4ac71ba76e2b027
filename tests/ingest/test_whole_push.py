"""A package sent whole, in one request: receipt and record, sent again, broken off, refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client

from lantai.archival.fixity import digest_bytes
from lantai.catalog.models import Record
from lantai.ingest.area import receiving_path
from lantai.ingest.models import Submission
from lantai.ingest.services import NewSubmission, SubmissionRefused, push_package
from lantai.ledger.queries import list_entries
from tests.ingest.county import DAY, OTHER, found_county, key_of, package, settle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]


def push(secret: str, name: str, data: bytes, key: str = "", **more: str) -> Any:
    headers = {"authorization": f"Bearer {secret}"} | ({"idempotency-key": key} if key else {})
    address = f"/api/v1/packages?{urlencode({'name': name} | more)}"
    return Client(headers=headers).post(address, data, content_type="application/zip")


def all_files() -> set[str]:
    area = receiving_path("E" + "0" * 26).parent.parent
    return {each.name for each in area.rglob("*") if each.is_file()}


@pytest.fixture
def files_received() -> Callable[[], set[str]]:
    """What came to lie in the receiving area since the test began."""
    before = all_files()
    return lambda: all_files() - before


def test_a_package_sent_whole_is_received_and_becomes_a_record() -> None:
    found_county()
    secret, (name, data) = key_of(), package(1)
    sm3 = digest_bytes(data, ("sm3",))["sm3"]
    sent = push(secret, name, data, key="one", digest=f"sm3:{sm3}")
    assert sent.status_code == 202, sent.content
    code = sent.json()["record_code"]
    assert sent.json()["received"] == len(data)
    assert [each["kind"] for each in sent.json()["receipts"]] == ["received"]
    said = json.loads(sent.json()["receipts"][0]["body"])["content"]
    assert said["digests"] == digest_bytes(data, ("sha512", "sm3"))
    assert receiving_path(code).read_bytes() == data
    settle()
    assert Record.objects.get().record_code == code
    kinds = [each.kind for each in list_entries(subject=code)]
    assert {"record.accessioned", "submission.examined", "submission.received"} <= set(kinds)


def test_the_same_key_gives_the_same_submission_and_another_package_is_refused(
    files_received: Callable[[], set[str]],
) -> None:
    found_county()
    secret, (name, data), (_other, different) = key_of(), package(1), package(2)
    first = push(secret, name, data, key="k")
    again = push(secret, name, data, key="k")
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["record_code"] == first.json()["record_code"]
    assert again.json()["receipts"] == first.json()["receipts"]
    clash = push(secret, "another.zip", different, key="k")
    assert clash.status_code == 409
    assert clash.json()["type"].endswith("/idempotency-key-reused")
    assert len(files_received()) == 1
    assert push(key_of(OTHER), name, data, key="k").status_code == 202
    assert Submission.objects.count() == 2


def test_the_same_package_from_many_clients_at_once_is_one_submission(
    files_received: Callable[[], set[str]],
) -> None:
    found_county()
    secret, (name, data) = key_of(), package(3)

    def one(_number: int) -> int:
        try:
            return int(push(secret, name, data, key="same").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as clients:
        statuses = list(clients.map(one, range(5)))
    assert sorted(statuses) == [200, 200, 200, 200, 202]
    assert Submission.objects.count() == 1
    assert len(files_received()) == 1


@pytest.mark.parametrize(
    ("more", "status", "kind"),
    [
        ({"profile": "none_such"}, 422, "unknown-profile"),
        ({"profile": "\x00"}, 422, "invalid"),
        ({"name": "a/b.zip"}, 422, "invalid"),
        ({"digest": "sha256:12"}, 422, "invalid"),
        ({"digest": "sha256:" + "0" * 64}, 422, "digest-mismatch"),
        ({"replaces": "E" + "0" * 26}, 422, "replaces-nothing"),
    ],
)
def test_what_cannot_be_taken_is_refused_exactly_and_leaves_nothing(
    more: dict[str, str], status: int, kind: str, files_received: Callable[[], set[str]]
) -> None:
    found_county()
    _name, data = package(4)
    told = push(key_of(), more.pop("name", "a.zip"), data, **more)
    assert (told.status_code, told.json()["type"].rpartition("/")[2]) == (status, kind)
    assert told["Content-Type"] == "application/problem+json"
    assert not Submission.objects.exists()
    assert not files_received()
    assert not list_entries(kinds=["submission.received"], limit=9)


def test_a_body_that_ends_early_is_sent_again(files_received: Callable[[], set[str]]) -> None:
    body, (name, data) = found_county(), package(5)
    new = NewSubmission(organisation_id=body.pk, name=name, profile="fuzhou", size=len(data), idempotency_key="cut")
    with pytest.raises(SubmissionRefused) as refused:
        push_package(new=new, stream=BytesIO(data[:1000]), now=DAY)
    assert refused.value.code == "cut-short"
    assert not files_received()
    assert not Submission.objects.exists()
    submission, receipt = push_package(new=new, stream=BytesIO(data), now=DAY)
    assert receipt is not None
    assert files_received() == {submission.record_code}


def test_nobody_pushes_without_a_key_or_an_empty_package(files_received: Callable[[], set[str]]) -> None:
    found_county()
    name, data = package(6)
    assert push("lt_nothing", name, data).status_code == 401
    assert push(key_of(), name, b"").json()["type"].endswith("/empty")
    assert not files_received()
