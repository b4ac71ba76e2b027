"""A whole package in one request: its bytes first, durably, then row, receipt and ledger in one transaction (law 1)."""

from __future__ import annotations

import os
from datetime import datetime
from typing import BinaryIO

from django.db import IntegrityError

from lantai.common.durability import flush_file
from lantai.ingest.area import receiving_path
from lantai.ingest.models import Receipt, Submission, SubmissionState
from lantai.ingest.services.receiving import (
    NewSubmission,
    NoSpace,
    SubmissionRefused,
    copy_stream,
    known_submission,
    receive_content,
    refuse_what_cannot_be,
    refuse_without_space,
    submission_row,
)


def push_package(*, new: NewSubmission, stream: BinaryIO, now: datetime) -> tuple[Submission, Receipt | None]:
    """Receive the package *new* from *stream*, which holds all of its ``size`` bytes.

    Returns the submission and its first receipt; when the idempotency key of *new* is known, the submission it belongs
    to and None. What breaks off leaves nothing behind and is sent again. Raises SubmissionRefused, also with
    ``cut-short`` for a stream that ends early, and NoSpace.
    """
    refuse_what_cannot_be(new=new)
    row = submission_row(new=new, state=SubmissionState.RECEIVING, now=now)
    path = receiving_path(row.record_code)
    path.parent.mkdir(parents=True, exist_ok=True)
    refuse_without_space(folder=path.parent, needed=new.size)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
    kept = False
    try:
        came = copy_stream(stream=stream, target=descriptor, length=new.size)
        if came < new.size:
            raise SubmissionRefused("cut-short", f"{new.size} bytes were announced and {came} came: send it again")
        try:
            os.fsync(descriptor)
        except OSError as error:
            raise NoSpace(str(error)) from error
        flush_file(path.parent)
        try:
            (receipt,) = receive_content(submissions=[row], now=now)
        except IntegrityError:
            if new.idempotency_key is None:
                raise
            return known_submission(new=new), None
        kept = True
    finally:
        os.close(descriptor)
        if not kept:
            path.unlink(missing_ok=True)
    return row, receipt
