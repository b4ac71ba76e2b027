"""Receipts (回执): a signed chain from the first byte to the archive code, which a department can check by itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings

from lantai.common.keys import signing_key
from lantai.ingest.models import Receipt, Submission

KEY = "receipts"
_JSON = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """What is to be said to the department about one submission; ``number`` is its place in the chain, from 1."""

    submission: Submission
    number: int
    kind: str
    content: Mapping[str, Any]
    previous: str = ""


def write_receipts(*, receipts: Sequence[NewReceipt], now: datetime) -> list[Receipt]:
    """Sign and keep *receipts* in the caller's transaction.

    The signed text is canonical JSON (sorted keys, no blanks, UTF-8) and names the archive, the 电子文件号, the kind,
    the time and the SHA-256 of the receipt before; the signature is Ed25519 over that text.
    """
    key = signing_key(KEY)
    rows = []
    for each in receipts:
        raw = _JSON.encode(
            {
                "archive": settings.LANTAI_ARCHIVE_NAME,
                "record_code": each.submission.record_code,
                "package": each.submission.name,
                "number": each.number,
                "kind": each.kind,
                "at": now.isoformat(timespec="milliseconds"),
                "previous": each.previous,
                "content": each.content,
            }
        )
        rows.append(
            Receipt(
                submission_id=each.submission.pk,
                number=each.number,
                kind=each.kind,
                body=raw.decode(),
                digest=hashlib.sha256(raw).hexdigest(),
                signature=base64.b64encode(key.sign(raw)).decode("ascii"),
                at=now,
            )
        )
    return Receipt.objects.bulk_create(rows)


def last_receipts(*, submission_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Number and digest of the newest receipt of each submission, for the next link of its chain."""
    found: dict[int, tuple[int, str]] = {}
    rows = Receipt.objects.filter(submission_id__in=submission_ids).order_by("number")
    for submission_id, number, digest in rows.values_list("submission_id", "number", "digest"):
        found[submission_id] = (number, digest)
    return found
