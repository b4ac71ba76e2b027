"""The versions of what tells kinds of documents, and how often they are right; for archivists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from lantai.digitisation.models import ReadPage, SorterVersion


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version; of ``tested`` pages it had not seen it told ``right``, the one in use before ``right_before``."""

    number: int
    pages: int
    kinds: int
    tested: int
    right: int
    right_before: int
    active: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SortingView:
    """How documents are told apart: versions, newest first; pages by kind (empty: unknown); pages people decided, and
    how many of these since the version in use was taught."""

    versions: Sequence[VersionRow]
    kinds: Sequence[tuple[str, int]]
    decided: int
    fresh: int

    @property
    def in_use(self) -> VersionRow | None:
        """The version in use; None for the one the product brings."""
        return next((each for each in self.versions if each.active), None)


def sorting_view() -> SortingView:
    """How documents are told apart now."""
    fields = ("pk", "pages", "kinds", "tested", "right", "right_before", "active", "by", "at")
    versions = [VersionRow(*each) for each in SorterVersion.objects.order_by("-pk").values_list(*fields)[:50]]
    kinds = ReadPage.objects.values_list("kind").annotate(pages=Count("pk")).order_by("-pages", "kind")
    decided = ReadPage.objects.exclude(kind_by__in=("", "system")).exclude(kind="")
    in_use = next((each for each in versions if each.active), None)
    fresh = decided.filter(reviewed_at__gt=in_use.at) if in_use else decided
    return SortingView(versions, list(kinds), decided.count(), fresh.count())
