"""Tables of storage: locations, the objects kept there, and the rounds in which all of it is verified."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Location(models.Model):
    """A place where objects lie (存储位置): an OCFL storage root. An empty path means LANTAI_STORAGE."""

    code = models.CharField(max_length=32, unique=True)
    path = models.CharField(max_length=1024, blank=True)

    def __str__(self) -> str:
        return self.code


class StoredObject(models.Model):
    """An OCFL object that is kept: written durably before its row is made (law 1).

    ``bytes`` and ``files`` count its newest version. ``sound`` and ``checked_at`` tell of the last fixity check:
    None before the first.
    """

    object_id = models.CharField(max_length=255, unique=True)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="kept")
    head = models.CharField(max_length=16)
    inventory_digest = models.CharField(max_length=128)
    bytes = models.BigIntegerField()
    files = models.IntegerField()
    deposited_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    sound = models.BooleanField(null=True)

    class Meta:
        indexes = [models.Index(fields=["sound", "checked_at"], name="storage_object_checked")]

    def __str__(self) -> str:
        return self.object_id


class VerificationRound(models.Model):
    """One round over everything that is kept (核验): ledger, receipts, catalogue, objects, shelf.

    ``position`` is where it goes on, ``figures`` what was looked at so far by area, ``seconds`` the time it took.
    """

    by = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    position = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    seconds = models.FloatField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["-finished_at"], name="storage_round_finished"),
            models.Index(fields=["by"], condition=Q(finished_at=None), name="storage_round_open"),
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.started_at}"


class VerificationFinding(models.Model):
    """Something a round found not to be what it must be; open until a later whole round no longer finds it.

    ``code`` and ``values`` say it (``archival.verification.Found``), ``place`` says where.
    """

    area = models.CharField(max_length=20)
    code = models.CharField(max_length=64)
    place = models.CharField(max_length=600)
    values = models.JSONField(default=dict)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    mended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "code", "place"], condition=Q(mended_at=None), name="storage_one_open_finding_a_place"
            )
        ]
        indexes = [models.Index(fields=["area", "id"], condition=Q(mended_at=None), name="storage_finding_open")]

    def __str__(self) -> str:
        return f"{self.code} {self.place}"
