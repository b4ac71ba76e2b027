"""Tables of storage: locations, the objects kept there, their copies, the carriers, and the rounds of verification."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lantai.storage.backup_models import Backup, BackupPolicy, RestoreDrill

__all__ = [
    "Backup",
    "BackupPolicy",
    "Copy",
    "CopyPolicy",
    "KeyDestruction",
    "Location",
    "Medium",
    "NotedChange",
    "Quarantined",
    "Removal",
    "RestoreDrill",
    "SealingRule",
    "StoredObject",
    "VerificationFinding",
    "VerificationRound",
]


class Location(models.Model):
    """A place where objects lie (存储位置): an OCFL storage root on a file system, or in a bucket of an S3 service.

    ``path`` is the folder of the root (empty: LANTAI_STORAGE), or the folder in the bucket; ``endpoint`` and ``bucket``
    are those of an S3 service, its keys lie in LANTAI_HOME/keys/storage. The location "main" has the first copy.

    What a person declares and signs in the ledger: ``medium`` (the kind of carrier), ``place`` (where it stands),
    ``offline`` (connected at times only), ``write_once`` (nothing there is ever changed or removed), ``in_service``
    (wanted as a place of copies). What is measured at every look: ``device`` (file system, or endpoint: copies on one
    count once), ``promises`` (what an S3 service keeps of its promises; shown, never relied upon), ``away_since``,
    ``trouble`` (why it is away, or what failed last). ``read_rate`` is what its copies may be read again with, in
    megabytes a second, ``cycle_days`` how long at most a copy stays unread. ``round_since``: a person asked for a whole
    round then, every copy not read since is due. ``paused_since``: nothing is read again or repaired there since then.
    """

    class Kind(models.TextChoices):
        """How it is spoken to."""

        POSIX = "posix", _("文件系统")
        S3 = "s3", _("对象存储")

    class Carrier(models.TextChoices):
        """Kinds of carriers (载体类型): two of them make two kinds of media."""

        DISK = "disk", _("硬磁盘")
        SSD = "ssd", _("固态硬盘")
        ARRAY = "array", _("磁盘阵列")
        OBJECT = "object", _("对象存储")
        TAPE = "tape", _("磁带")
        OPTICAL = "optical", _("光盘")
        FILM = "film", _("缩微胶片")

    code = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.POSIX)
    path = models.CharField(max_length=1024, blank=True)
    endpoint = models.CharField(max_length=300, blank=True)
    bucket = models.CharField(max_length=100, blank=True)
    place = models.CharField(max_length=200, blank=True)
    medium = models.CharField(max_length=8, choices=Carrier.choices, blank=True)
    declared_by = models.CharField(max_length=64, blank=True)
    declared_at = models.DateTimeField(null=True)
    offline = models.BooleanField(default=False)
    write_once = models.BooleanField(default=False)
    in_service = models.BooleanField(default=True)
    device = models.CharField(max_length=300, blank=True)
    promises = models.JSONField(default=dict)
    looked_at = models.DateTimeField(null=True)
    away_since = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=500, blank=True)
    read_rate = models.PositiveSmallIntegerField(default=40)
    cycle_days = models.PositiveSmallIntegerField(default=90)
    round_since = models.DateTimeField(null=True)
    paused_since = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.code


class StoredObject(models.Model):
    """An OCFL object that is kept: written durably at ``location`` before its row is made (law 1).

    ``bytes`` and ``files`` count its newest version. ``sound`` and ``checked_at`` tell of the last fixity check of the
    first copy, None before it. ``safe`` says whether the policy is met by copies that were each read again:
    ``lacking`` what is missing else (``storage.policy.Lack``), ``demand`` what the policy asks. ``plan_due``: which
    locations shall have a copy is to be decided (again).
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
    plan_due = models.BooleanField(default=True)
    safe = models.BooleanField(default=False)
    demand = models.JSONField(default=dict)
    lacking = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["sound", "checked_at"], name="storage_object_checked"),
            models.Index(fields=["id"], condition=Q(plan_due=True), name="storage_object_plan_due"),
            models.Index(fields=["id"], condition=Q(safe=False), name="storage_object_unsafe"),
        ]

    def __str__(self) -> str:
        return self.object_id


class Copy(models.Model):
    """A whole copy (副本) of an object at a location, the first one at the main location among them.

    ``head`` and ``inventory_digest`` are of the version that was copied, empty before the first copying; the copy
    counts when they are the object's, its state is VERIFIED and its location is not away. ``verified_at`` is when every
    byte of it was last read again and digested by us. ``suspect_at``: when something near it was found damaged, so that
    it is read again before others. ``tried_at`` and ``fault`` tell of the last copying that failed.
    """

    class State(models.TextChoices):
        """What is known of it."""

        WANTED = "wanted", _("待复制")
        VERIFIED = "verified", _("已核对")
        DAMAGED = "damaged", _("损坏")
        MISSING = "missing", _("缺失")

    stored = models.ForeignKey(StoredObject, on_delete=models.CASCADE, related_name="copies")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="copies")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WANTED)
    head = models.CharField(max_length=16, blank=True)
    inventory_digest = models.CharField(max_length=128, blank=True)
    verified_at = models.DateTimeField(null=True)
    suspect_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stored", "location"], name="storage_one_copy_a_location")]
        indexes = [
            models.Index(fields=["location", "state", "id"], name="storage_copy_state"),
            models.Index(fields=["location", "verified_at"], name="storage_copy_verified"),
            models.Index(
                fields=["location", "-suspect_at"], condition=Q(suspect_at__isnull=False), name="storage_copy_suspect"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stored_id} @ {self.location_id}: {self.state}"


class Quarantined(models.Model):
    """What a damaged copy was, put aside before it was repaired (隔离): ``place`` is its folder, ``problems`` what was
    found, ``bytes`` how much is kept. It goes when a person lets it go.
    """

    object_id = models.CharField(max_length=255)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="quarantined")
    place = models.CharField(max_length=1024)
    problems = models.JSONField(default=list)
    bytes = models.BigIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.object_id} @ {self.location_id}"


class Removal(models.Model):
    """A copy that must still go (待删除副本), as its object is no longer kept. The row goes when the bytes are gone;
    a copy at a location that is away or written once waits for a person.
    """

    object_id = models.CharField(max_length=255)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="removals")
    asked_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    fault = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["object_id", "location"], name="storage_one_removal_a_location")]

    def __str__(self) -> str:
        return f"{self.object_id} @ {self.location_id}"


class CopyPolicy(models.Model):
    """How many copies records need (副本策略), of one fonds or all (""), of one class or all (""): see
    ``storage.policy.Demand``. The most particular one counts, of all records in an object the strictest. Without any
    row the default stands: three copies, two kinds of media, one elsewhere.
    """

    fonds_code = models.CharField(max_length=20, blank=True)
    class_code = models.CharField(max_length=60, blank=True)
    copies = models.PositiveSmallIntegerField(default=3)
    media = models.PositiveSmallIntegerField(default=2)
    elsewhere = models.PositiveSmallIntegerField(default=1)
    detached = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fonds_code", "class_code"], name="storage_one_policy_a_class")]

    def __str__(self) -> str:
        return f"{self.fonds_code or '*'} {self.class_code or '*'}: {self.copies}"


class Medium(models.Model):
    """A carrier in the register (载体登记): number, kind, capacity in bytes, what is on it, where it stands, and when
    it was and will be checked (DA/T 38, DA/T 74, DA/T 75).
    """

    class State(models.TextChoices):
        """Whether it is used."""

        IN_USE = "in-use", _("在用")
        SPARE = "spare", _("备用")
        RETIRED = "retired", _("已停用")

    number = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=8, choices=Location.Carrier.choices)
    capacity = models.BigIntegerField()
    content = models.CharField(max_length=300, blank=True)
    place = models.CharField(max_length=200, blank=True)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, related_name="media")
    made_on = models.DateField()
    checked_on = models.DateField(null=True)
    outcome = models.CharField(max_length=300, blank=True)
    next_check_on = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.IN_USE)

    class Meta:
        indexes = [models.Index(fields=["state", "next_check_on"], name="storage_medium_check")]

    def __str__(self) -> str:
        return self.number


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


class SealingRule(models.Model):
    """Whether what comes is sealed (加密策略), of one fonds or all (""), of one retention class or all (""); the most
    particular one counts, without any nothing is sealed. ``searchable``: whether the text of sealed documents may
    stand in the clear in the search index.
    """

    class Algorithm(models.TextChoices):
        """How content is sealed; its data keys are wrapped by the same cipher."""

        AES = "AES-256-GCM", "AES-256-GCM"
        SM4 = "SM4-GCM", "SM4-GCM"

    fonds_code = models.CharField(max_length=20, blank=True)
    retention = models.CharField(max_length=8, blank=True)
    sealed = models.BooleanField(default=True)
    algorithm = models.CharField(max_length=12, choices=Algorithm.choices, default=Algorithm.AES)
    searchable = models.BooleanField(default=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fonds_code", "retention"], name="storage_one_sealing_a_class")]

    def __str__(self) -> str:
        return f"{self.fonds_code or '*'} {self.retention or '*'}: {self.algorithm if self.sealed else '-'}"


class KeyDestruction(models.Model):
    """The keys of one unit (a record's folder) of an object, destroyed or about to be (销毁密钥).

    The row comes first and stays: keys of a unit that stands here never count again, wherever a backup of the key
    store brings them back from. ``proofs`` are the digests of the keys; without ``finished_at`` it is not done.
    ``complete_at``: no backup that may hold one of the keys is left any more.
    """

    object_id = models.CharField(max_length=255)
    unit = models.CharField(max_length=255)
    subject = models.CharField(max_length=64)
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=64)
    role = models.CharField(max_length=32, blank=True)
    address = models.CharField(max_length=64, blank=True)
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    complete_at = models.DateTimeField(null=True)
    proofs = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["object_id", "unit"], name="storage_one_destruction_a_unit")]
        indexes = [
            models.Index(fields=["id"], condition=Q(finished_at=None), name="storage_destruction_open"),
            models.Index(fields=["subject"], name="storage_destruction_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.object_id} {self.unit}"


class NotedChange(models.Model):
    """A row that came, changed or went since the tables were last kept in storage; the database notes it by itself.

    ``label`` names the table by its model, ``row_key`` the row. An empty ``row_key`` asks for the whole table, of which
    the rows up to ``reached`` are kept by now, in batches from number ``begun`` on.
    """

    label = models.CharField(max_length=80)
    row_key = models.CharField(max_length=255, blank=True)
    reached = models.CharField(max_length=255, blank=True)
    begun = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["label"], condition=Q(row_key=""), name="storage_noted_whole")]

    def __str__(self) -> str:
        return f"{self.label} {self.row_key}"
