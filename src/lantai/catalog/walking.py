"""From one record to the one before and after it: in the list one came from, else among all that are held."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, Role
from lantai.catalog.queries import RecordView
from lantai.catalog.queries.describing import QUEUES, neighbours
from lantai.work.queries import Walk, walk


def walk_past(request: HttpRequest, record: RecordView, reader: Reader) -> Walk | None:
    """The records before and after this one; None for the public, who come from one search only."""
    if reader.role == Role.PUBLIC:
        return None
    code, queue = record.summary.record_code, request.GET.get("queue", "")
    found = walk(reader=reader, given=request.GET, keys={"records": code, "children": code})
    if found is not None:
        words = request.GET.get("q", "").strip()[:200]
        return _with_words(found, words) if words else found
    queue = queue if queue in QUEUES else ""
    kept = urlencode({"queue": queue}) if queue else ""
    places = [
        f"{reverse('record', args=[each])}{'?' if kept else ''}{kept}" if each else ""
        for each in neighbours(record_id=record.summary.id, queue=queue, reader=reader)
    ]
    back = f"{reverse('describing')}?{kept}" if queue and reader.role == Role.ARCHIVIST else ""
    return Walk(places[0], places[1], back, _("著录与复核") if back else "", kept)


def _with_words(found: Walk, words: str) -> Walk:
    """The same with the words that are lit on the pages before and after."""
    q = urlencode({"q": words})
    before, after = (f"{each}&{q}" if each else "" for each in (found.previous, found.following))
    return Walk(before, after, found.back, found.place, found.kept)
