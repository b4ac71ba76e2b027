"""How bodies changed over time (机构沿革) and what became of their fonds; the fonds file and the fonds guide."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ChangeKind(models.TextChoices):
    """What happened to a body."""

    RENAMED = "renamed", _("更名")
    MERGED = "merged", _("合并")
    SPLIT = "split", _("分立")
    DISSOLVED = "dissolved", _("撤销")


class Side(models.TextChoices):
    """Where a body stands in a change: it was there before, or is there afterwards."""

    BEFORE = "before", _("变更前")
    AFTER = "after", _("变更后")


class OrganisationChange(models.Model):
    """One change of bodies (机构变更): from `day` on the bodies of one side stand in the place of the other's."""

    kind = models.CharField(_("变更类型"), max_length=12, choices=ChangeKind.choices)
    day = models.DateField(_("生效日期"))
    basis = models.CharField(_("依据文件"), max_length=200)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    recorded_at = models.DateTimeField(_("登记时间"))
    recorded_by = models.CharField(_("登记人"), max_length=80)

    class Meta:
        verbose_name = _("机构变更")
        ordering = ["-day", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[*ChangeKind.values]), name="body_change_has_a_known_kind"),
            models.CheckConstraint(condition=~Q(basis=""), name="body_change_has_a_basis"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"


class ChangedOrganisation(models.Model):
    """One body on one side of a change."""

    change = models.ForeignKey(OrganisationChange, on_delete=models.PROTECT, related_name="bodies")
    organisation = models.ForeignKey(
        "administration.Organisation", on_delete=models.PROTECT, related_name="changes", verbose_name=_("机构")
    )
    side = models.CharField(_("变更前后"), max_length=8, choices=Side.choices)

    class Meta:
        verbose_name = _("变更所涉机构")
        ordering = ["change", "side", "organisation"]
        constraints = [
            models.UniqueConstraint(fields=["change", "organisation", "side"], name="changed_body_once_a_side"),
            models.CheckConstraint(condition=Q(side__in=[*Side.values]), name="changed_body_has_a_side"),
        ]

    def __str__(self) -> str:
        return f"{self.change_id} {self.side} {self.organisation_id}"


class FondsSuccession(models.Model):
    """What a change of bodies did to a fonds (全宗的承接): another body goes on with it, or it was closed
    (`heir` empty)."""

    change = models.ForeignKey(OrganisationChange, on_delete=models.PROTECT, related_name="fonds")
    fonds = models.ForeignKey("administration.Fonds", on_delete=models.PROTECT, related_name="successions")
    former = models.ForeignKey("administration.Organisation", on_delete=models.PROTECT, related_name="+")
    heir = models.ForeignKey("administration.Organisation", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("全宗承接")
        ordering = ["change", "fonds"]
        constraints = [
            models.UniqueConstraint(fields=["change", "fonds"], name="fonds_follows_a_change_once"),
            models.CheckConstraint(
                condition=Q(heir__isnull=True) | ~Q(heir=F("former")), name="fonds_heir_is_another_body"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fonds_id} {self.former_id} {self.heir_id}"


class FondsEntry(models.Model):
    """One document of a fonds file (全宗卷文件, DA/T 12-2012): about the fonds, as text or as a file, never changed.

    `part` is a code of the list "fonds-file"; a later document may take the place of an earlier one (`replaces`).
    """

    fonds = models.ForeignKey("administration.Fonds", on_delete=models.PROTECT, related_name="entries")
    number = models.PositiveIntegerField(_("件号"))
    part = models.CharField(_("类别"), max_length=8)
    title = models.CharField(_("题名"), max_length=200)
    made_on = models.DateField(_("形成日期"))
    text = models.TextField(_("正文"), blank=True)
    file_name = models.CharField(_("文件名"), max_length=200, blank=True)
    content = models.BinaryField(null=True)
    size = models.PositiveIntegerField(_("字节数"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="replaced_by", verbose_name=_("取代")
    )
    recorded_at = models.DateTimeField(_("登记时间"))
    recorded_by = models.CharField(_("登记人"), max_length=80)

    class Meta:
        verbose_name = _("全宗卷文件")
        ordering = ["fonds", "part", "number"]
        constraints = [
            models.UniqueConstraint(fields=["fonds", "number"], name="fonds_entry_number_once"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(part=""), name="fonds_entry_is_named"),
            models.CheckConstraint(
                condition=~Q(text="") | Q(content__isnull=False), name="fonds_entry_has_text_or_file"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fonds_id} {self.number}"


class FondsGuide(models.Model):
    """One version of a fonds' guide (全宗指南): what a reader should know of it, from a day on."""

    fonds = models.ForeignKey("administration.Fonds", on_delete=models.PROTECT, related_name="guides")
    valid_from = models.DateField(_("生效日期"))
    history = models.TextField(_("立档单位沿革"))
    scope = models.TextField(_("档案内容与成分"))
    arrangement = models.TextField(_("整理情况"), blank=True)
    access = models.TextField(_("利用规定"), blank=True)
    aids = models.TextField(_("检索工具"), blank=True)
    recorded_at = models.DateTimeField(_("登记时间"))
    recorded_by = models.CharField(_("登记人"), max_length=80)

    class Meta:
        verbose_name = _("全宗指南")
        ordering = ["fonds", "-valid_from"]
        constraints = [models.UniqueConstraint(fields=["fonds", "valid_from"], name="fonds_guide_begins_once")]

    def __str__(self) -> str:
        return f"{self.fonds_id} {self.valid_from}"
