"""Acceptance of a batch for tests: everything drawn, nothing wrong, two persons."""

from __future__ import annotations

from django.utils import timezone

from lantai.administration.models import Person, Role
from lantai.digitisation.models import Acceptance, ScanBatch
from lantai.digitisation.services import begin_acceptance, conclude_acceptance, judge_record, sign_acceptance
from tests.digitisation.scans import by
from tests.make_people import make_person


def second_person() -> Person:
    """Another archivist."""
    return Person.objects.filter(username="second").first() or make_person(Role.ARCHIVIST, username="second")


def accept(batch: ScanBatch, person: Person) -> Acceptance:
    """Accept a batch, its recognition rate not asked for."""
    now = timezone.now()
    made = begin_acceptance(batch_id=batch.pk, rate=100, passing=95, read=0, by=by(person), now=now)
    for each in made.drawn.all():
        judge_record(acceptance_id=made.pk, drawn_id=each.pk, faults=[], note="", by=by(person), now=now)
    assert conclude_acceptance(acceptance_id=made.pk, note="", by=by(person), now=now) == ()
    sign_acceptance(acceptance_id=made.pk, by=by(second_person()), now=now)
    made.refresh_from_db()
    return made
