"""How far search is behind the ledger and the ledger behind the entries, in one query."""

from __future__ import annotations

from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce

from lantai.finding.models import IndexBuild
from lantai.finding.services.indexing import FOLLOWED
from lantai.ledger.queries import Lag, entries_waiting


def ledger_and_index_lag() -> tuple[Lag, Lag]:
    """How many entries wait to be sequenced, and how many sequenced ones the index in use has not seen."""
    position = Coalesce(Subquery(IndexBuild.objects.filter(current=True).values("position")[:1]), Value(0))
    return entries_waiting(position=position, kinds=FOLLOWED)
