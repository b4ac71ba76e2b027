"""Which records lie in which stored objects: for policies, which name fonds and classes, and for whoever looks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Count

from lantai.administration.queries.people import Reader
from lantai.catalog.models import Describing, Representation
from lantai.catalog.queries.records import RecordSummary, summaries
from lantai.storage.queries import sealed_objects


def scopes_of_objects(*, object_ids: Collection[str]) -> dict[str, list[tuple[str, str, str]]]:
    """Fonds, category and class of the records in each of these objects, every combination once."""
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    rows = Representation.objects.filter(object_id__in=list(object_ids)).order_by()
    for object_id, *scope in rows.values_list(
        "object_id", "record__fonds_code", "record__category_code", "record__class_code"
    ).distinct():
        found[object_id].append((scope[0], scope[1], scope[2]))
    return dict(found)


def objects_of_records(*, record_codes: Collection[str]) -> list[str]:
    """Ids of the objects in which these records lie."""
    rows = Representation.objects.filter(record__record_code__in=list(record_codes)).order_by()
    return list(rows.values_list("object_id", flat=True).distinct())


def count_records_in(*, object_ids: Collection[str]) -> dict[str, int]:
    """How many records lie in each of these objects."""
    rows = Representation.objects.filter(object_id__in=list(object_ids)).order_by()
    return dict(rows.values_list("object_id").annotate(n=Count("record", distinct=True)))


def records_in_object(
    *, object_id: str, reader: Reader, offset: int = 0, limit: int = 50
) -> tuple[list[RecordSummary], int]:
    """Records of an object in the order of their rows, as far as *reader* may know of them, and how many there are."""
    ids = Representation.objects.filter(object_id=object_id).order_by("record_id").values_list("record_id", flat=True)
    every = ids.distinct()
    return summaries(record_ids=list(every[offset : offset + limit]), reader=reader), every.count()


def records_with_sealed_content(*, record_ids: Collection[int]) -> set[int]:
    """Those of these records whose files, or some of them, lie sealed: their text stands in no other place in the
    clear.
    """
    forms: dict[int, set[int]] = {}
    for pk, record in Representation.objects.filter(record__in=record_ids).values_list("pk", "record_id"):
        forms.setdefault(pk, set()).add(record)
    composed = Describing.objects.filter(record__in=record_ids, parts__isnull=False)
    for record, parts in composed.values_list("record_id", "parts"):
        for part in parts or []:
            forms.setdefault(int(part["r"]), set()).add(record)
    places = dict(Representation.objects.filter(pk__in=forms).values_list("pk", "object_id"))
    sealed = sealed_objects(object_ids=set(places.values()))
    return {record for pk, records in forms.items() if places.get(pk) in sealed for record in records}
