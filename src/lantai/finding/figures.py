"""How far search is behind the ledger, in one query."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce

from lantai.finding.models import IndexBuild
from lantai.finding.services.indexing import FOLLOWED
from lantai.ledger.queries import entries_behind


def index_lag() -> tuple[int, datetime | None]:
    """How many entries the index in use has not seen, and when the oldest of them happened; (0, None) when none."""
    position = Coalesce(Subquery(IndexBuild.objects.filter(current=True).values("position")[:1]), Value(0))
    return entries_behind(position=position, kinds=FOLLOWED)
