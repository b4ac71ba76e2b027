"""Background work stands back while other work is due or under way, but not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from lantai.work.models import Job, JobState
from lantai.work.services import queue_job
from lantai.work.services.running import PATIENCE, claim_job
from tests.work import tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def queue(word: str, *, background: bool) -> None:
    queue_job(task=tasks.note, title="记", arguments={"word": word}, key=word, background=background)


def test_background_work_waits_while_other_work_is_due_or_under_way() -> None:
    queue("later", background=True)
    queue("first", background=False)
    now = timezone.now()
    first = claim_job(worker="a", now=now)
    assert first is not None
    assert first.key == "first"
    assert claim_job(worker="b", now=now) is None
    Job.objects.filter(pk=first.pk).update(state=JobState.DONE)
    later = claim_job(worker="b", now=now)
    assert later is not None
    assert later.key == "later"


def test_background_work_that_waited_long_is_taken_anyway() -> None:
    queue("later", background=True)
    queue("first", background=False)
    now = timezone.now()
    first = claim_job(worker="a", now=now)
    assert first is not None
    Job.objects.filter(pk=first.pk).update(leased_until=now + timedelta(hours=1))
    assert claim_job(worker="b", now=now + PATIENCE - timedelta(seconds=5)) is None
    later = claim_job(worker="b", now=now + PATIENCE + timedelta(seconds=5))
    assert later is not None
    assert later.key == "later"


def test_a_dead_worker_does_not_hold_background_work_back() -> None:
    queue("first", background=False)
    now = timezone.now()
    dead = claim_job(worker="a", now=now)
    assert dead is not None
    queue("later", background=True)
    Job.objects.filter(pk=dead.pk).update(leased_until=now - timedelta(seconds=1))
    taken = {each.key for each in (claim_job(worker="b", now=now), claim_job(worker="c", now=now)) if each}
    assert "first" in taken
