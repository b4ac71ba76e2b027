"""Tables of the ledger (存证账本): entries, tiles, checkpoints with what others signed, followers' positions."""

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
    """A signed checkpoint (检查点): the tree's size and root, and the note as the log signed it.

    ``cosigned_at`` says when enough witnesses had cosigned it by the policy of that moment; null until then.
    """

    size = models.BigIntegerField(unique=True)
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()
    cosigned_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["-size"], condition=models.Q(cosigned_at__isnull=False), name="ledger_checkpoint_cosigned"
            )
        ]

    def __str__(self) -> str:
        return str(self.size)


class Cursor(models.Model):
    """How far a follower has read: ``position`` is the first entry it has not seen."""

    follower = models.CharField(max_length=64, primary_key=True)
    position = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.follower} {self.position}"


class Witness(models.Model):
    """A witness we ask to cosign our checkpoints (见证方): its keys, who runs it, where it is, and how it stands.

    ``size`` is where it stands, as far as we know: the next proof begins there; ``cosigned_size`` is the last
    checkpoint whose cosignature reached us. ``tries`` counts failures since it last answered well, ``trouble`` says
    the last one.
    """

    name = models.CharField(max_length=255, unique=True)
    body = models.CharField(max_length=200)
    vkeys = models.JSONField(default=list)
    address = models.CharField(max_length=500)
    retired_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    cosigned_size = models.BigIntegerField(default=0)
    cosigned_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return self.name


class Cosignature(models.Model):
    """One witness's signature lines below a checkpoint, verified before they were kept; ``time`` is its own."""

    witness = models.ForeignKey(Witness, on_delete=models.PROTECT, related_name="cosignatures")
    size = models.BigIntegerField()
    lines = models.TextField()
    time = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["witness", "size"], name="ledger_cosignature_once")]
        indexes = [models.Index(fields=["size"], name="ledger_cosignature_size")]

    def __str__(self) -> str:
        return f"{self.witness_id} {self.size}"


class WitnessPolicy(models.Model):
    """How many of the witnesses in service must cosign (见证策略); the newest row counts."""

    least = models.PositiveSmallIntegerField()
    by = models.CharField(max_length=255)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.least)


class Timestamp(models.Model):
    """A time stamp (时间戳, RFC 3161) over a checkpoint's ``note``, as it was cosigned then; renewed by further ones.

    Number 1 stamps the note, each later one the note followed by all tokens before it. ``until`` is the day before
    which the newest must be renewed: the first end among its certificates and algorithms.
    """

    size = models.BigIntegerField()
    number = models.PositiveSmallIntegerField()
    note = models.TextField()
    token = models.BinaryField()
    authority = models.CharField(max_length=500)
    at = models.DateTimeField()
    until = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["size", "number"], name="ledger_timestamp_once")]

    def __str__(self) -> str:
        return f"{self.size}-{self.number}"


class Anchor(models.Model):
    """A transaction of an EVM chain whose data names a checkpoint (锚定): kept before it is sent, so that none is lost.

    ``block``, its hash and its time are the chain's, null until the transaction stands in a block.
    """

    size = models.BigIntegerField(unique=True)
    chain = models.BigIntegerField()
    transaction = models.CharField(max_length=66)
    sender = models.CharField(max_length=42)
    sent_at = models.DateTimeField()
    block = models.BigIntegerField(null=True)
    block_hash = models.CharField(max_length=66, blank=True)
    block_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.size} {self.transaction}"


class WitnessConflict(models.Model):
    """What a witness holds of our ledger and our ledger is not (见证矛盾): both notes, kept as evidence for ever.

    Settled when the same witness cosigns again.
    """

    witness = models.ForeignKey(Witness, on_delete=models.PROTECT, related_name="conflicts")
    kind = models.CharField(max_length=20)
    ours = models.TextField()
    held = models.TextField(blank=True)
    answer = models.CharField(max_length=500, blank=True)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["witness", "kind"], condition=models.Q(settled_at=None), name="ledger_one_open_conflict_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.witness_id}"
