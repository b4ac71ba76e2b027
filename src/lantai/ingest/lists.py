"""The lists of intake in which rows are selected and views are kept: submissions, batches, cases owed, corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from lantai.administration.queries.people import Reader, Role
from lantai.common.components_lists import Picking
from lantai.ingest import batch_queries, queries
from lantai.ingest import case_queries as cases
from lantai.ingest import correction_queries as corrections
from lantai.ingest.asking_forms import AskedForm
from lantai.ingest.forms import BatchesForm, SubmissionsForm
from lantai.ingest.services.reminding import CASE, PACKAGE
from lantai.work import queries as work
from lantai.work.services import Listing, Neighbours, filter_asked

WATCHERS = frozenset((Role.ARCHIVIST, Role.DEPARTMENT, Role.SUPERVISOR))


def sees_all(reader: Reader) -> bool:
    """Whether the submissions of every body are this reader's to see."""
    return reader.role in (Role.ARCHIVIST, Role.SUPERVISOR)


def submissions_asked(given: QueryDict, reader: Reader) -> Mapping[str, Any]:
    """The filter of the list of submissions in the parameters of an address, as its queries take it; what makes no
    sense is left out.
    """
    form = SubmissionsForm(given, bodies=False)
    form.is_valid()
    asked = form.cleaned_data
    return {
        "states": [asked["state"]] if asked.get("state") else [],
        "text": asked.get("text", ""),
        "organisation_id": _body(given, reader),
    }


def batches_asked(given: QueryDict, reader: Reader) -> Mapping[str, Any]:
    """The same of the list of batches."""
    form = BatchesForm(given, bodies=False)
    form.is_valid()
    asked = form.cleaned_data
    return {
        "waiting": bool(asked.get("waiting")),
        "text": asked.get("text", ""),
        "organisation_id": _body(given, reader),
    }


def cases_asked(given: QueryDict, reader: Reader) -> Mapping[str, Any]:
    """The same of the cases behind one number; without one, those closed and not handed over."""
    asked = _asked(given)
    item = asked.get("item")
    return {
        "state": asked["state"] if asked.get("state") in cases.STATES else "closed",
        "text": asked.get("text", ""),
        "organisation_id": _body(given, reader),
        "item_code": None if not item else item.strip("-"),
    }


def corrections_asked(given: QueryDict, reader: Reader) -> Mapping[str, Any]:
    """The same of corrections; without a state, the open ones."""
    asked = _asked(given)
    return {
        "state": asked["state"] if asked.get("state") in corrections.STATES else "open",
        "text": asked.get("text", ""),
        "organisation_id": _body(given, reader),
    }


def _asked(given: QueryDict) -> Mapping[str, Any]:
    form = AskedForm(given, bodies=False)
    form.is_valid()
    return form.cleaned_data


def _body(given: QueryDict, reader: Reader) -> int | None:
    """The body that is asked for, without reading which there are."""
    text = given.get("organisation", "")
    known = sees_all(reader) and text.isascii() and text.isdecimal() and len(text) < 16
    return int(text) if known else None


def _count_submissions(reader: Reader, query: str) -> int:
    return queries.count_submissions(reader=reader, **submissions_asked(QueryDict(query), reader))


def _submission_keys(reader: Reader, query: str, among: Sequence[str] | None, limit: int) -> list[str]:
    asked = submissions_asked(QueryDict(query), reader)
    return queries.submission_codes(reader=reader, among=among, limit=limit, **asked)


def _submission_neighbours(reader: Reader, query: str, key: str) -> Neighbours | None:
    asked = submissions_asked(QueryDict(query), reader)
    return queries.submission_neighbours(reader=reader, record_code=key, **asked)


def _batch_neighbours(reader: Reader, query: str, key: str) -> Neighbours | None:
    asked = batches_asked(QueryDict(query), reader)
    return batch_queries.batch_neighbours(reader=reader, batch_id=int(key), **asked)


def _count_cases(reader: Reader, query: str) -> int:
    return cases.count_cases(reader=reader, today=timezone.localdate(), **cases_asked(QueryDict(query), reader))


def _case_keys(reader: Reader, query: str, among: Sequence[str] | None, limit: int) -> list[str]:
    asked, today = cases_asked(QueryDict(query), reader), timezone.localdate()
    numbers = None if among is None else [key.removeprefix(CASE) for key in among]
    return [CASE + each for each in cases.case_keys(reader=reader, today=today, among=numbers, limit=limit, **asked)]


def _count_corrections(reader: Reader, query: str) -> int:
    return corrections.count_corrections(reader=reader, **corrections_asked(QueryDict(query), reader))


def _correction_keys(reader: Reader, query: str, among: Sequence[str] | None, limit: int) -> list[str]:
    asked = corrections_asked(QueryDict(query), reader)
    codes = None if among is None else [key.removeprefix(PACKAGE) for key in among]
    found = corrections.correction_codes(reader=reader, among=codes, limit=limit, **asked)
    return [PACKAGE + each for each in found]


SUBMISSIONS = Listing(
    key="submissions",
    words=gettext_lazy("接收与检测"),
    address="submissions",
    fields=("state", "organisation", "text"),
    roles=WATCHERS,
    count=_count_submissions,
    keys=_submission_keys,
    neighbours=_submission_neighbours,
    place=lambda key: reverse("submission", args=[key]),
)
BATCHES = Listing(
    key="batches",
    words=gettext_lazy("移交批次"),
    address="batches",
    fields=("waiting", "organisation", "text"),
    roles=WATCHERS,
    neighbours=_batch_neighbours,
    place=lambda key: reverse("batch", args=[key]),
)
CASES = Listing(
    key="cases",
    words=gettext_lazy("待归档与移交"),
    address="handover-cases",
    fields=("state", "organisation", "item", "text"),
    roles=WATCHERS,
    count=_count_cases,
    keys=_case_keys,
)
CORRECTIONS = Listing(
    key="corrections",
    words=gettext_lazy("退回与补正"),
    address="corrections",
    fields=("state", "organisation", "text"),
    roles=WATCHERS,
    count=_count_corrections,
    keys=_correction_keys,
)


def bar_above(
    request: HttpRequest, reader: Reader, listing: Listing, shown: Sequence[str], total: int
) -> tuple[Picking | None, frozenset[str]]:
    """The bar above the rows *shown* of *total*, and which of them are selected; none for one who can do nothing."""
    query = filter_asked(listing, request.GET)
    return work.bar_above(
        reader=reader, listing=listing, shown=shown, query=query, total=total, back=request.get_full_path()
    )
