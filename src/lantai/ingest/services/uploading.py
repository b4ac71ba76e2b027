"""Packages sent through a browser: in pieces or whole, with or without a hand-over list registered before."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO

from django.core.exceptions import ObjectDoesNotExist

from lantai.archival.packages import read_handover_list
from lantai.archival.packages.handover import HandoverListRefused
from lantai.ingest.models import Batch, ChannelKind, Submission
from lantai.ingest.services.batches import open_batch
from lantai.ingest.services.receiving import (
    NewSubmission,
    SubmissionRefused,
    append_content,
    open_submission,
)

LIST_BYTES = 16 * 1024 * 1024
_SUFFIXES = (".tar.gz", ".tgz", ".tar", ".zip", ".eep")


class ListRefused(Exception):
    """A hand-over list that cannot be taken; the message says what is wrong, briefly."""


def register_list(*, organisation_id: int, name: str, data: bytes, now: datetime) -> Batch:
    """Open a batch from a hand-over list (移交清单): later packages of the batch are checked against their lines.

    The same list again gives the same batch. Raises ListRefused.
    """
    try:
        lines = read_handover_list(data)
        if not lines:
            raise ListRefused("no line")
        number = next((each.batch for each in lines if each.batch), "") or f"{now:%Y%m%d%H%M%S}"
        batch = open_batch(
            organisation_id=organisation_id,
            channel=ChannelKind.UPLOAD,
            number=f"{organisation_id}-{number}"[:40],
            name=name[:200],
            count=len(lines),
            size=sum(each.size or 0 for each in lines) or None,
            handover={
                stem_of(name=each.name): {
                    "size": each.size,
                    "algorithm": each.digest_algorithm,
                    "digest": each.digest,
                    "batch": each.batch,
                    "values": dict(each.values),
                }
                for each in lines
            },
            now=now,
        )
    except (HandoverListRefused, SubmissionRefused) as refused:
        raise ListRefused(str(refused)) from None
    return batch


def open_upload(
    *,
    organisation_id: int,
    name: str,
    profile: str,
    size: int,
    key: str,
    batch: str = "",
    replaces: str = "",
    now: datetime,
) -> Submission:
    """Begin one upload, or find it again by *key* (name, size and date of the file as its browser knows them).

    Raises SubmissionRefused, also for a batch that is not this organisation's.
    """
    held = _batch(batch, organisation_id)
    line: dict[str, Any] = held.handover.get(stem_of(name=name), {}) if held else {}
    submission, _new = open_submission(
        new=NewSubmission(
            organisation_id=organisation_id,
            name=name,
            profile=profile,
            size=size,
            channel=ChannelKind.UPLOAD,
            batch_id=held.pk if held else None,
            idempotency_key=f"upload/{batch}/{replaces}/{key}"[:200],
            digest_algorithm=str(line.get("algorithm", "")),
            digest=str(line.get("digest", "")),
            handover={each: line[each] for each in ("size", "batch", "values")} if line else {},
            replaces=replaces,
        ),
        now=now,
    )
    return submission


def take_upload(*, submission: Submission, stream: BinaryIO, now: datetime) -> None:
    """The whole of one package at once, as a form without script sends it. Raises as append_content."""
    append_content(submission=submission, offset=0, stream=stream, length=submission.declared_size, now=now)


def find_upload(*, organisation_id: int, key: str, batch: str = "", replaces: str = "") -> Submission | None:
    """The upload that was begun under *key*, or None."""
    wanted = f"upload/{batch}/{replaces}/{key}"[:200]
    return Submission.objects.filter(organisation_id=organisation_id, idempotency_key=wanted).first()


def stem_of(*, name: str) -> str:
    """The name of a package without the suffix of its container, as lists name it."""
    lower = name.lower()
    return next((name[: -len(each)] for each in _SUFFIXES if lower.endswith(each)), name)


def _batch(number: str, organisation_id: int) -> Batch | None:
    if not number:
        return None
    try:
        return Batch.objects.get(number=number, organisation_id=organisation_id)
    except ObjectDoesNotExist:
        raise SubmissionRefused("no-such-batch", f"there is no batch {number}") from None
