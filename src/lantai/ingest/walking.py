"""Where a submission stands in the list one came from, and where to go on after deciding it."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from lantai.administration.queries.people import Reader, Role
from lantai.ingest.queries import next_open
from lantai.work.queries import Walk, walk


def walk_past(request: HttpRequest, record_code: str, reader: Reader) -> Walk | None:
    """The submissions before and after in the queue or list one came from; else among all."""
    kind = "correction" if reader.role == Role.DEPARTMENT else "submission"
    keys = {"duties": f"{kind}:{record_code}", "submissions": record_code}
    return walk(reader=reader, given=request.GET, keys=keys, otherwise="submissions")


def came_from_a_list(request: HttpRequest) -> bool:
    """Whether the address says from which list one came."""
    return bool(request.GET.get("queue"))


def next_place(request: HttpRequest, record_code: str, reader: Reader) -> str:
    """Where to go on: the next of the list one came from, else the oldest that waits."""
    found = walk_past(request, record_code, reader)
    if found is not None and came_from_a_list(request):
        return found.following or found.back
    following = next_open(reader=reader, after=record_code)
    return reverse("submission", args=[following]) if following else reverse("submissions")
