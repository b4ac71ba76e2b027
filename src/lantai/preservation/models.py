"""Tables of preservation: decisions on formats, rules of copies, what is held, copies refused, new verdicts."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class FormatDecision(models.Model):
    """One version of one entry of the format register (格式登记): what people decided about a format, over what is
    shipped. The newest row of a format counts; earlier ones stay.
    """

    puid = models.CharField(max_length=60)
    name = models.CharField(max_length=300)
    grade = models.CharField(_("风险等级"), max_length=10)
    target = models.CharField(_("目标格式"), max_length=20, blank=True)
    reason = models.CharField(_("理由"), max_length=500)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["puid", "-id"], name="preservation_decision")]

    def __str__(self) -> str:
        return f"{self.puid} {self.grade}"


class CopyRule(models.Model):
    """Of which families of formats a fonds and class get normalised copies (规范化副本策略); empty: all of them.

    ``classes`` is a category or a category and class as ``ZY·XK``. The most particular rule counts.
    """

    fonds_code = models.CharField(_("全宗号"), max_length=20, blank=True)
    classes = models.CharField(_("门类或类别"), max_length=90, blank=True)
    families = models.JSONField(default=list)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fonds_code", "classes"], name="preservation_one_rule_a_scope")]

    def __str__(self) -> str:
        return f"{self.fonds_code} {self.classes}"


class FormatCount(models.Model):
    """How many records, files and bytes of one format one fonds, class and secrecy hold; how many of the files have a
    copy, and how many were refused one. Kept up to date by the follower of the ledger.
    """

    fonds_code = models.CharField(max_length=20)
    category_code = models.CharField(max_length=20)
    class_code = models.CharField(max_length=60, blank=True)
    secrecy = models.PositiveSmallIntegerField()
    puid = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=300, blank=True)
    records = models.BigIntegerField(default=0)
    files = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    copied = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["puid", "fonds_code", "category_code", "class_code", "secrecy"],
                name="preservation_one_count_a_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.fonds_code} {self.puid} {self.files}"


class HeldFormat(models.Model):
    """The files of one format in one record: what stands behind the counts, a row for each format of each record."""

    record = models.ForeignKey("catalog.Record", on_delete=models.CASCADE, related_name="+")
    fonds_code = models.CharField(max_length=20)
    category_code = models.CharField(max_length=20)
    class_code = models.CharField(max_length=60, blank=True)
    secrecy = models.PositiveSmallIntegerField()
    puid = models.CharField(max_length=60, blank=True)
    files = models.PositiveIntegerField()
    bytes = models.BigIntegerField()
    copied = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "puid"], name="preservation_one_row_a_format")]
        indexes = [
            models.Index(fields=["puid", "-record"], name="preservation_behind"),
            models.Index(
                fields=["puid", "record"],
                condition=Q(files__gt=F("copied") + F("refused")),
                name="preservation_uncopied",
            ),
            models.Index(fields=["puid", "-record"], condition=Q(refused__gt=0), name="preservation_refused"),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.puid} {self.files}"


class RefusedCopy(models.Model):
    """A file of which no copy was made, or none that stood its check, and why; the newest attempt counts."""

    record = models.ForeignKey("catalog.Record", on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=1000)
    code = models.CharField(max_length=40)
    zh = models.TextField()
    en = models.TextField()
    checks = models.JSONField(default=list)
    agent = models.CharField(max_length=100)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "path"], name="preservation_one_refusal_a_file")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.path} {self.code}"


class ReservedBox(models.Model):
    """A box that the job *owner* fills with copies: its object is written before anything tells of it, so that what a
    run that died left behind is known and removed (law 1).
    """

    object_id = models.CharField(max_length=255, unique=True)
    owner = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.object_id


class NewVerdict(models.Model):
    """A file whose format newer signatures name otherwise (识别结果变化): both names, and what a person decided."""

    class State(models.TextChoices):
        """Whether it was decided."""

        OPEN = "open", _("待决定")
        ACCEPTED = "accepted", _("已采用")
        KEPT = "kept", _("维持原结果")

    record = models.ForeignKey("catalog.Record", on_delete=models.CASCADE, related_name="+")
    record_code = models.CharField(max_length=40)
    path = models.CharField(max_length=1000)
    before = models.CharField(max_length=60, blank=True)
    before_name = models.CharField(max_length=300, blank=True)
    after = models.CharField(max_length=60, blank=True)
    after_name = models.CharField(max_length=300, blank=True)
    own = models.CharField(max_length=40, blank=True)
    edition = models.CharField(max_length=400)
    found_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    reason = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "path"], condition=Q(state="open"), name="preservation_one_open_verdict_a_file"
            )
        ]
        indexes = [
            models.Index(fields=["before", "after", "id"], condition=Q(state="open"), name="preservation_undecided")
        ]

    def __str__(self) -> str:
        return f"{self.record_code} {self.path} {self.before} {self.after}"


class LongtermSignoff(models.Model):
    """What a person found of one group of the long-term stage (长期保存环节的人工检测, DA/T 70-2018): signed by the
    entry in the ledger, good until ``next_on``. The newest row of a group counts; earlier ones stay, each with
    ``signer``, name and account as they were that day.
    """

    class Verdict(models.TextChoices):
        """What the person says."""

        PASS = "pass", _("通过")
        WARNING = "warning", _("须注意")
        FAIL = "fail", _("不通过")

    group = models.CharField(_("组别"), max_length=10)
    verdict = models.CharField(_("结论"), max_length=10, choices=Verdict.choices)
    checked_on = models.DateField(_("检测日期"))
    found = models.CharField(_("检测情况"), max_length=1000)
    next_on = models.DateField(_("下次检测日期"))
    signer = models.CharField(_("签署人"), max_length=300)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["group", "-id"], name="preservation_signoff")]

    def __str__(self) -> str:
        return f"{self.group} {self.verdict} {self.checked_on}"
