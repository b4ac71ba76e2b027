"""Tables of the ledger (存证账本): entries, tiles of the tree over them, checkpoints, followers' positions."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One event, kept for ever. ``index`` is its place in the tree: null until the sequencer has come by.

    ``text`` is the canonical JSON that ``commitment`` binds together with ``salt``; the columns beside it repeat
    what stands in it, so that it can be asked for (standards-cn 13.10-88: time, user, role, address, object,
    action, result). An erased entry has neither text nor salt; commitment, kind, subject and time stay.
    """

    index = models.BigIntegerField(null=True, unique=True)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=255)
    actor = models.CharField(max_length=255)
    role = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=64, blank=True)
    result = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    text = models.TextField(null=True)
    salt = models.BinaryField(null=True)
    commitment = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(index__isnull=True), name="ledger_entry_waiting"),
            models.Index(fields=["subject", "id"], name="ledger_entry_subject"),
            models.Index(fields=["kind", "index"], name="ledger_entry_kind"),
            models.Index(fields=["actor", "at"], name="ledger_entry_actor"),
            models.Index(fields=["role", "id"], name="ledger_entry_role"),
            models.Index(fields=["at"], name="ledger_entry_at"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(text__isnull=True, salt__isnull=True)
                | models.Q(text__isnull=False, salt__isnull=False),
                name="ledger_entry_erased_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Tile(models.Model):
    """A tile of the tree: up to 256 hashes of 32 bytes. A partial tile's row grows; its beginning never changes."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="ledger_tile_once")]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(models.Model):
    """A signed checkpoint (检查点): the tree's size and root, and the note as published."""

    size = models.BigIntegerField(unique=True)
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.size)


class Cursor(models.Model):
    """How far a follower has read: ``position`` is the first entry it has not seen."""

    follower = models.CharField(max_length=64, primary_key=True)
    position = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.follower} {self.position}"
