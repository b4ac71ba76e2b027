"""The sorting of pages by kind (分类), taught by what people decided: in versions, each of which can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_tasks import task

from lantai.administration.services.people_access import Actor
from lantai.archival.imaging.sorting import Example, Sorter, title_of
from lantai.digitisation.models import ReadPage, SorterVersion
from lantai.digitisation.services.understanding import SYSTEM, active_sorter, levelling_of, lines_of
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import queue_job

LEAST_PAGES = 5
"""Fewer pages that people decided teach nothing."""
_MOST_PAGES = 4000
"""The latest pages that people decided, by which it is taught."""
_MOST_TESTED = 100
_TESTED_SHARE = 4
_TEACH = "lantai.digitisation.services.sorting.teach_sorter"


class TooFewPages(ValueError):
    """People decided the kind of too few pages to teach by."""


def ask_teaching(*, by: Actor, now: datetime) -> UUID | None:
    """Have the sorting taught by the pages whose kind people decided; the job, None while one waits already.

    Raises TooFewPages.
    """
    with transaction.atomic():
        count = ReadPage.objects.exclude(kind_by__in=("", SYSTEM)).exclude(kind="").count()
        if count < LEAST_PAGES:
            raise TooFewPages(str(count))
        queued = queue_job(
            task=_TEACH, title="训练文件分类", arguments={"by": by.reference}, key="sorter.teach", asked_by=by.reference
        )
        if queued is not None:
            append_entries(
                entries=[
                    NewEntry(
                        kind="sorter.teaching-asked", subject="sorter", actor=by.reference, at=now, role=by.role,
                        address=by.address, detail={"pages": count},
                    )
                ]
            )  # fmt: skip
    return queued


@task()
def teach_sorter(*, by: str) -> int:
    """Teach a new version; the number of it. It is put to use unless the one in use was oftener right on the latest
    pages, which neither had been taught by."""
    decided = ReadPage.objects.exclude(kind_by__in=("", SYSTEM)).annotate(decided=Coalesce("reviewed_at", "read_at"))
    pages = list(reversed(decided.select_related("page").order_by("-decided", "-pk")[:_MOST_PAGES]))
    in_use = SorterVersion.objects.filter(active=True).first()
    unseen = decided.filter(decided__gt=in_use.at).count() if in_use else len(pages)
    tested = min(_MOST_TESTED, len(pages) // _TESTED_SHARE, unseen)
    latest, earlier = pages[len(pages) - tested :], pages[: len(pages) - tested]
    right_before = _right(active_sorter(), latest)
    right = _right(Sorter.taught(_examples(earlier)), latest)
    made, now = Sorter.taught(_examples(pages)), timezone.now()
    with transaction.atomic():
        better = right >= right_before
        if better:
            SorterVersion.objects.filter(active=True).update(active=False)
        version = SorterVersion.objects.create(
            data=made.data(), pages=len(pages), kinds=len(made.words.kinds), tested=tested, right=right,
            right_before=right_before, active=better, by=by, at=now,
        )  # fmt: skip
        detail = {
            "pages": len(pages), "tested": tested, "right": right, "right_before": right_before, "in_use": better,
            "before": in_use.pk if in_use else None,
        }  # fmt: skip
        append_entries(
            entries=[
                NewEntry(kind="sorter.taught", subject=f"sorter:{version.pk}", actor="system", at=now, detail=detail)
            ]
        )
    return version.pk


def choose_sorter(*, number: int | None, by: Actor, now: datetime) -> None:
    """Use a version from now on; None for the one the product brings. Kinds that were told stay as they are.

    Raises SorterVersion.DoesNotExist.
    """
    with transaction.atomic():
        chosen = SorterVersion.objects.select_for_update().get(pk=number) if number is not None else None
        before = SorterVersion.objects.select_for_update().filter(active=True).first()
        if (before.pk if before else None) == number:
            return
        SorterVersion.objects.filter(active=True).update(active=False)
        if chosen is not None:
            chosen.active = True
            chosen.save(update_fields=["active"])
        detail = {"before": before.pk if before else None, "after": number}
        append_entries(
            entries=[
                NewEntry(
                    kind="sorter.chosen", subject=f"sorter:{number or 0}", actor=by.reference, at=now, role=by.role,
                    address=by.address, detail=detail,
                )
            ]
        )  # fmt: skip


def _examples(pages: Sequence[ReadPage]) -> list[Example]:
    made = []
    for each in pages:
        lines = levelling_of(each).lines(lines_of(each))
        if each.kind and lines:
            made.append(Example("\n".join(line.text for line in lines), each.kind, title_of(lines)))
    return made


def _right(sorter: Sorter, pages: Sequence[ReadPage]) -> int:
    """How many pages a sorter tells the kind of as people did."""
    return sum(sorter.decide(levelling_of(each).lines(lines_of(each))).kind == each.kind for each in pages)
