"""Where a submission stands in the list one came from, and where to go on after deciding it."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from lantai.administration.queries.people import Reader, Role
from lantai.ingest.queries import next_open
from lantai.work.queries import Walk, walk


def walk_past(request: HttpRequest, record_code: str, reader: Reader) -> Walk | None:
    """The submissions before and after in the queue or list one came from; None when one came from none."""
    kind = "correction" if reader.role == Role.DEPARTMENT else "submission"
    return walk(reader=reader, given=request.GET, keys={"duties": f"{kind}:{record_code}", "submissions": record_code})


def next_place(request: HttpRequest, record_code: str, reader: Reader) -> str:
    """Where to go on: the next of the list one came from, else the oldest that waits."""
    found = walk_past(request, record_code, reader)
    if found is not None:
        return found.following or found.back
    following = next_open(reader=reader, after=record_code)
    return reverse("submission", args=[following]) if following else reverse("submissions")
