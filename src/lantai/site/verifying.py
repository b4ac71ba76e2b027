"""Verify everything that is kept (核验): ledger, receipts, catalogue, objects, shelf, keys, in steps one may break off.

The steward has one round made every day, as background work of a worker, at most LANTAI_VERIFY_MINUTES of it a day; a
round that is not finished goes on the next day. ``lantai verify`` makes a whole round at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from lantai.archival.verification import Found
from lantai.catalog.queries import unclaimed_contents, verify_records
from lantai.ingest.chains import open_boxes, verify_receipts
from lantai.ledger.queries import LedgerState, verify_ledger
from lantai.storage.key_checks import verify_keys
from lantai.storage.rounds import last_round
from lantai.storage.services import Damage, begin_round, check_storage, finish_round, note_round
from lantai.storage.shelves import verify_ledger_copies, verify_shelf
from lantai.work.figures import foreground_busy
from lantai.work.queries import key_rests
from lantai.work.services import current_job, queue_job

STEWARD = "system:verification"
KEY = "site.verify"
EVERY = timedelta(hours=24)
PIECE_SECONDS = 120.0
"""How long one job works before it makes room; the steward queues the next piece."""
_MOST_PROBLEMS = 20
_BOX = "urn:lantai:box:"
_DONE = "done"


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of one area: what was looked at, what was found, and where the area goes on, None at its end."""

    looked_at: int
    findings: tuple[Found, ...]
    after: Any | None


def verify_step(*, area: str, after: Any | None) -> Step:
    """Look at the next piece of *area*, from *after* on (None for its beginning)."""
    return _STEPS[area](after)


def verify_round(
    *,
    round_id: int,
    position: Mapping[str, Any],
    until: Callable[[], bool] = lambda: False,
    step_done: Callable[[str, Step], object] = lambda _area, _step: None,
) -> bool:
    """Go on with a round from *position* until it is done or *until* says so; returns whether it is done.

    After every step the position is kept, so that a round broken off anywhere goes on there.
    """
    areas = [*_STEPS, _DONE]
    area, after = position.get("area", areas[0]), position.get("after")
    while area != _DONE:
        if until():
            return False
        begun = time.monotonic()
        step = verify_step(area=area, after=after)
        following = area if step.after is not None else areas[areas.index(area) + 1]
        note_round(
            round_id=round_id,
            area=area,
            position={"area": following, "after": step.after},
            looked_at=step.looked_at,
            seconds=time.monotonic() - begun,
            findings=step.findings,
            now=timezone.now(),
        )
        step_done(area, step)
        area, after = following, step.after
    finish_round(round_id=round_id, now=timezone.now())
    return True


@task()
def verify_piece() -> int:
    """Go on with the steward's round for a while, as long as nothing else is to be done; returns the steps made.

    Beside an intake that never ends it makes one step each time it is queued.
    """
    job, steps = current_job(), 0
    begun = time.monotonic()
    found = last_round(by=STEWARD, finished=False)
    if found is None:
        return 0

    def count(_area: str, step: Step) -> None:
        nonlocal steps
        steps += 1
        if job is not None:
            job.report(done=steps)

    def enough() -> bool:
        return time.monotonic() - begun > PIECE_SECONDS or (steps > 0 and foreground_busy(now=timezone.now()))

    verify_round(round_id=found.id, position=found.position, until=enough, step_done=count)
    return steps


def queue_verification(*, now: datetime) -> bool:
    """Have the steward's round begun or gone on with, where one is due and the day has minutes left; whether it was.

    A piece that failed is tried again after an hour.
    """
    minutes = settings.LANTAI_VERIFY_MINUTES
    if not minutes or not key_rests(key=KEY, since=now - timedelta(hours=1)):
        return False
    going = last_round(by=STEWARD, finished=False)
    if going is None:
        last = last_round(by=STEWARD)
        if last is not None and now - last.started_at < EVERY:
            return False
        begin_round(by=STEWARD, now=now)
    elif going.seconds >= 60 * minutes * (1 + (now - going.started_at) // EVERY):
        return False
    return queue_job(task="lantai.site.verifying.verify_piece", title="核验", key=KEY, background=True) is not None


def _ledger(after: Any | None) -> Step:
    state = LedgerState(after["checked"], tuple(bytes.fromhex(each) for each in after["peaks"])) if after else None
    progress = verify_ledger(state=state or LedgerState(), limit=5000)
    broken = progress.found
    findings = (Found(f"ledger.{broken.code}", str(broken.index), {"detail": broken.detail}),) if broken else ()
    reached = {"checked": progress.state.checked, "peaks": [each.hex() for each in progress.state.peaks]}
    looked_at = progress.state.checked - (state.checked if state else 0)
    return Step(looked_at, findings, None if progress.done else reached)


def _copies(after: Any | None) -> Step:
    checked = verify_ledger_copies(after=after or 0)
    return Step(checked.entries, checked.findings, None if checked.done else checked.after)


def _receipts(after: Any | None) -> Step:
    checked = verify_receipts(after=after or 0, limit=200)
    return Step(checked.submissions, checked.findings, None if checked.done else checked.after)


def _records(after: Any | None) -> Step:
    checked = verify_records(after=after or 0, limit=100)
    return Step(checked.records, checked.findings, None if checked.done else checked.after)


def _objects(after: Any | None) -> Step:
    """Objects read whole, and boxes asked what in them no record owns; what is still being taken in is left out."""
    checked = check_storage(limit=5, after=after or 0)
    findings = [found for damage in checked.damages for found in _damage(damage)]
    coming = open_boxes()
    boxes = [each for each in checked.object_ids if each.startswith(_BOX) and each not in coming]
    for object_id, names in unclaimed_contents(object_ids=boxes).items():
        findings.append(Found("object.unclaimed", object_id, {"detail": ", ".join(names[:_MOST_PROBLEMS])}))
    return Step(checked.objects, tuple(findings), None if checked.done else checked.after)


def _shelf(after: Any | None) -> Step:
    checked = verify_shelf(after=after or "")
    return Step(checked.places, checked.findings, None if checked.done else checked.after)


def _keys(after: Any | None) -> Step:
    checked = verify_keys(after=after or 0)
    return Step(checked.contents, checked.findings, None if checked.done else checked.after)


def _damage(damage: Damage) -> list[Found]:
    return [
        Found(
            each.code,
            damage.object_id if each.code == "L001" else f"{damage.object_id} {each.path}",
            {"detail": each.detail} if each.detail else {},
        )
        for each in damage.problems[:_MOST_PROBLEMS]
    ]


_STEPS: Mapping[str, Callable[[Any | None], Step]] = {
    "ledger": _ledger,
    "copies": _copies,
    "receipts": _receipts,
    "records": _records,
    "objects": _objects,
    "shelf": _shelf,
    "keys": _keys,
}
