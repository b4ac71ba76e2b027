"""Code lists of the standards (代码表) as the archive uses them, and catalogues of items waiting to be taken over."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class CodeListVersion(models.Model):
    """One version of a code list, decided by the archive, in the place of the one delivered with the product.

    `codes` is a list of {code, zh, en, note}; a version holds from its first day until the next one's.
    """

    key = models.CharField(_("代码表"), max_length=40)
    version = models.CharField(_("版本"), max_length=40)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=200)
    codes = models.JSONField(_("代码"))
    recorded_at = models.DateTimeField(_("登记时间"))
    recorded_by = models.CharField(_("登记人"), max_length=80)

    class Meta:
        verbose_name = _("代码表版本")
        ordering = ["key", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="code_list_version_once"),
            models.UniqueConstraint(fields=["key", "valid_from"], name="code_list_begins_once"),
            models.UniqueConstraint(fields=["key"], condition=Q(valid_to__isnull=True), name="code_list_one_is_open"),
            models.CheckConstraint(condition=~Q(key="") & ~Q(version=""), name="code_list_is_named"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="code_list_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class ItemImport(models.Model):
    """A catalogue of items as it was read from a file, until it is taken over (`applied_at`) or left.

    `rows` is a list of what `read_item_catalogue` made of its lines; `faults` of lines that cannot be taken.
    """

    file_name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    rows = models.JSONField(_("事项"))
    faults = models.JSONField(_("问题"))
    valid_from = models.DateField(_("生效日期"))
    whole_of = models.CharField(_("完整目录的单位"), max_length=32, blank=True)
    read_at = models.DateTimeField(_("读取时间"))
    read_by = models.CharField(_("读取人"), max_length=80)
    applied_at = models.DateTimeField(_("导入时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("事项目录导入")
        ordering = ["-read_at"]

    def __str__(self) -> str:
        return self.file_name
