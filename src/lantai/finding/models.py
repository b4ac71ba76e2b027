"""How far the index has come; all else of finding lies in files that can be made anew."""

from __future__ import annotations

from django.db import models


class IndexBuild(models.Model):
    """One generation of the search index: where its files lie and how far it was filled.

    ``position`` is the first ledger index it has not yet followed. ``parts`` are the first days (yyyymmdd) of its
    parts. A rebuild fills part after part by day and number: ``parts_filled`` are done, ``last_day`` and
    ``last_record`` the last it put in, ``records`` how many.
    """

    name = models.CharField(max_length=40, unique=True)
    schema = models.CharField(max_length=16)
    current = models.BooleanField(default=False)
    position = models.BigIntegerField(default=0)
    parts = models.JSONField(default=list)
    parts_filled = models.PositiveIntegerField(default=0)
    last_day = models.PositiveIntegerField(default=0)
    last_record = models.BigIntegerField(default=0)
    records = models.BigIntegerField(default=0)
    filled = models.BooleanField(default=False)
    begun_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["current"], condition=models.Q(current=True), name="finding_one_current_index"
            )
        ]

    def __str__(self) -> str:
        return self.name
