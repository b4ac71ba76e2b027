"""Tables of storage: locations and the objects kept there."""

from __future__ import annotations

from django.db import models


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
