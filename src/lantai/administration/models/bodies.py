"""The bodies whose records come, their fonds, and the classes records are arranged in (DA/T 13-2022)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class OrganisationKind(models.TextChoices):
    """What a body is."""

    ARCHIVES = "archives", _("档案馆")
    AGENCY = "agency", _("机关")
    INSTITUTION = "institution", _("事业单位")
    ENTERPRISE = "enterprise", _("企业")
    SOCIETY = "society", _("社会组织")
    UNIT = "unit", _("内设机构")


class Organisation(models.Model):
    """A body that makes or keeps records (组织机构), for the time it exists; both days count.

    `code` is the archive's own short code and stays; `credit_code` is the unified social credit code, empty for an
    inner unit. A body that was renamed or merged ends, and the new one stands beside it.
    """

    code = models.CharField(_("机构代码"), max_length=32, unique=True)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    name = models.CharField(_("名称"), max_length=200)
    region_code = models.CharField(_("行政区划代码"), max_length=12, blank=True)
    kind = models.CharField(_("类型"), max_length=16, choices=OrganisationKind.choices, default=OrganisationKind.AGENCY)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("上级")
    )
    active_from = models.DateField(_("成立日期"), null=True, blank=True)
    active_to = models.DateField(_("撤销日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("组织机构")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="organisation_is_named"),
            models.CheckConstraint(
                condition=Q(kind__in=[*OrganisationKind.values]), name="organisation_has_a_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(active_from__isnull=True) | Q(active_to__isnull=True) | Q(active_to__gte=F("active_from")),
                name="organisation_period_runs_forward",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="organisation_is_not_its_own_part"),
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=~Q(credit_code="") & Q(active_to__isnull=True),
                name="organisation_credit_code_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Fonds(models.Model):
    """All records one body made (全宗), under its number in this archive (全宗号)."""

    code = models.CharField(_("全宗号"), max_length=20, unique=True)
    name = models.CharField(_("全宗名称"), max_length=200)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="fonds", verbose_name=_("立档单位")
    )
    begins_on = models.DateField(_("起始日期"), null=True, blank=True)
    ends_on = models.DateField(_("终止日期"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("全宗")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="fonds_is_named"),
            models.CheckConstraint(
                condition=Q(begins_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gte=F("begins_on")),
                name="fonds_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class RecordClass(models.Model):
    """A class of records from the category (档案门类, level 1) down to level four (ZY · XK · ZC · 01).

    `path` joins the codes from the category down with "·", as an archive code prints them.
    """

    path = models.CharField(_("类别号"), max_length=80, unique=True)
    code = models.CharField(_("代码"), max_length=16)
    level = models.PositiveSmallIntegerField(_("级别"))
    name = models.CharField(_("名称"), max_length=100)
    name_en = models.CharField(_("英文名称"), max_length=100, blank=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="classes", verbose_name=_("上级类别")
    )
    item_type = models.CharField(_("事项类型代码"), max_length=2, blank=True)

    class Meta:
        verbose_name = _("类别")
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="class_is_named"),
            models.CheckConstraint(
                condition=Q(level=1, parent__isnull=True) | Q(level__gte=2, level__lte=4, parent__isnull=False),
                name="class_has_one_of_four_levels",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.name}"
