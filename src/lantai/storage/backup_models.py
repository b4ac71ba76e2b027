"""The register of backups (备份登记) and of restore drills (恢复演练), and the policy they are judged by."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class BackupPolicy(models.Model):
    """What was decided about backups, signed by a person; the newest row counts, the older ones are its history.

    ``every_hours`` between two backups of the database, ``key_hours`` between two of keys that changed; ``generations``
    of the database are kept, of keys those of at most ``key_days``. The targets a drill is measured against:
    ``point_hours`` (RPO: what a disaster may cost at most), ``time_minutes`` (RTO: from the order to readable),
    ``drill_days`` between two drills.
    """

    every_hours = models.PositiveSmallIntegerField(default=24)
    key_hours = models.PositiveSmallIntegerField(default=1)
    generations = models.PositiveSmallIntegerField(default=30)
    key_days = models.PositiveSmallIntegerField(default=30)
    point_hours = models.PositiveSmallIntegerField(default=24)
    time_minutes = models.PositiveSmallIntegerField(default=240)
    drill_days = models.PositiveSmallIntegerField(default=365)
    reason = models.CharField(max_length=200)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.every_hours} h, {self.generations}, {self.key_days} d"


class Backup(models.Model):
    """One backup, of the database with what lies beside it, or of the keys.

    ``begun_at`` is the moment it speaks of: nothing later is in it, everything earlier is. ``place`` is its folder, or
    its file; ``digest`` the SHA-256 of its manifest; ``entries`` how long the ledger was; ``facts`` what was counted.
    ``verified_at``: read again whole and digested. ``transit``: it still has the packages on their way in, which go
    with the keys, since they may be sealed later; ``gone_at``: when the rest went, too.
    """

    class Kind(models.TextChoices):
        """What was backed up."""

        DATABASE = "database", _("数据库")
        KEYS = "keys", _("密钥")

    class State(models.TextChoices):
        """How it stands."""

        MAKING = "making", _("进行中")
        KEPT = "kept", _("在库")
        FAILED = "failed", _("失败")
        GONE = "gone", _("已清除")

    name = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.MAKING)
    by = models.CharField(max_length=64)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    place = models.CharField(max_length=1024)
    bytes = models.BigIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    entries = models.BigIntegerField(default=0)
    facts = models.JSONField(default=dict)
    verified_at = models.DateTimeField(null=True)
    transit = models.BooleanField(default=False)
    gone_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "-begun_at"], name="storage_backup_begun"),
            models.Index(fields=["begun_at"], condition=Q(state="kept"), name="storage_backup_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class RestoreDrill(models.Model):
    """A restore that was tried (恢复演练): of which backup, when, by whom, and its report, line by line as measured.

    ``met`` says whether every line was as it must be; ``digest`` is the SHA-256 of the report as JSON, which the ledger
    has, too.
    """

    backup = models.CharField(max_length=40)
    by = models.CharField(max_length=64)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    met = models.BooleanField()
    report = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["-begun_at"], name="storage_drill_begun")]

    def __str__(self) -> str:
        return f"{self.backup} {self.begun_at}"
