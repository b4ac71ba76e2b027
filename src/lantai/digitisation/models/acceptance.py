"""Acceptance of scan batches (验收): rounds, the records drawn, and what was found at each."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lantai.digitisation.models.scans import ScanBatch


class AcceptanceState(models.TextChoices):
    """Where a round stands: being inspected, concluded by the inspector, signed by a second person."""

    OPEN = "open", _("抽检中")
    CONCLUDED = "concluded", _("待签认")
    SIGNED = "signed", _("已签认")


class Acceptance(models.Model):
    """One round of acceptance (一次验收) of a batch: the draw, thresholds in per cent, what was measured, who said so.

    ``shortfalls`` are what was not reached (archival.imaging.acceptance.verdict_on); empty once concluded means
    accepted.
    """

    batch = models.ForeignKey(ScanBatch, on_delete=models.CASCADE, related_name="acceptances")
    round = models.PositiveIntegerField(_("第几次"))
    state = models.CharField(_("状态"), max_length=10, choices=AcceptanceState.choices, default=AcceptanceState.OPEN)
    seed = models.CharField(_("随机种子"), max_length=64)
    rate = models.FloatField(_("抽检比例"))
    passing = models.FloatField(_("合格率要求"))
    linked = models.FloatField(_("挂接率要求"))
    read = models.FloatField(_("识别率要求"))
    population = models.PositiveIntegerField(_("总件数"))
    pages = models.PositiveIntegerField(default=0)
    pages_linked = models.PositiveIntegerField(default=0)
    characters = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    shortfalls = models.JSONField(default=list, blank=True)
    note = models.CharField(_("意见"), max_length=1000, blank=True)
    begun_by = models.CharField(max_length=64)
    begun_at = models.DateTimeField()
    concluded_by = models.CharField(_("验收人"), max_length=64, blank=True)
    concluded_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.CharField(_("签认人"), max_length=64, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("验收")
        constraints = [
            models.UniqueConstraint(fields=["batch", "round"], name="digitisation_round_once"),
            models.CheckConstraint(
                condition=Q(signed_by="") | ~Q(signed_by=F("concluded_by")), name="digitisation_two_persons"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.round}"


class DrawnRecord(models.Model):
    """A record drawn in a round (抽检件), with its verdict; ``faults`` are codes of what is wrong with it."""

    acceptance = models.ForeignKey(Acceptance, on_delete=models.CASCADE, related_name="drawn")
    archive_code = models.CharField(_("档号"), max_length=120)
    record_id = models.BigIntegerField()
    pages = models.PositiveIntegerField()
    passed = models.BooleanField(null=True, blank=True)
    faults = models.JSONField(default=list, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    by = models.CharField(_("检查人"), max_length=64, blank=True)
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["acceptance", "archive_code"], name="digitisation_drawn_once"),
        ]

    def __str__(self) -> str:
        return self.archive_code
