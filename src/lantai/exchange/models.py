"""Tables of exports."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Export(models.Model):
    """Records that somebody asked for as packages (导出封装包), how far it is, and the file that came of it.

    ``codes`` are the 电子文件号 asked for, in order; the first ``done`` of them are made or left out. ``left_out`` says
    which, and why, as key and values of a sentence. The file lies in LANTAI_HOME/exports until it is swept.
    """

    class Kind(models.TextChoices):
        """The form of the packages."""

        EEP = "eep", _("电子文件封装包（EEP，DA/T 48）")
        BAG = "bag", _("BagIt 信息包（含原包内容）")

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("准备中")
        READY = "ready", _("可下载")
        EMPTY = "empty", _("没有可导出的")
        EXPIRED = "expired", _("已清除")

    kind = models.CharField(_("格式"), max_length=8, choices=Kind.choices)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.WAITING)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    purpose = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=64, blank=True)
    codes = models.JSONField(default=list)
    done = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=list, blank=True)
    task_id = models.UUIDField(null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-asked_at"], name="exchange_export_person")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
