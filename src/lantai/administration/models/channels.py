"""What was agreed with a body that sends packages, and the credentials its systems call with."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class AccessionPolicy(models.TextChoices):
    """Who decides that a package without fault is taken in."""

    AUTOMATIC = "automatic", _("检测合格自动接收")
    MANUAL = "manual", _("由档案员决定")


class Agreement(models.Model):
    """An agreement on archiving and transfer (移交协议): which body sends what, in which shape, into which fonds.

    `formats` narrows the accepted formats and `items` the service items; empty lists do not narrow. `limits` may bound
    `bytes` and `files` of a package, and say within how many `correction_days` a returned one is to be sent again and
    within how many `handover_days` after its case was closed a package is due.
    """

    number = models.CharField(_("协议编号"), max_length=60, unique=True)
    organisation = models.ForeignKey(
        "administration.Organisation", on_delete=models.PROTECT, related_name="agreements", verbose_name=_("移交单位")
    )
    fonds = models.ForeignKey(
        "administration.Fonds", on_delete=models.PROTECT, related_name="agreements", verbose_name=_("全宗")
    )
    profile = models.CharField(_("包方案"), max_length=40)
    policy = models.CharField(
        _("接收方式"), max_length=12, choices=AccessionPolicy.choices, default=AccessionPolicy.MANUAL
    )
    formats = models.JSONField(_("约定格式"), default=list, blank=True)
    items = models.JSONField(_("约定事项"), default=list, blank=True)
    limits = models.JSONField(_("约定上限"), default=dict, blank=True)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("移交协议")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=~Q(number="") & ~Q(profile=""), name="agreement_is_named"),
            models.CheckConstraint(
                condition=Q(policy__in=[*AccessionPolicy.values]), name="agreement_has_a_known_policy"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="agreement_period_runs_forward",
            ),
            models.UniqueConstraint(
                fields=["organisation", "fonds", "profile"],
                condition=Q(valid_to__isnull=True),
                name="agreement_one_is_open",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Credential(models.Model):
    """A key one system of a body calls with (接口凭据). The secret is shown once; its SHA-256 and a public prefix stay.

    The webhook secret must be usable and therefore lies sealed.
    """

    organisation = models.ForeignKey(
        "administration.Organisation", on_delete=models.PROTECT, related_name="credentials", verbose_name=_("单位")
    )
    name = models.CharField(_("用途"), max_length=100)
    prefix = models.CharField(_("标识"), max_length=16, unique=True)
    digest = models.BinaryField(max_length=32)
    calls_per_minute = models.PositiveIntegerField(_("每分钟调用上限"), default=600)
    webhook = models.URLField(_("回执推送地址"), max_length=500, blank=True)
    sealed_webhook_secret = models.BinaryField()
    issued_at = models.DateTimeField(_("签发时间"))
    valid_to = models.DateField(_("有效期至"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("最近使用"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("吊销时间"), null=True, blank=True)
    revoked_reason = models.CharField(_("吊销原因"), max_length=200, blank=True)
    window = models.BigIntegerField(default=0)
    window_calls = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("接口凭据")
        ordering = ["organisation", "-issued_at"]
        constraints = [
            models.CheckConstraint(condition=Q(calls_per_minute__gte=1), name="credential_allows_a_call"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(prefix=""), name="credential_is_named"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} {self.name}"
