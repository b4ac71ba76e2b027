"""Tell departments that something happened: a webhook call with the newest receipts, where they asked for one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from lantai.administration.queries import webhook_secrets
from lantai.ingest.models import Receipt, Submission
from lantai.work.services import queue_dispatch


def tell_departments(*, submissions: Sequence[Submission], now: datetime) -> None:
    """Queue one call for each submission whose department gave a webhook address; in the caller's transaction."""
    wanting = [each for each in submissions if each.webhook]
    if not wanting:
        return
    secrets = webhook_secrets(credential_ids={each.credential_id for each in wanting if each.credential_id})
    for each in wanting:
        rows = Receipt.objects.filter(submission_id=each.pk).order_by("number")
        body = {
            "record_code": each.record_code,
            "package": each.name,
            "receipts": [
                {"body": body, "digest": digest, "signature": signature}
                for body, digest, signature in rows.values_list("body", "digest", "signature")
            ],
        }
        queue_dispatch(
            subject=each.record_code,
            address=each.webhook,
            body=json.dumps(body, ensure_ascii=False),
            secret=secrets.get(each.credential_id or 0, ""),
            now=now,
        )
