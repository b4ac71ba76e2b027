"""Changes of bodies and service items that hold from a day on: entered now, in force on their day (待生效的变更)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DatedKind(models.TextChoices):
    """What a dated change is about."""

    BODY = "body", _("机构变更")
    ITEM = "item", _("事项变更")


class DatedChange(models.Model):
    """One change of a body or of a service item, from `day` on, as it was entered.

    `content` is what was entered: of an item the fields that change with their new values, of bodies the whole change.
    `before` are the former values of an item's fields, known once it came into force. Until then it waits and may be
    withdrawn; `trouble` says what kept it from coming into force on its day. A row is never changed otherwise.
    """

    kind = models.CharField(_("类型"), max_length=8, choices=DatedKind.choices)
    subject = models.CharField(_("机构代码或事项编码"), max_length=120)
    day = models.DateField(_("生效日期"))
    content = models.JSONField(_("变更内容"))
    before = models.JSONField(_("变更前"), default=dict, blank=True)
    basis = models.CharField(_("依据"), max_length=300)
    recorded_at = models.DateTimeField(_("登记时间"))
    recorded_by = models.CharField(_("登记人"), max_length=80)
    role = models.CharField(max_length=16, blank=True)
    address = models.CharField(max_length=64, blank=True)
    in_force_at = models.DateTimeField(_("生效时间"), null=True, blank=True)
    trouble = models.TextField(_("未能生效的原因"), blank=True)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_by = models.CharField(_("撤回人"), max_length=80, blank=True)
    withdrawn_reason = models.CharField(_("撤回理由"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("有生效日期的变更")
        ordering = ["day", "id"]
        indexes = [
            models.Index(
                fields=["day"],
                condition=Q(in_force_at__isnull=True, withdrawn_at__isnull=True),
                name="dated_change_waiting",
            ),
            models.Index(fields=["kind", "subject", "day"], name="dated_change_subject"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[*DatedKind.values]), name="dated_change_has_a_known_kind"),
            models.CheckConstraint(condition=~Q(subject="") & ~Q(basis=""), name="dated_change_has_a_basis"),
            models.CheckConstraint(
                condition=Q(in_force_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="dated_change_in_force_or_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_reason=""),
                name="dated_change_withdrawn_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.day}"
