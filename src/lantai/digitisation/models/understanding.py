"""What tells kinds of documents, in versions, and templates of forms."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SorterVersion(models.Model):
    """What tells kinds of documents (分类器版本), taught by the pages whose kind people decided.

    ``data`` is archival.imaging.sorting.Sorter.data(). ``pages`` are those it was taught by. Before it was taught by
    all of them, one that had not seen the latest ``tested`` was asked for these: ``right`` is how often it was right,
    ``right_before`` how often the version in use then. No version in use means the one the product brings.
    """

    data = models.JSONField()
    pages = models.PositiveIntegerField(_("校正页数"))
    kinds = models.PositiveIntegerField(_("文件种类数"))
    tested = models.PositiveIntegerField(default=0)
    right = models.PositiveIntegerField(default=0)
    right_before = models.PositiveIntegerField(default=0)
    active = models.BooleanField(_("启用"), default=False)
    by = models.CharField(_("训练人"), max_length=64)
    at = models.DateTimeField(_("训练时间"))

    class Meta:
        verbose_name = _("分类器版本")
        constraints = [
            models.UniqueConstraint(fields=["active"], condition=Q(active=True), name="digitisation_one_sorter_in_use")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class FormTemplate(models.Model):
    """A form (表单模板) that was marked on one example page: ``data`` is archival.imaging.forms.FormTemplate.data().

    A changed template is a new row; the old one is retired and kept for what it filled. ``example`` is the number of
    the ScanPage it was marked on, which may be gone by now.
    """

    name = models.CharField(_("名称"), max_length=120)
    example = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField()
    by = models.CharField(_("登记人"), max_length=64)
    at = models.DateTimeField(_("登记时间"))
    retired_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("表单模板")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(retired_at=None), name="digitisation_template_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
