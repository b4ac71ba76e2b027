"""What a record's page says of the signatures and seals in its files: the verdicts now, and what they were before."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import groupby
from typing import Any

from django.urls import reverse

from lantai.administration.queries.people import Reader, Role
from lantai.catalog.models import JudgedSignature, SignatureVerdict
from lantai.catalog.queries import Act, RecordView
from lantai.catalog.queries.signatures import JudgedView, became_worse, verdicts_of_record
from lantai.common.components import Event
from lantai.common.signed import signatures_group
from lantai.common.written import written_moment


def signed_parts(record: RecordView, reader: Reader) -> dict[str, Any]:
    """The latest judgement as a group of the check list, the former ones, and the address to ask for another; nothing
    for a record without signatures, and for those who may not read it."""
    if not record.acts[Act.READ].allowed:
        return {}
    judged = verdicts_of_record(record_code=record.summary.record_code)
    if not judged:
        return {}
    latest = [each for each in judged if each.judged_at == judged[0].judged_at]
    return {
        "signatures": [signatures_group([(each.path, each.fact) for each in latest])],
        "judgements": [
            _event(moment, list(views)) for moment, views in groupby(judged, key=lambda each: each.judged_at)
        ],
        "rejudge": reverse("record-rejudge", args=[record.summary.record_code])
        if reader.role == Role.ARCHIVIST
        else "",
        "worsened": became_worse(judged=judged),
    }


def _event(moment: datetime, views: list[JudgedView]) -> Event:
    counts = Counter(each.fact.verdict for each in views)
    return Event(
        title=str(JudgedSignature.Occasion(views[0].occasion).label),
        at=written_moment(moment),
        detail="、".join(f"{SignatureVerdict(verdict).label} {count}" for verdict, count in counts.items()),
        stands="now",
    )
