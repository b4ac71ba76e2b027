"""Files of exports do not stay: they hold what their asker may see, and he may not see it for ever."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta

from django.db import transaction

from lantai.exchange.area import export_folder
from lantai.exchange.models import Export
from lantai.ledger.services import NewEntry, append_entries

KEPT = timedelta(days=7)


def sweep_exports(*, now: datetime) -> int:
    """Remove the files of exports that were finished KEPT ago, with an entry each; returns how many."""
    old = Export.objects.filter(state=Export.State.READY, finished_at__lt=now - KEPT)
    swept = 0
    for each in old.order_by("pk")[:500]:
        with transaction.atomic():
            Export.objects.filter(pk=each.pk).update(state=Export.State.EXPIRED)
            entry = NewEntry(
                kind="export.expired", subject=f"export:{each.pk}", actor="system", at=now, detail={"name": each.name}
            )  # fmt: skip
            append_entries(entries=[entry])
        shutil.rmtree(export_folder(each.pk), ignore_errors=True)
        swept += 1
    return swept
