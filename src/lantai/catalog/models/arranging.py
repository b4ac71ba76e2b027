"""Acts of arranging: many records moved, numbered or made a volume at once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Arrangement(models.Model):
    """One act of arranging many records (整理): chosen and told first, then carried out by a job.

    ``members`` are the records by primary key, in order; ``target`` what is wanted, as the kind needs it. ``done``
    counts the members dealt with: a job that was broken off goes on there. ``failures`` tells which were refused, and
    why: record code, key and values of the sentence.
    """

    class Kind(models.TextChoices):
        """What is done with the members."""

        CHOOSING = "choosing", _("选择")
        MOVE = "move", _("移动")
        VOLUME = "volume", _("组卷")
        NUMBER = "number", _("编号")
        VOID = "void", _("作废档号")

    class State(models.TextChoices):
        """How far it has come."""

        DRAFT = "draft", _("预备")
        QUEUED = "queued", _("办理中")
        DONE = "done", _("完成")

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CHOOSING)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    members = models.JSONField(default=list)
    target = models.JSONField(default=dict)
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    by = models.CharField(max_length=64)
    role = models.CharField(max_length=32)
    address = models.CharField(max_length=64, blank=True)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    task_id = models.UUIDField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    failures = models.JSONField(default=list)

    class Meta:
        verbose_name = _("整理")
        constraints = [
            models.UniqueConstraint(
                fields=["by"], condition=Q(state="draft"), name="catalog_one_draft_arrangement_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {len(self.members)}"
