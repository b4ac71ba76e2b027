"""The fence: every address for every role, by real requests about real objects, against a table written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.urls.resolvers import URLResolver

from lantai.administration.models import Role
from lantai.administration.services.people_access import ANONYMOUS, allowed_roles
from lantai.archival.packages import load_profile
from lantai.work.models import Job
from tests.ingest.county import key_of, package
from tests.make_people import make_person, signed_in
from tests.pages.archive import Archive

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.xdist_group("index")]

LETTERS = {
    "A": Role.ARCHIVIST,
    "D": Role.DEPARTMENT,
    "P": Role.PUBLIC,
    "L": Role.LEADER,
    "S": Role.SUPERVISOR,
    "Y": Role.SYSTEM,
    "C": Role.SECURITY,
    "U": Role.AUDIT,
    "-": ANONYMOUS,
}
EVERYBODY, SIGNED_IN, STAFF, READERS = "ADPLSYCU-", "ADPLSYCU", "ADLSYCU", "ADPLS"


@dataclass(frozen=True)
class Line:
    """Who may open one address. A small letter: the page is open to that role, but the access rule keeps this object
    from it (nobody but archivists and the record's own department copies)."""

    who: str
    method: str = "get"
    arguments: Callable[[Archive], list[Any]] = lambda archive: []
    data: dict[str, Any] = field(default_factory=dict)


def about_record(*more: Any) -> Callable[[Archive], list[Any]]:
    return lambda archive: [archive.open_record.record_code, *more]


def about_waiting(*more: Any) -> Callable[[Archive], list[Any]]:
    return lambda archive: [archive.waiting.record_code, *more]


def about_job(archive: Archive) -> list[Any]:
    found: UUID = Job.objects.values_list("task_id", flat=True)[0]
    return [found]


def about_person(archive: Archive) -> list[Any]:
    return [archive.people[Role.LEADER].pk + 1000]


def about_body(archive: Archive) -> list[Any]:
    return [archive.body.code]


def about_fonds(*more: Any) -> Callable[[Archive], list[Any]]:
    return lambda archive: [archive.record.fonds_code, *more]


def about_agreement(archive: Archive) -> list[Any]:
    return [archive.body.agreements.all()[0].pk]


def about_object(archive: Archive) -> list[Any]:
    return [archive.record.representations.all()[0].object_id]


def about_item(archive: Archive) -> list[Any]:
    return ["nothing"]


TABLE = {
    "home": Line(SIGNED_IN),
    "work": Line("AD"),
    "jobs": Line("AY"),
    "jobs-progress": Line("AY"),
    "job": Line("AY", arguments=about_job),
    "job-steer": Line("AY", "post", about_job, {"act": "pause"}),
    "job-retry": Line("AY", "post", about_job, {"act": "job"}),
    "selection": Line("ADLS", "post", lambda archive: ["duties"], {"act": "clear"}),
    "bulk": Line("ADLS", arguments=lambda archive: [UUID(int=1)]),
    "views": Line("ADLS", "post", lambda archive: ["duties"]),
    "view": Line("ADLS", "post", lambda archive: [1], {"act": "delete"}),
    "notices": Line(STAFF),
    "notices-read": Line(STAFF, "post"),
    "submissions": Line("ADS"),
    "submission": Line("ADS", arguments=about_waiting()),
    "submission-decide": Line("A", "post", about_waiting(), {"decision": "approve"}),
    "report-json": Line("ADS", arguments=about_waiting()),
    "report-pdf": Line("ADS", arguments=about_waiting()),
    "receipt": Line("ADS", arguments=about_waiting(1)),
    "batches": Line("ADS"),
    "batch": Line("ADS", arguments=lambda archive: [1]),
    "batch-decide": Line("A", arguments=lambda archive: [1]),
    "channels": Line("AY"),
    "channel": Line("AY", arguments=lambda archive: [archive.body.pk]),
    "corrections": Line("ADS"),
    "handover": Line("ADS"),
    "handover-cases": Line("ADS"),
    "handover-rules": Line("A"),
    "handover-rule-end": Line("A", "post"),
    "collection-rules": Line("A"),
    "collection-rule-end": Line("A", "post"),
    "reminders": Line("AD"),
    "reminder-rules": Line("A"),
    "reminder-rule-end": Line("A", "post"),
    "reminder-contacts": Line("A"),
    "mails": Line("AY"),
    "upload": Line("AD"),
    "upload-list": Line("AD"),
    "upload-piece": Line("AD", "head", lambda archive: ["1-2-x.zip"]),
    "imports": Line("A"),
    "import-new": Line("A"),
    "export": Line("A"),
    "exports": Line("AD"),
    "export-packages": Line("AD"),
    "export-one": Line("AD", arguments=lambda archive: [1]),
    "export-file": Line("AD", arguments=lambda archive: [1]),
    "crosswalks": Line("A"),
    "import": Line("A", arguments=lambda archive: [1]),
    "import-progress": Line("A", arguments=lambda archive: [1]),
    "import-crosswalk": Line("A", arguments=lambda archive: [1]),
    "import-header": Line("A", "post", lambda archive: [1]),
    "import-run": Line("A", "post", lambda archive: [1]),
    "import-lines": Line("A", arguments=lambda archive: [1]),
    "import-file": Line("A", arguments=lambda archive: [1, "faults", "csv"]),
    "digitising": Line("A"),
    "digitising-new": Line("A"),
    "digitising-batch": Line("A", arguments=lambda archive: [1]),
    "digitising-progress": Line("A", arguments=lambda archive: [1]),
    "digitising-check": Line("A", "post", lambda archive: [1]),
    "digitising-loans": Line("A"),
    "digitising-lend": Line("A"),
    "digitising-return": Line("A", arguments=lambda archive: [1]),
    "digitising-steps": Line("A", arguments=lambda archive: [1]),
    "digitising-step-new": Line("A", arguments=lambda archive: [1]),
    "digitising-acceptance": Line("A", arguments=lambda archive: [1]),
    "digitising-conclude": Line("A", "post", lambda archive: [1]),
    "digitising-sign": Line("A", "post", lambda archive: [1]),
    "digitising-inspect": Line("A", arguments=lambda archive: [1, 1]),
    "digitising-report": Line("A", arguments=lambda archive: [1, 1]),
    "digitising-filing": Line("A", arguments=lambda archive: [1]),
    "digitising-filing-progress": Line("A", arguments=lambda archive: [1]),
    "digitising-file": Line("A", "post", lambda archive: [1]),
    "digitising-read": Line("A", "post", lambda archive: [1]),
    "digitising-page": Line("A", arguments=lambda archive: [1, 1]),
    "digitising-repaired": Line("A", arguments=lambda archive: [1, 1, 320]),
    "digitising-alto": Line("A", arguments=lambda archive: [1, 1]),
    "digitising-table": Line("A", arguments=lambda archive: [1, 1, 1, "csv"]),
    "digitising-units": Line("A", arguments=lambda archive: [1]),
    "digitising-pages": Line("A", arguments=lambda archive: [1]),
    "digitising-reviews": Line("A"),
    "digitising-review": Line("A", arguments=lambda archive: [1]),
    "digitising-review-page": Line("A", arguments=lambda archive: [1, 1]),
    "digitising-review-undo": Line("A", "post", lambda archive: [1, 1]),
    "digitising-review-hold": Line("A", "post", lambda archive: [1, 1]),
    "digitising-form-templates": Line("A"),
    "digitising-form-retire": Line("A", "post"),
    "digitising-form-mark": Line("A", arguments=lambda archive: [1, 1]),
    "digitising-forms": Line("A", arguments=lambda archive: [1]),
    "digitising-forms-fill": Line("A", "post", lambda archive: [1]),
    "digitising-forms-export": Line("A", arguments=lambda archive: [1, 1, "csv"]),
    "digitising-sorting": Line("A"),
    "digitising-sorting-teach": Line("A", "post"),
    "digitising-sorting-choose": Line("A", "post"),
    "digitising-review-regions": Line("A", "post", lambda archive: [1, 1]),
    "digitising-review-fields": Line("A", "post", lambda archive: [1, 1]),
    "digitising-seals": Line("A"),
    "digitising-region-picture": Line("A", arguments=lambda archive: [1, 1]),
    "digitising-image": Line("A", arguments=lambda archive: [1, 1, 320]),
    "fixity": Line("AYU"),
    "fixity-reading": Line("AY", arguments=lambda archive: ["main"]),
    "quarantine": Line("AYU"),
    "quarantine-release": Line("AY", "post"),
    "search": Line(READERS),
    "record-rejudge": Line("A", "post", about_record()),
    "trust": Line("ACU"),
    "trust-new": Line("C"),
    "trust-one": Line("ACU", arguments=lambda archive: [1]),
    "trust-remove": Line("C", arguments=lambda archive: [1]),
    "record": Line(READERS, arguments=about_record()),
    "package-profiles": Line("A"),
    "package-profile": Line("A", arguments=lambda archive: ["fuzhou", load_profile("fuzhou").version]),
    "package-profile-file": Line("A", arguments=lambda archive: ["fuzhou", load_profile("fuzhou").version]),
    "package-profile-new": Line("A"),
    "record-image": Line(READERS, arguments=about_record(3, 1, 96)),
    "record-package": Line("ADpls", arguments=about_record()),
    "record-file": Line("ADpls", arguments=about_record(1)),
    "record-form": Line("ADpls", arguments=about_record(1)),
    "record-proof": Line(READERS, arguments=about_record()),
    "preservation": Line("A"),
    "preservation-format": Line("A", arguments=lambda archive: ["fmt/18"]),
    "preservation-records": Line("A", arguments=lambda archive: ["fmt/18"]),
    "preservation-decide": Line("A", arguments=lambda archive: ["fmt/18"]),
    "preservation-rules": Line("A"),
    "preservation-rule": Line("A"),
    "preservation-verdicts": Line("A", arguments=lambda archive: ["open"]),
    "preservation-verdict": Line("A"),
    "preservation-copies": Line("A", arguments=about_record()),
    "describing": Line("A"),
    "record-describe": Line("A", arguments=about_record()),
    "record-draft": Line("A", "post", about_record()),
    "record-suggestion": Line("A", "post", about_record(), {"dismiss": "none"}),
    "record-hold": Line("A", "post", about_record(), {"act": "let-go"}),
    "record-review": Line("a", "post", about_record()),
    "record-change": Line("A", arguments=about_record(1)),
    "record-compose": Line("A", arguments=about_record()),
    "record-relate": Line("A", "post", about_record(), {"target": "none"}),
    "record-unrelate": Line("A", "post", about_record(), {"reason": "none"}),
    "arrangement": Line("ADLS"),
    "arrangement-fonds": Line("ADLS", arguments=lambda archive: [archive.record.fonds_code]),
    "arrangement-class": Line("ADLS", arguments=lambda archive: [archive.record.fonds_code, "ZY·XK"]),
    "arrangement-year": Line("ADLS", arguments=lambda archive: [archive.record.fonds_code, "ZY·XK", 2026]),
    "arrangement-volume": Line("ADLS", arguments=about_record()),
    "arrangement-choose": Line("A", "post", data={"act": "clear"}),
    "arrangement-plan": Line("A", arguments=lambda archive: [1]),
    "arrangement-codes": Line("A"),
    "arrangement-scheme": Line("A", arguments=lambda archive: [archive.record.fonds_code]),
    "arrangement-classes": Line("A"),
    "arrangement-class-change": Line("A"),
    "arrangement-printing": Line("A"),
    "arrangement-printed": Line("A", arguments=lambda archive: ["catalogue"]),
    "ledger": Line("ADSU"),
    "health": Line("Y"),
    "verifications": Line("AYU"),
    "longterm": Line("AYU"),
    "longterm-report": Line("AYU"),
    "longterm-sign": Line("AY", arguments=lambda archive: ["4-1"]),
    "verification": Line("AYU", arguments=lambda archive: ["objects"]),
    "storage": Line("AY"),
    "storage-below": Line("AY"),
    "stored-object": Line("AY", arguments=about_object),
    "location": Line("AY", arguments=lambda archive: ["main"]),
    "storage-policies": Line("AY"),
    "storage-policy": Line("AY"),
    "carriers": Line("AY"),
    "carrier-new": Line("AY"),
    "backups": Line("AY"),
    "backup-make": Line("Y"),
    "backup-policy": Line("Y"),
    "restore-drills": Line("AY"),
    "restore-drill": Line("AY", arguments=lambda archive: [1]),
    "restore-drill-pdf": Line("AY", arguments=lambda archive: [1]),
    "carrier": Line("AY", arguments=lambda archive: ["nothing"]),
    "ledger-checkpoint": Line(EVERYBODY),
    "ledger-tile": Line(EVERYBODY, arguments=lambda archive: ["0/000.p/1"]),
    "ledger-vkey": Line(EVERYBODY),
    "ledger-cosigned": Line(EVERYBODY),
    "ledger-policy": Line(EVERYBODY),
    "witnesses": Line("AYU"),
    "timestamp-renewal": Line("AYU", arguments=lambda archive: [1]),
    "timestamp-file": Line("AYU", arguments=lambda archive: [1, 1, "token"]),
    "witness-new": Line("Y"),
    "witness-policy": Line("Y"),
    "witness-retire": Line("Y", arguments=lambda archive: [1]),
    "witness-conflict": Line("AYU", arguments=lambda archive: [1]),
    "witness-conflict-note": Line("AYU", arguments=lambda archive: [1, "held"]),
    "design": Line(STAFF),
    "display": Line(EVERYBODY, "post"),
    "sign-in": Line(EVERYBODY),
    "sign-in-code": Line(EVERYBODY),
    "sign-out": Line(EVERYBODY, "post"),
    "language": Line(EVERYBODY, "post", data={"language": "en"}),
    "account": Line(SIGNED_IN),
    "carried": Line(SIGNED_IN),
    "change-password": Line(SIGNED_IN),
    "second-factor-setup": Line(SIGNED_IN),
    "people": Line("YC"),
    "person-new": Line("Y"),
    "person": Line("YC", arguments=about_person),
    "person-grant": Line("C", "post", about_person, {"role": "leader"}),
    "person-activate": Line("C", "post", about_person),
    "person-deactivate": Line("C", "post", about_person, {"reason": "调离"}),
    "person-decline": Line("C", "post", about_person, {"reason": "仍在岗"}),
    "person-revoke": Line("C", "post", about_person, {"reason": "调岗"}),
    "person-unlock": Line("C", "post", about_person),
    "person-ask-deactivation": Line("Y", "post", about_person, {"reason": "调离"}),
    "person-reset": Line("Y", "post", about_person),
    "keys": Line("CY"),
    "keys-rules": Line("CY"),
    "keys-escrow": Line("CY"),
    "keys-destroyed": Line("CY"),
    "keys-rule": Line("C"),
    "keys-recipient": Line("C"),
    "keys-rotation": Line("C"),
    "security-policy": Line("C"),
    "audit": Line("CU"),
    "audit-file": Line("CU", "post"),
    "audit-check": Line("CU", "post"),
    "first-start": Line(EVERYBODY),
    "organisations": Line("AY"),
    "organisation-new": Line("AY"),
    "organisation": Line("AY", arguments=about_body),
    "organisation-correct": Line("AY", arguments=about_body),
    "organisation-change": Line("AY", arguments=about_body),
    "dated-changes": Line("AY"),
    "dated-change": Line("AY", arguments=lambda archive: [1]),
    "fonds-list": Line("A"),
    "fonds-new": Line("A"),
    "fonds": Line("A", arguments=about_fonds()),
    "fonds-guide": Line("A", arguments=about_fonds()),
    "fonds-entry-new": Line("A", arguments=about_fonds()),
    "fonds-entry": Line("A", arguments=about_fonds(1)),
    "fonds-entry-file": Line("A", arguments=about_fonds(1)),
    "agreements": Line("A"),
    "agreement-new": Line("A"),
    "agreement": Line("A", arguments=about_agreement),
    "agreement-replace": Line("A", arguments=about_agreement),
    "agreement-end": Line("A", arguments=about_agreement),
    "credentials": Line("AY"),
    "credential-new": Line("AY"),
    "credential-revoke": Line("AY", arguments=lambda archive: ["nothing"]),
    "service-items": Line("A"),
    "item-import": Line("A"),
    "item-import-preview": Line("A", arguments=lambda archive: [1]),
    "service-item": Line("A", arguments=about_item),
    "item-edit": Line("A", arguments=about_item),
    "item-version-new": Line("A", arguments=about_item),
    "material-rules": Line("A"),
    "material-rules-new": Line("A"),
    "rule-trial": Line("A", "post", data={"target": "level"}),
    "retention-tables": Line("A"),
    "retention-table-new": Line("A"),
    "retention-table": Line("A", arguments=lambda archive: [1]),
    "rule-base": Line("A"),
    "rule-severities": Line("A"),
    "rule-pack-new": Line("A"),
    "code-lists": Line("AY"),
    "code-list": Line("AY", arguments=lambda archive: ["retention"]),
    "code-list-file": Line("AY", arguments=lambda archive: ["retention"]),
    "code-list-new": Line("AY", arguments=lambda archive: ["retention"]),
}
API = {
    "openapi-json": ("get", "", "public"),
    "api-root": ("get", "/", "public"),
    "create_submission": ("post", "/submissions", "key"),
    "send_package": ("post", "/packages?name=a.zip", "key"),
    "put_content": ("put", "/submissions/{code}/content", "key"),
    "head_content": ("head", "/submissions/{code}/content", "key"),
    "get_submission": ("get", "/submissions/{code}", "key"),
    "get_report": ("get", "/submissions/{code}/report", "key"),
    "create_batch": ("post", "/batches", "key"),
    "get_batch": ("get", "/batches/1", "key"),
    "post_progress": ("post", "/cases/1/progress", "key"),
    "get_receipt_key": ("get", "/keys/receipts", "public"),
}


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the site, with the path it stands under."""
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from addresses(each, prefix + str(each.pattern))
        else:
            yield prefix + str(each.pattern), each


def outcome(response: HttpResponseBase) -> str:
    """Whether a request was let in: "asked" to sign in (a form that was sent is told 401), "refused", or "in"."""
    if response.status_code == 401:
        return "asked"
    if response.status_code in (301, 302) and response["Location"].startswith(reverse("sign-in")):
        return "asked"
    return "refused" if response.status_code == 403 else "in"


def test_every_address_is_in_the_table() -> None:
    found = {each.name: path for path, each in addresses(get_resolver())}
    assert None not in found, found.get(None)
    assert set(found) == set(TABLE) | set(API)


def test_views_declare_what_the_table_says() -> None:
    declared = {
        each.name: allowed_roles(each.callback)
        for path, each in addresses(get_resolver())
        if not path.startswith("api/")
    }
    meant = {name: frozenset(str(LETTERS[each]) for each in line.who.upper()) for name, line in TABLE.items()}
    assert declared == meant


def test_every_role_at_every_address(archive: Archive) -> None:
    make_person(Role.SUPERVISOR, username="other", pk=archive.people[Role.LEADER].pk + 1000)
    clients = {letter: signed_in(archive.people[Role(role)]) for letter, role in LETTERS.items() if role != ANONYMOUS}
    clients["-"] = Client()
    wrong = []
    for name, line in TABLE.items():
        path = reverse(name, args=line.arguments(archive))
        for letter, client in clients.items():
            session = client.cookies.output()
            with transaction.atomic():
                response = getattr(client, line.method)(path, line.data)
                if hasattr(response, "streaming_content"):
                    b"".join(response.streaming_content)
                transaction.set_rollback(True)
            if client.cookies.output() != session and letter != "-":
                client.force_login(
                    archive.people[Role(LETTERS[letter])], backend="django.contrib.auth.backends.ModelBackend"
                )
            meant = "in" if letter in line.who else "asked" if letter == "-" else "refused"
            found = outcome(response)
            if line.who == EVERYBODY and found == "asked":
                found = "in"  # signing in and out lead there by themselves
            if found != meant or (meant == "in" and response.status_code >= 500):
                wrong.append(f"{name} {path} {LETTERS[letter]}: {response.status_code}, meant {meant}")
    assert wrong == []


def test_the_departments_channel_wants_a_key(archive: Archive) -> None:
    with_key = Client(headers={"authorization": f"Bearer {key_of()}"})
    of_another = Client(headers={"authorization": f"Bearer {key_of(archive.other.code)}"})
    name, data = package(9)
    bodies = {
        "create_submission": {"name": name, "profile": "fuzhou", "size": len(data)},
        "create_batch": {"number": "1"},
        "post_progress": {"node": "受理", "at": "2026-11-22T08:00:00Z", "body": "审批局", "state": "办结"},
    }
    code = archive.waiting.record_code
    signed = signed_in(archive.people[Role.ARCHIVIST])
    for operation in ("create_batch", *API):
        method, path, needs = API[operation]
        path = reverse("api-1:openapi-json") if operation == "openapi-json" else "/api/v1" + path.format(code=code)
        more = {"data": bodies[operation], "content_type": "application/json"} if operation in bodies else {}
        answers = {
            who: getattr(client, method)(path, **more).status_code
            for who, client in (("key", with_key), ("none", Client()), ("session", signed))
        }
        if needs == "public":
            assert set(answers.values()) <= {200, 404}, (operation, answers)
            continue
        assert answers["none"] == answers["session"] == 401, (operation, answers)
        assert answers["key"] not in (401, 403, 404, 500), (operation, answers)
        if "{code}" in API[operation][1]:
            assert getattr(of_another, method)(path, **more).status_code == 404, operation
