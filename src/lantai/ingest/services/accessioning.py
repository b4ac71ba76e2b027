"""Take approved packages into the archive (进馆): reserve, deposit, register; each step mended by running again (law
1).

1. A short transaction fixes the box: which packages lie in it, their archive codes, its object id.
2. The bytes: one OCFL object holding each package as received and its description document; one flush for all boxes.
3. Transactions of at most 50: records, used codes, receipts, ledger entries, states, and the queue row of the
follow-up.

A worker killed anywhere leaves an open accession; the next run takes it up where it stands. What the database refuses
to register goes to a person alone, and out of its box again by a new version of it. Boxes are filled by fonds,
retention and year of expiry, at most 1,000 records or 256 MiB each (law of the shelf); a larger package lies alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone
from django_tasks import task

from lantai.administration.queries import PlacementQuestion, placements, rule_pack
from lantai.archival.checks import Examination
from lantai.archival.checks.wire import unpack
from lantai.archival.description import write_description
from lantai.archival.packages import Package
from lantai.catalog.services import (
    CodeRequest,
    NewRecord,
    NewRepresentation,
    RecordJudged,
    RecordRefused,
    note_judgements,
    register_records,
    reserve_codes,
)
from lantai.ingest.area import receiving_path
from lantai.ingest.models import (
    Accession,
    AccessionLine,
    ExaminationReport,
    Receipt,
    Submission,
    SubmissionState,
)
from lantai.ingest.profiles import profile_of
from lantai.ingest.services.describing import Draft, draft_record
from lantai.ingest.services.receipts import NewReceipt, last_receipts, write_receipts
from lantai.ingest.services.receiving import new_record_code
from lantai.ingest.services.sealed_records import Stored, stored_contents
from lantai.ingest.services.stopping import hand_to_person
from lantai.ingest.services.telling import tell_departments
from lantai.ingest.services.waiting import queue_confirmation
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.queries import content_digests, find_objects
from lantai.storage.services import (
    Content,
    NewObject,
    NewVersion,
    deposit_objects,
    deposit_version,
    remove_stored_object,
)
from lantai.work.services import Sentence, current_job

BOX_RECORDS = 1000
BOX_BYTES = 256 * 1024 * 1024
AT_ONCE = 500
CHUNK = 25


@dataclass(slots=True)
class Coming:
    """One package on its way in, with its draft and, once reserved, its archive code."""

    submission: Submission
    draft: Draft
    code: str = ""
    number: int = 0


@task()
def accession_submissions() -> int:
    """Finish open accessions, then take in the approved packages, the oldest first; returns how many records came.

    What is approved meanwhile waits for the next run, which every examination asks for: so boxes fill.
    """
    job = current_job()
    done = 0
    for unfinished in Accession.objects.exclude(state=Accession.State.DONE).order_by("pk"):
        done += _complete(_taken_up(unfinished), timezone.now())
    while True:
        waiting = list(
            Submission.objects.filter(state=SubmissionState.APPROVED, accession_line=None).order_by("pk")[:AT_ONCE]
        )
        if waiting:
            boxes = _reserve(waiting, timezone.now())
            done += _complete(boxes, timezone.now())
            if job is not None:
                job.report(done=done)
        if len(waiting) < AT_ONCE:
            return done


def _reserve(waiting: Sequence[Submission], now: datetime) -> dict[Accession, list[Coming]]:
    """Draft the records, sort them into boxes, and fix boxes and codes in one short transaction."""
    coming = _drafts(waiting, now)
    shelves: dict[tuple[str, str, str], list[Coming]] = defaultdict(list)
    for each in coming:
        expires = each.draft.columns["expires_on"]
        year = str(expires.year) if expires else "0"
        shelves[(each.draft.columns["fonds_code"], each.draft.columns["retention"], year)].append(each)
    boxes: dict[Accession, list[Coming]] = {}
    with transaction.atomic():
        for (fonds, retention, year), members in shelves.items():
            for box in _boxes(members):
                accession = Accession.objects.create(
                    object_id=f"urn:lantai:box:{fonds}:{retention}:{year}:{new_record_code()[1:]}",
                    fonds_code=fonds,
                    retention=retention,
                    by="system",
                    at=now,
                )
                AccessionLine.objects.bulk_create(
                    [AccessionLine(accession=accession, submission_id=each.submission.pk) for each in box]
                )
                boxes[accession] = box
        _number(coming, now)
    return boxes


def _taken_up(accession: Accession) -> dict[Accession, list[Coming]]:
    """The members of an accession that an earlier run left open, with the codes it reserved for them."""
    lines = accession.lines.select_related("submission").order_by("pk")
    waiting = [each.submission for each in lines if each.submission.state == SubmissionState.APPROVED]
    coming = _drafts(waiting, accession.at)
    with transaction.atomic():
        _number(coming, accession.at)
    return {accession: coming}


def _drafts(waiting: Sequence[Submission], now: datetime) -> list[Coming]:
    """Each package described from what its examination kept."""
    rules = rule_pack(at=now)
    reports = ExaminationReport.objects.in_bulk([each.pk for each in waiting])
    facts = {pk: unpack(bytes(found.facts), tuple[Package, Examination]) for pk, found in reports.items()}
    places = placements(
        asked=[PlacementQuestion(each.organisation_id, each.profile, facts[each.pk][0].metadata) for each in waiting],
        at=now,
    )
    coming = []
    for each, place in zip(waiting, places, strict=True):
        package, examination = facts[each.pk]
        draft = draft_record(
            package=package,
            profile=profile_of(each),
            placement=place,
            rules=rules,
            examination=examination,
            examined_at=reports[each.pk].examined_at,
            record_code=each.record_code,
            follows=each.follows,
            replaces=each.replaces,
        )
        coming.append(Coming(each, draft))
    return coming


def _boxes(members: Sequence[Coming]) -> list[list[Coming]]:
    """Members of one shelf in boxes: at most BOX_RECORDS and BOX_BYTES each; what is larger by itself lies alone."""
    boxes: list[list[Coming]] = []
    box: list[Coming] = []
    filled = 0
    for each in members:
        size = each.submission.declared_size
        if box and (len(box) >= BOX_RECORDS or filled + size > BOX_BYTES):
            boxes.append(box)
            box, filled = [], 0
        box.append(each)
        filled += size
    return [*boxes, box] if box else boxes


def _number(coming: Sequence[Coming], now: datetime) -> None:
    """Reserve the archive codes; a package that cannot be given one goes to a person, the others go on."""
    reserved = reserve_codes(
        requests=[
            CodeRequest(each.submission.record_code, each.draft.placement.rule, each.draft.code_values)
            for each in coming
        ],
        by="system",
        now=now,
    )
    for each in coming:
        held = reserved.held.get(each.submission.record_code)
        if held is None:
            hand_to_person(submissions=[each.submission], why=reserved.refused[each.submission.record_code], now=now)
        else:
            each.code, each.number = held.code, held.number


def _complete(boxes: Mapping[Accession, list[Coming]], now: datetime) -> int:
    """Deposit the boxes with one flush, then register their records; returns how many came."""
    numbered = {accession: [each for each in members if each.code] for accession, members in boxes.items()}
    deposit_objects(
        objects=[
            NewObject(
                object_id=accession.object_id,
                contents=tuple(file for each in members for file in _contents(each)),
                created=accession.at,
                message=f"进馆 {len(members)} 件",
                user=accession.by,
            )
            for accession, members in numbered.items()
            if members and accession.state == Accession.State.RESERVED
        ]
    )
    Accession.objects.filter(pk__in=[each.pk for each in boxes], state=Accession.State.RESERVED).update(
        state=Accession.State.DEPOSITED
    )
    done = 0
    for accession, members in numbered.items():
        packages = {_package_path(each): each.submission.sha512 for each in members}
        kept = stored_contents(cleartexts={accession.object_id: packages} if members else {})
        for start in range(0, len(members), CHUNK):
            done += _register(accession, members[start : start + CHUNK], kept, now)
        _finish(accession, now)
    return done


def _finish(accession: Accession, now: datetime) -> None:
    """Close an accession: what lies in its box without a record leaves it, what became a record leaves the receiving
    area. Both are read from what is stored, so that a run after a crash does what is left to do.
    """
    codes = set(accession.lines.values_list("submission__record_code", flat=True))
    for box in find_objects(prefix=accession.object_id, limit=1):
        paths = content_digests(object_id=accession.object_id) if codes else ()
        strays = tuple(sorted(each for each in paths if each.partition("/")[0] not in codes))
        if codes and not strays:
            continue
        with transaction.atomic():  # told before it is done: nothing leaves the shelf without an entry
            append_entries(
                entries=[
                    NewEntry(
                        kind="storage.contents-removed",
                        subject=accession.object_id,
                        actor="system",
                        at=now,
                        detail={"paths": list(strays), "reason": "目录拒绝登记，已交人工处理，原件仍在接收区"},
                    )
                ]
            )
        if codes:
            version = NewVersion(
                accession.object_id, box.head, now, "移出未能登记的信息包", user=accession.by, remove=strays
            )
            deposit_version(version=version)
        else:
            remove_stored_object(object_id=accession.object_id)
    Accession.objects.filter(pk=accession.pk).update(state=Accession.State.DONE)
    for code in codes:
        receiving_path(code).unlink(missing_ok=True)


def _document(each: Coming) -> bytes:
    """The description document of one record, its archive code inside."""
    described = each.draft.description
    elements = {**described.elements, "M7": (each.submission.record_code,), "M8": (each.code,)}
    return write_description(replace(described, elements=elements), concealed=each.draft.concealed)


def _package_path(each: Coming) -> str:
    """Where the package as received lies in its box."""
    package = each.draft.description.package
    suffix = "tar" if package is not None and package.container == "tar" else "zip"
    return f"{each.submission.record_code}/package.{suffix}"


def _document_path(each: Coming) -> str:
    return f"{each.submission.record_code}/description.xml"


def _contents(each: Coming) -> list[Content]:
    """What one record puts into its box: the package as received, and the description document."""
    code = each.submission.record_code
    return [
        Content(
            _package_path(each),
            receiving_path(code),
            {"sha512": each.submission.sha512},
            link=True,
            fingerprint=each.submission.fingerprint,
        ),
        Content(_document_path(each), _document(each)),
    ]


def _register(accession: Accession, members: Sequence[Coming], kept: Stored, now: datetime) -> int:
    """Make records of *members* in one transaction; when the database refuses one, halve until it stands alone."""
    try:
        with transaction.atomic():
            return _register_all(accession, members, kept, now)
    except (IntegrityError, DataError, RecordRefused) as error:
        if len(members) == 1:
            unknown = Sentence("record-refused", {"detail": str(error)[:300]})
            why = error.why if isinstance(error, RecordRefused) else unknown
            hand_to_person(submissions=[members[0].submission], why=why, now=now)
            return 0
        half = len(members) // 2
        return _register(accession, members[:half], kept, now) + _register(accession, members[half:], kept, now)


def _register_all(accession: Accession, members: Sequence[Coming], kept: Stored, now: datetime) -> int:
    """Records, receipts, states and the follow-up of members that are not in yet; in the caller's transaction. *kept*
    is what lies in the box.
    """
    ids = [each.submission.pk for each in members]
    open_ids = set(
        Submission.objects.select_for_update()
        .filter(pk__in=ids, state=SubmissionState.APPROVED)
        .values_list("pk", flat=True)
    )
    fresh = [each for each in members if each.submission.pk in open_ids]
    if not fresh:
        return 0
    numbers = register_records(records=[_record(accession, each, kept) for each in fresh], by="system", now=now)
    note_judgements(
        judged=[
            RecordJudged(number, each.submission.record_code, each.draft.signatures)
            for number, each in zip(numbers, fresh, strict=True)
        ],
        occasion="accession",
        by="system",
        now=now,
    )
    before = last_receipts(submission_ids=[each.submission.pk for each in fresh])
    write_receipts(
        receipts=[
            NewReceipt(
                submission=each.submission,
                number=before.get(each.submission.pk, (0, ""))[0] + 1,
                kind=Receipt.Kind.ACCESSION,
                previous=before.get(each.submission.pk, (0, ""))[1],
                content={
                    "archive_code": each.code,
                    "sha512": each.submission.sha512,
                    "retention": each.draft.columns["retention"],
                },
            )
            for each in fresh
        ],
        now=now,
    )
    Submission.objects.filter(pk__in=open_ids).update(state=SubmissionState.ACCESSIONED)
    Submission.objects.filter(
        record_code__in=[each.submission.replaces for each in fresh if each.submission.replaces],
        state=SubmissionState.REJECTED,
    ).update(state=SubmissionState.SUPERSEDED)
    ExaminationReport.objects.filter(pk__in=open_ids).update(facts=b"")
    tell_departments(submissions=[each.submission for each in fresh], now=now)
    queue_confirmation()
    return len(fresh)


def _record(accession: Accession, each: Coming, kept: Stored) -> NewRecord:
    package, path = each.draft.description.package, _package_path(each)
    return NewRecord(
        record_code=each.submission.record_code,
        archive_code=each.code,
        item_number=each.number,
        representation=NewRepresentation(
            object_id=accession.object_id,
            path=path,
            container=package.container if package else "zip",
            bytes=each.submission.declared_size,
            sha512=kept.digests[path],
            components=kept.components(package=path, found=each.draft.components),
        ),
        evidence=kept.evidence(package=path, document=_document_path(each)),
        **each.draft.columns,
    )
