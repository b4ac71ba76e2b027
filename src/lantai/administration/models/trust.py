"""Whom the archive trusts to issue certificates (信任列表)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class TrustedIssuer(models.Model):
    """One certificate of the trust list, root or intermediate, in force for signatures made from and until a day.

    A row is never changed but by being removed, with the reason; verdicts that went by it stay as they were.
    """

    fingerprint = models.CharField(_("指纹（SHA-256）"), max_length=64)
    der = models.BinaryField()
    subject = models.CharField(_("持有者"), max_length=300)
    issuer = models.CharField(_("颁发者"), max_length=300)
    serial = models.CharField(_("证书序列号"), max_length=80)
    key = models.CharField(_("密钥算法"), max_length=20, blank=True)
    not_before = models.DateTimeField(_("证书生效"))
    not_after = models.DateTimeField(_("证书到期"))
    anchor = models.BooleanField(_("信任起点"))
    valid_from = models.DateField(_("信任起始"), null=True, blank=True)
    valid_until = models.DateField(_("信任截止"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=300)
    added_at = models.DateTimeField(_("加入时间"))
    added_by = models.CharField(_("加入人"), max_length=80)
    removed_at = models.DateTimeField(_("移出时间"), null=True, blank=True)
    removed_by = models.CharField(_("移出人"), max_length=80, blank=True)
    removed_reason = models.CharField(_("移出理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("信任的证书")
        ordering = ["-added_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"], condition=Q(removed_at__isnull=True), name="trusted_issuer_once_in_force"
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="trusted_issuer_period_runs_forward",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | ~Q(removed_reason=""), name="trusted_issuer_removed_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.subject
