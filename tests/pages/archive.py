"""An archive with something of every kind in it: records, packages in every state, people of every role."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from django.utils import timezone

from lantai.administration.models import Agreement, Organisation, Person, Role
from lantai.catalog.models import OpenState, Record, Secrecy
from lantai.ingest.models import Submission
from lantai.ingest.services.uploading import open_upload, take_upload
from lantai.ledger.services import append_noted_entries
from lantai.work.services import run_jobs
from tests.ingest.county import OTHER, found_county, package, settle
from tests.make_people import make_person

CLEARED = {"clearance": Secrecy.RESTRICTED}


@dataclass
class Archive:
    """What a test needs to name."""

    body: Organisation
    other: Organisation
    people: dict[Role, Person]
    record: Record
    open_record: Record
    waiting: Submission
    returned: Submission


def send(body: Organisation, name: str, data: bytes) -> Submission:
    """Hand one package over through the upload."""
    submission = open_upload(
        organisation_id=body.pk, name=name, profile="fuzhou", size=len(data), key=name, now=timezone.now()
    )
    take_upload(submission=submission, stream=BytesIO(data), now=timezone.now())
    return submission


def make_archive() -> Archive:
    """Two records (one open to everybody), one package that waits for a decision, one returned, all roles."""
    append_noted_entries()  # what earlier tests noted in this process's home is old by now
    body = found_county()
    other = Organisation.objects.get(code=OTHER)
    taken = [send(body, *package(number)) for number in (1, 2)]
    run_jobs(drain=True)
    first, second = (Record.objects.get(record_code=each.record_code) for each in taken)
    Record.objects.filter(pk=second.pk).update(open_state=OpenState.OPEN, secrecy=Secrecy.PUBLIC, personal=False)
    settle()
    Agreement.objects.update(policy="manual")
    name, data = package(3)
    waiting = send(body, name, data)
    returned = send(body, "坏包.zip", b"PK\x03\x04 this is no archive")
    settle()
    people = {
        role: make_person(
            role,
            username=role.value.split("-")[0],
            **({"organisation": body} if role == Role.DEPARTMENT else CLEARED if role == Role.ARCHIVIST else {}),
        )
        for role in Role
    }
    waiting.refresh_from_db()
    returned.refresh_from_db()
    assert (waiting.state, returned.state) == ("examined", "rejected")
    return Archive(body, other, people, first, Record.objects.get(pk=second.pk), waiting, returned)
