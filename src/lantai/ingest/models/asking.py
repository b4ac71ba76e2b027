"""Tables of what departments are asked for: corrections, packages of closed cases, reminders; and of refused calls."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lantai.ingest.models.submissions import ChannelKind, Submission


class CorrectionRequest(models.Model):
    """What a department is asked to correct of one returned package (补正通知), until when, and what came of it.

    ``reasons`` are findings in words, each with its check, in Chinese and in English; ``note`` is the archivist's own.
    """

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, primary_key=True, related_name="correction")
    reasons = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=500, blank=True)
    due_on = models.DateField(_("补正期限"), null=True, blank=True)
    by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    answered_by = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_on"], condition=Q(answered_at=None), name="ingest_correction_open")]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.due_on}"


class HandledCase(models.Model):
    """One case (办件) as its department handles it: of which item, when it was closed, until when its package is
    expected, and the newest package that came for it. Made of pushed progress and of examined packages.

    ``awaited`` are the materials due by the nodes it has reached that its department does not hold yet, each as rule,
    material type, name and due day; ``awaited_on`` is the first of these days, ``awaited_by`` the rule pack they were
    found by. The latter is empty for a case whose department never told of materials: nothing is known of it then.
    """

    organisation_id = models.BigIntegerField()
    case_number = models.CharField(_("办件编号"), max_length=100)
    item_code = models.CharField(_("事项编码"), max_length=120, blank=True)
    item_name = models.CharField(_("事项名称"), max_length=300, blank=True)
    title = models.CharField(_("办件名称"), max_length=1000, blank=True)
    node = models.CharField(_("环节"), max_length=60, blank=True)
    node_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    due_on = models.DateField(_("移交期限"), null=True, blank=True)
    submission = models.ForeignKey(
        Submission, on_delete=models.SET_NULL, null=True, blank=True, related_name="cases", db_index=False
    )
    lacking = models.BooleanField(default=False)
    awaited = models.JSONField(default=list, blank=True)
    awaited_on = models.DateField(_("收集期限"), null=True, blank=True)
    awaited_by = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "case_number"], name="ingest_one_case_a_number")
        ]
        indexes = [  # of open cases only, of which there are few; all columns that figures and lists ask for
            models.Index(
                fields=["organisation_id", "item_code", "closed_at", "due_on", "awaited_on", "item_name", "submission"],
                condition=Q(submission=None),
                name="ingest_case_unsent",
            ),
            models.Index(
                fields=["due_on", "closed_at", "organisation_id", "item_code"],
                condition=Q(submission=None),
                name="ingest_case_due",
            ),
            models.Index(
                fields=["awaited_on", "organisation_id", "item_code"],
                condition=Q(submission=None, awaited_on__isnull=False),
                name="ingest_case_awaited",
            ),
            models.Index(fields=["submission"], condition=Q(lacking=True), name="ingest_case_lacking"),
            # Without those that have none: looked for by that, all open cases would be taken for a handful.
            models.Index(fields=["submission"], condition=Q(submission__isnull=False), name="ingest_case_package"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.case_number}"


class HandoverRule(models.Model):
    """Within how many days after which node a case's package is to be handed over (移交时限), while the rule holds.

    The rule of body and item goes before that of the item, this before that of the body, this before that of all.
    """

    organisation_id = models.BigIntegerField(null=True, blank=True)
    item_code = models.CharField(_("事项编码"), max_length=120, blank=True)
    closes = models.JSONField(default=list)
    days = models.PositiveSmallIntegerField(_("天数"))
    basis = models.CharField(_("依据"), max_length=200, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.item_code} {self.days}"


class CollectionRule(models.Model):
    """Within how many days after which node the materials of one type are to be held (材料收集时限), while it holds.

    ``material_type`` is that of material rules: 1 application, 2 process, 3 result. The rule of body and item goes
    before that of the item, this before that of the body, this before that of all.
    """

    organisation_id = models.BigIntegerField(null=True, blank=True)
    item_code = models.CharField(_("事项编码"), max_length=120, blank=True)
    material_type = models.CharField(_("材料类型"), max_length=1)
    nodes = models.JSONField(default=list)
    days = models.PositiveSmallIntegerField(_("天数"))
    basis = models.CharField(_("依据"), max_length=200, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.item_code} {self.material_type} {self.days}"


class ReminderRule(models.Model):
    """When a department is reminded by itself (自动催办): so many days before (negative) or after the day something is
    due. ``kind`` is ``handover`` for packages of closed cases, ``material`` for materials of running ones,
    ``correction`` for returned packages."""

    kind = models.CharField(max_length=12)
    days = models.SmallIntegerField(_("天数"))
    by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "days"], condition=Q(ended_at=None), name="ingest_one_reminder_rule_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.days}"


class ReminderContact(models.Model):
    """Where mail to a department goes (催办联系人)."""

    organisation_id = models.BigIntegerField(unique=True)
    name = models.CharField(_("联系人"), max_length=100, blank=True)
    address = models.EmailField(_("电子邮箱"))

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.address}"


class Reminder(models.Model):
    """One reminder about one case or one returned package (催办记录); ``rule`` is empty when a person sent it."""

    kind = models.CharField(max_length=12)
    subject = models.CharField(max_length=100)
    organisation_id = models.BigIntegerField()
    rule = models.ForeignKey(ReminderRule, on_delete=models.PROTECT, null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    words = models.CharField(max_length=1000)
    mailed_to = models.CharField(max_length=254, blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "organisation_id", "subject", "due_on"],
                condition=Q(rule__isnull=False),
                name="ingest_one_reminder_a_rule",
            )
        ]
        indexes = [models.Index(fields=["organisation_id", "subject"], name="ingest_reminder_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class ChannelTrouble(models.Model):
    """Refused calls of one channel on one day, by reason (对接异常): how many, and the last of them."""

    organisation_id = models.BigIntegerField()
    credential_id = models.BigIntegerField(default=0)
    channel = models.CharField(max_length=8, choices=ChannelKind.choices)
    day = models.DateField()
    code = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    detail = models.CharField(max_length=300, blank=True)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "credential_id", "channel", "day", "code"], name="ingest_one_trouble_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.day} {self.code}"
