"""What was found of the signatures and seals in records' files, judgement after judgement."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantai.catalog.models.records import Record


class SignatureVerdict(models.TextChoices):
    """The verdict on one signature (判定). Nothing is valid by default."""

    VALID = "valid", _("有效")
    UNTRUSTED = "untrusted", _("有效，但签发者不受信任")
    INVALID = "invalid", _("无效")
    UNJUDGED = "unjudged", _("不能判定")


class JudgedSignature(models.Model):
    """One signature, seal or time stamp of one file, as it was judged at one moment.

    A judgement of a record writes a row for each of its signatures, all of the same moment; an earlier one stays as it
    was. ``facts`` is the whole evidence: integrity, signer, times, the chain of certificates, and every line that
    speaks for or against (see archival.sealing).
    """

    class Occasion(models.TextChoices):
        """Why it was judged."""

        ACCESSION = "accession", _("进馆检测")
        AGAIN = "again", _("重新判定")

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="judged_signatures")
    path = models.CharField(max_length=1000)
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16)
    verdict = models.CharField(_("判定结论"), max_length=10, choices=SignatureVerdict.choices)
    facts = models.JSONField()
    occasion = models.CharField(max_length=10, choices=Occasion.choices)
    judged_at = models.DateTimeField()
    latest = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "judged_at", "path", "number"], name="catalog_signature_once_a_judgement"
            )
        ]
        indexes = [
            models.Index(fields=["judged_at"], condition=models.Q(latest=True), name="catalog_signature_due"),
            models.Index(fields=["verdict"], condition=models.Q(latest=True), name="catalog_signature_verdict"),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.path} {self.verdict}"
