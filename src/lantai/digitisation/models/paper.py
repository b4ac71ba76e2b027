"""The paper beside the scans: who did which step with what, and where the originals are (原件调还)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lantai.digitisation.models.scans import ScanBatch


class StepCode(models.TextChoices):
    """Steps of digitising (DA/T 31-2017)."""

    PREPARING = "preparing", _("前处理")
    CATALOGUING = "cataloguing", _("目录建库")
    SCANNING = "scanning", _("扫描")
    PROCESSING = "processing", _("图像处理")
    LINKING = "linking", _("数据挂接")
    RESTORING = "restoring", _("还原装订")
    OTHER = "other", _("其他")


class WorkStep(models.Model):
    """One step of a batch as it was done (工序): by whom, with which equipment, from when until when."""

    batch = models.ForeignKey(ScanBatch, on_delete=models.CASCADE, related_name="work_steps")
    code = models.CharField(_("工序"), max_length=12, choices=StepCode.choices)
    operator = models.CharField(_("操作人"), max_length=100)
    equipment = models.CharField(_("设备和软件"), max_length=200, blank=True)
    began_at = models.DateTimeField(_("开始"))
    ended_at = models.DateTimeField(_("结束"))
    note = models.CharField(_("说明"), max_length=500, blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(began_at__lte=models.F("ended_at")), name="digitisation_step_in_order"),
            models.UniqueConstraint(fields=["batch", "code", "operator", "began_at"], name="digitisation_step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.operator}"


class Loan(models.Model):
    """The originals of one record out of the storeroom (调档): to whom, why, and when they came back, in which state.

    They lie outside whether or not the database does: loans are kept.
    """

    archive_code = models.CharField(_("档号"), max_length=120)
    record_id = models.BigIntegerField()
    borrower = models.CharField(_("借出给"), max_length=100)
    purpose = models.CharField(_("用途"), max_length=200)
    out_by = models.CharField(_("经办人"), max_length=64)
    out_at = models.DateTimeField(_("借出时间"))
    due_on = models.DateField(_("应还日期"))
    back_by = models.CharField(_("点收人"), max_length=64, blank=True)
    back_at = models.DateTimeField(_("归还时间"), null=True, blank=True)
    condition = models.CharField(_("归还时状况"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("原件调还")
        constraints = [
            models.UniqueConstraint(fields=["archive_code"], condition=Q(back_at=None), name="digitisation_out_once")
        ]
        indexes = [models.Index(fields=["back_at", "due_on"], name="digitisation_out_until")]

    def __str__(self) -> str:
        return self.archive_code
