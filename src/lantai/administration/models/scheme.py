"""Changes of the classification scheme (分类方案), each from a day on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ClassAct(models.TextChoices):
    """What happens to a class."""

    ADDED = "added", _("增加")
    RENAMED = "renamed", _("更名")
    CLOSED = "closed", _("停用")


class SchemeChange(models.Model):
    """One class added, renamed or closed from `day` on; the changes of a day together are a version of the scheme.

    Which classes there are on a day, and what they are called, is what all changes until that day come to; a class that
    no change added is there from the beginning. `successor` is the path of the class that takes the records of a closed
    one. A row is never changed but by being withdrawn before its day.
    """

    day = models.DateField(_("生效日期"))
    act = models.CharField(_("变更"), max_length=8, choices=ClassAct.choices)
    path = models.CharField(_("类别号"), max_length=80)
    name = models.CharField(_("名称"), max_length=100, blank=True)
    name_en = models.CharField(_("英文名称"), max_length=100, blank=True)
    item_type = models.CharField(_("事项类型代码"), max_length=2, blank=True)
    successor = models.CharField(_("改用类别"), max_length=80, blank=True)
    basis = models.CharField(_("依据"), max_length=200)
    recorded_at = models.DateTimeField(_("登记时间"))
    recorded_by = models.CharField(_("登记人"), max_length=80)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_by = models.CharField(_("撤回人"), max_length=80, blank=True)
    withdrawn_reason = models.CharField(_("撤回理由"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("分类方案变更")
        ordering = ["day", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(act__in=[*ClassAct.values]), name="scheme_change_has_a_known_act"),
            models.CheckConstraint(condition=~Q(path="") & ~Q(basis=""), name="scheme_change_has_a_basis"),
            models.CheckConstraint(condition=Q(act=ClassAct.CLOSED) | ~Q(name=""), name="scheme_change_names_a_class"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_reason=""),
                name="scheme_change_withdrawn_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.act} {self.path}"
