"""One sample of every page of the site: addresses by role, and what must be sent to come to a page."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import (
    Agreement,
    Credential,
    DatedChange,
    Person,
    RetentionTable,
    Role,
    ServiceItem,
    TrustedIssuer,
)
from lantai.administration.services.item_details import ItemDetails, change_item
from lantai.administration.services.people_access import CONSOLE
from lantai.administration.services.schemes import ClassChange, change_class_scheme
from lantai.administration.services.successions import BodyChange, plan_body_change
from lantai.archival import tlog
from lantai.catalog.models import Arrangement, Level
from lantai.digitisation.models import ScanPage
from lantai.digitisation.services import begin_acceptance, take_uploads
from lantai.ingest.models import CorrectionRequest
from lantai.ingest.services import NewSubmission, ProgressNode, open_batch, push_progress, receive_packages
from lantai.ingest.services.handover_rules import NewHandoverRule, set_handover_rule
from lantai.ledger.models import Entry, Witness, WitnessConflict
from lantai.site.witness_pages import KINDS
from lantai.work.models import DueWork, Job
from tests.archival.sealing.issuing import county
from tests.catalog.arranged import put
from tests.digitisation.readings import specimen_batch
from tests.digitisation.scans import by, jpeg
from tests.ingest.county import package, settle
from tests.ingest.importing import as_csv, bring, row, take
from tests.make_people import make_person, signed_in
from tests.pages.archive import Archive, send
from tests.permissions.test_matrix import LETTERS, TABLE
from tests.work.queue_rows import LONG, duty

TODAY = timezone.localdate


@dataclass(frozen=True)
class Visit:
    """One page: its name, where it is, and what is sent to come there (nothing: it is opened)."""

    name: str
    at: str
    sent: Mapping[str, Any] = field(default_factory=dict)


def fill(archive: Archive) -> None:
    """Give every page something to show: long names, faults, drafts, things that were done."""
    now, me = timezone.now(), archive.people[Role.ARCHIVIST]
    by = {"by": f"person:{me.pk}", "role": "archivist", "now": now}
    DueWork.objects.bulk_create([duty(each, title=LONG[:200]) for each in range(1, 36)])
    Agreement.objects.update(limits={"correction_days": 10})
    set_handover_rule(rule=NewHandoverRule(closes=["办结"], days=5), **by)
    said = ProgressNode("办结", now - timedelta(days=9), archive.body.name, "已完成", item="0119", item_name=LONG[:100])
    push_progress(organisation_id=archive.body.pk, case_number="YL-9", node=said, now=now)
    put(900, 60, fonds_code="0059", organisation_id=archive.body.pk, title=LONG)
    put(990, 1, fonds_code="0059", organisation_id=archive.body.pk, level=Level.VOLUME, title=LONG, volume_number=1)
    client = signed_in(me)
    client.post(
        reverse("submission-decide", args=[send_one(archive, 6)]),
        {"decision": "return", "reason": LONG[:200]},
    )
    settle()
    assert CorrectionRequest.objects.exists()
    client.post(
        reverse("fonds-entry-new", args=["0059"]),
        {"part": "1", "title": LONG[:200], "made_on": "2024-05-01", "text": "本全宗"},
    )
    client.post(
        reverse("credential-new"),
        {"organisation": archive.body.code, "name": "审批系统", "calls_per_minute": "60", "webhook": ""},
    )
    ServiceItem.objects.create(code="9001", name=LONG[:200], organisation=archive.body)
    _changes_with_a_day(archive)
    key = tlog.new_signer("w.example/one", kind=tlog.COSIGNATURE_V1).verifier().vkey()
    witness = Witness.objects.create(name="w.example/one", body=LONG[:200], address="https://w.example", vkeys=[key])
    note = "w.example/ledger\n12\nAAAA\n\n" + "— w.example/one AAAA" * 9
    WitnessConflict.objects.create(witness=witness, kind=sorted(KINDS)[0], ours=note, held=note, found_at=now)
    _retention_table(client)
    _described(client, archive)
    carrier = {"number": "LTO-001", "kind": "tape", "gigabytes": 2500, "made_on": "2024-01-10", "place": "省馆 3 柜"}
    assert client.post(reverse("carrier-new"), carrier).status_code == 302
    _trusted(signed_in(archive.people[Role.SECURITY]))


def send_one(archive: Archive, number: int) -> str:
    """One more package that waits for a decision; its code."""
    sent = send(archive.body, *package(number))
    settle()
    return sent.record_code


def _changes_with_a_day(archive: Archive) -> None:
    """An item that changed and will change again, a body that will be dissolved, classes that will begin and end."""
    now, later = timezone.now(), TODAY() + timedelta(days=40)
    for name, day in ((LONG[1:200], TODAY()), (LONG[2:200], later)):
        details = ItemDetails(name=name, organisation=archive.body.code, promised_days=7)
        change_item(code="9001", details=details, valid_from=day, reason=LONG[:150], by=CONSOLE, now=now)
    body = BodyChange(kind="dissolved", day=later, basis=LONG[:200], before=[archive.other.code])
    plan_body_change(change=body, by=CONSOLE, now=now)
    for each in (ClassChange("added", "ZY·CF", "行政处罚", item_type="02"), ClassChange("renamed", "ZY·XK", "许可")):
        change_class_scheme(change=each, day=later, basis=LONG[:200], by=CONSOLE, now=now)


def _scanned(person: Person) -> int:
    """A scan batch with good pages, a broken one and one without a record; its number."""
    uploads = [(f"扫描-{number}.jpg", io.BytesIO(jpeg(number))) for number in (1, 2)]
    broken = ("坏.jpg", io.BytesIO(jpeg(3)[:500]))
    batch = take_uploads(
        uploads=[*uploads, broken], name=LONG[:200], profile="replica", by=by(person), now=timezone.now()
    )
    settle()
    return batch.pk


def _retention_table(client: Client) -> None:
    line = {"code": "1.1", "name": "许可", "retention": "D30", "when": "item_code 有值", "basis": "8号令"}
    forms = {f"form-0-{name}": value for name, value in line.items()}
    head = {"key": "YLX", "version": "2026", "name": "表", "approval": "云档〔2026〕1号", "default_code": "D10"}
    counts = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "effective_from": "2026-01-01"}
    page = client.post(reverse("retention-table-new"), {**head, **counts, **forms}).content.decode()
    mark = {"confirmed": page.split('name="confirmed" value="')[1].split('"')[0]}
    client.post(reverse("retention-table-new"), {**head, **counts, **forms, **mark})
    assert RetentionTable.objects.filter(key="YLX").exists()


def _trusted(client: Client) -> None:
    given = {"use": "anchor", "valid_from": "2020-01-01", "valid_until": "", "basis": "省密码局公告", "compared": "on"}
    file = SimpleUploadedFile("root.cer", county()["root"].der)
    page = client.post(reverse("trust-new"), {"file": file}).content.decode()
    certificates = page.split('name="certificates" value="')[1].split('"')[0]
    client.post(reverse("trust-new"), given | {"certificates": certificates})
    assert TrustedIssuer.objects.exists()


def _described(client: Client, archive: Archive) -> None:
    at = reverse("record-describe", args=[archive.open_record.record_code])
    page = client.get(at).context_data["page"]  # type: ignore[union-attr]
    values = {f"e-{one.key}": one.value for group in page.groups for one in (*group.fields, *group.more)}
    client.post(at, {**values, "e-title": LONG[:200], "version": str(page.version), "then": "stay"})
    assert Entry.objects.filter(kind="record.described").exists()


def _batch(archive: Archive, numbers: tuple[int, ...], folder: Any) -> int:
    found = open_batch(
        organisation_id=archive.body.pk, channel="http", number="2026-11", name=LONG[:200], now=timezone.now()
    )
    sources = []
    for number in numbers:
        name, data = package(number)
        (folder / name).write_bytes(data)
        new = NewSubmission(
            organisation_id=archive.body.pk,
            name=name,
            profile="fuzhou",
            size=len(data),
            channel="http",
            batch_id=found.pk,
        )
        sources.append((new, folder / name))
    receive_packages(packages=sources, now=timezone.now())
    settle()
    return int(found.pk)


def addresses(archive: Archive, folder: Any) -> dict[str, list[str]]:
    """Samples of the pages whose address names a thing, by the name of the address."""
    me = archive.people[Role.ARCHIVIST]
    client = signed_in(me)
    mapping = bring(me, as_csv([row(1), row(2, 题名="长" * 200)]))
    taken = take(me, bring(me, as_csv([row(3), row(4, 成文日期="不详")]), name="目" * 100 + ".csv"))
    batch = _batch(archive, (7, 8), folder)
    ticked = {"act": "submission-approve", "selected": f"submission:{archive.waiting.record_code}"}
    order = client.post(reverse("selection", args=["duties"]), {**ticked, "shown": ticked["selected"]})["Location"]
    year = reverse("arrangement-year", args=["0059", "ZY·XK", 2026])
    unnumbered = [f"E{each:026d}" for each in (900, 901)]
    chosen = {"act": "arrange-number", "shown": unnumbered, "selected": unnumbered, "back": year}
    client.post(reverse("selection", args=["children"]), chosen)
    plan = reverse("arrangement-plan", args=[Arrangement.objects.latest("pk").pk])
    items = json.dumps({"code": "9002", "name": "某许可", "type": "01"}, ensure_ascii=False)
    preview = client.post(
        reverse("item-import"),
        {"valid_from": "2026-01-01", "whole_of": "", "file": SimpleUploadedFile("items.jsonl", items.encode())},
    )["Location"]
    change = Entry.objects.filter(kind="record.described").latest("pk")
    person = make_person("", username="zhao", name="赵" * 64)
    asked = make_person(Role.LEADER, username="asked", deactivation_asked_at=timezone.now(), deactivation_reason=LONG)
    record, opened = archive.record.record_code, archive.open_record.record_code
    scanned, read = _scanned(me), specimen_batch().pk
    acceptance = begin_acceptance(batch_id=read, rate=100, passing=95, read=0, by=by(me), now=timezone.now())
    drawn = acceptance.drawn.values_list("pk", flat=True)[0]
    page = ScanPage.objects.filter(batch_id=read).order_by("pk").values_list("pk", flat=True)[0]
    tabs = ("description", "files", "checks", "relations", "history", "proof")
    return {
        "job": [reverse("job", args=[Job.objects.values_list("task_id", flat=True)[0]])],
        "bulk": [order],
        "submissions": [reverse("submissions"), f"{reverse('submissions')}?text=没有这样的"],
        "submission": [reverse("submission", args=[each.record_code]) for each in (archive.waiting, archive.returned)],
        "batch": [reverse("batch", args=[batch])],
        "batch-decide": [reverse("batch-decide", args=[batch])],
        "search": [f"{reverse('search')}?q=食品", f"{reverse('search')}?q=zzzz"],
        "record": [
            *(f"{reverse('record', args=[opened])}?tab={tab}" for tab in tabs),
            reverse("record", args=[record]),
        ],
        "record-change": [reverse("record-change", args=[opened, change.pk])],
        "describing": [f"{reverse('describing')}?queue={each}" for each in ("undescribed", "review", "reviewed")],
        "arrangement-volume": [reverse("arrangement-volume", args=[f"E{990:026d}"])],
        "arrangement-plan": [f"{plan}?kind={each}" for each in ("number", "move", "volume", "void")],
        "arrangement-printing": [f"{reverse('arrangement-printing')}?fonds=0059&classes=ZY·XK&year=2026"],
        "import": [reverse("import", args=[taken.pk])],
        "import-progress": [],
        "digitising-batch": [reverse("digitising-batch", args=[scanned])],
        "digitising-units": [reverse("digitising-units", args=[scanned])],
        "digitising-pages": [
            f"{reverse('digitising-pages', args=[scanned])}?state={each}" for each in ("all", "sheets")
        ],
        "digitising-page": [
            f"{reverse('digitising-page', args=[read, page])}?tab={each}"
            for each in ("text", "repair", "seals", "tables")
        ],
        "digitising-acceptance": [reverse("digitising-acceptance", args=[each]) for each in (scanned, read)],
        "digitising-inspect": [reverse("digitising-inspect", args=[read, drawn])],
        "digitising-review": [
            f"{reverse('digitising-review', args=[read])}?queue={each}" for each in ("doubtful", "sure")
        ],
        "digitising-review-page": [
            f"{reverse('digitising-review-page', args=[read, page])}?tab={each}"
            for each in ("text", "regions", "fields", "history")
        ],
        "digitising-forms": [reverse("digitising-forms", args=[read])],
        "digitising-form-mark": [reverse("digitising-form-mark", args=[read, page])],
        "import-crosswalk": [reverse("import-crosswalk", args=[mapping.pk])],
        "import-lines": [reverse("import-lines", args=[taken.pk])],
        "person": [reverse("person", args=[each.pk]) for each in (person, asked)],
        "fonds": [reverse("fonds", args=["0059"])],
        "fonds-guide": [reverse("fonds-guide", args=["0059"])],
        "fonds-entry-new": [reverse("fonds-entry-new", args=["0059"])],
        "fonds-entry": [reverse("fonds-entry", args=["0059", 1])],
        "credential-revoke": [reverse("credential-revoke", args=[Credential.objects.get(name="审批系统").prefix])],
        "item-import-preview": [preview],
        "service-item": [reverse("service-item", args=["9001"])],
        "item-version-new": [reverse("item-version-new", args=["9001"])],
        "item-edit": [reverse("item-edit", args=["9001"])],
        "dated-change": [reverse("dated-change", args=[each.pk]) for each in DatedChange.objects.order_by("pk")],
        "carrier": [reverse("carrier", args=["LTO-001"])],
        "trust-one": [reverse("trust-one", args=[TrustedIssuer.objects.get().pk])],
        "trust-remove": [reverse("trust-remove", args=[TrustedIssuer.objects.get().pk])],
        "witness-retire": [reverse("witness-retire", args=[Witness.objects.get().pk])],
        "witness-conflict": [reverse("witness-conflict", args=[WitnessConflict.objects.get().pk])],
        "retention-table": [reverse("retention-table", args=[RetentionTable.objects.get(key="YLX").pk])],
    }


NO_PAGE = frozenset(
    "home digitising-progress digitising-image digitising-forms-export digitising-region-picture"
    " digitising-repaired digitising-alto digitising-table"
    " jobs-progress import-progress import-file report-json report-pdf upload-piece record-image record-package"
    " record-proof record-file record-form arrangement-printed ledger-checkpoint ledger-tile ledger-vkey"
    " fonds-entry-file ledger-cosigned ledger-policy witness-conflict-note code-list-file longterm-report"
    " package-profile-file timestamp-file first-start sign-in sign-in-code carried".split()
)
"""Addresses that answer with a file, a part of a page or the way to another, or only to whoever has not signed in."""


def pages_of(letter: str, archive: Archive, known: Mapping[str, list[str]]) -> Iterator[Visit]:
    """Every page that the role of this letter may open; a bulk act is its own person's, a closed record nobody's."""
    for name, line in TABLE.items():
        if line.method != "get" or letter not in line.who.upper() or name in NO_PAGE:
            continue
        for at in known.get(name) or [reverse(name, args=line.arguments(archive))]:
            if (letter == "A" or name != "bulk") and (letter != "P" or archive.record.record_code not in at):
                yield Visit(name, at)


Sent = Callable[[Archive, Mapping[str, list[str]]], Visit]


def sent_by(letter: str, archive: Archive, known: Mapping[str, list[str]]) -> list[Visit]:
    """Pages that only an answer shows: what will happen, what is shown once, faults of a form."""
    waiting, today = archive.waiting.record_code, TODAY().isoformat()
    agreement = {
        "number": "YJ-77",
        "organisation": archive.other.code,
        "fonds": "0060",
        "profile": "generic",
        "policy": "automatic",
        "valid_from": today,
    }
    credential = {"organisation": archive.body.code, "name": "推送", "calls_per_minute": "60", "webhook": ""}
    line = {"code": "L1", "type": "1", "name": LONG[:100], "needs": "“月球居住证”×2", "basis": LONG[:200]}
    rules = {"level": "default", "valid_from": "2020-01-01", "mode": "add", "form-TOTAL_FORMS": "1"}
    rules |= {"form-INITIAL_FORMS": "0"} | {f"form-0-{name}": value for name, value in line.items()}
    item = {"name": LONG[3:200], "promised_days": "9", "valid_from": today, "reason": LONG[:200]}
    closing = {"act": "closed", "path": "ZY·XK", "successor": "ZY", "basis": LONG[:200]}
    closing |= {"day": (TODAY() + timedelta(days=40)).isoformat()}
    account = {"username": "qian", "person_number": "YL-78", "name": "钱" * 64, "position": ""}
    match letter:
        case "A":
            return [
                Visit("batch-check", known["batch-decide"][0], {"decide": "check", "note": LONG[:200], "attach": "on"}),
                Visit("return-without-reason", reverse("submission-decide", args=[waiting]), {"decision": "return"}),
                Visit("faulty", reverse("organisation-new"), {"code": "", "name": ""}),
                Visit("agreement-effects", reverse("agreement-new"), agreement),
                Visit("rules-effects", reverse("material-rules-new"), rules),
                Visit("credential-secrets", reverse("credential-new"), credential),
                Visit("item-effects", reverse("item-edit", args=["9001"]), item),
                Visit("class-effects", reverse("arrangement-class-change"), closing),
                Visit("plan-preview", known["arrangement-plan"][0], {"order": "chosen"}),
                Visit("merge-refused", reverse("record-compose", args=[archive.record.record_code]), {"act": "split"}),
                Visit(
                    "describe-faulty", reverse("record-describe", args=[archive.record.record_code]), {"e-title": ""}
                ),
            ]
        case "Y":
            return [Visit("one-time-password", reverse("person-new"), account)]
        case "C":
            return [Visit("policy-faulty", reverse("security-policy"), {"tries": "99"})]
    return []


def clients(archive: Archive) -> dict[str, tuple[Person, Client]]:
    """Everybody who has a role, signed in, by the letter of the role."""
    people = {letter: archive.people[Role(role)] for letter, role in LETTERS.items() if letter != "-"}
    return {letter: (person, signed_in(person)) for letter, person in people.items()}
