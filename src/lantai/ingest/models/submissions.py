"""Tables of what departments hand over: batches, submissions, receipts, reports, accessions, progress of cases."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ChannelKind(models.TextChoices):
    """The way a package came (对接渠道)."""

    HTTP = "http", _("接口推送")
    FOLDER = "folder", _("监控目录")
    UPLOAD = "upload", _("网页上传")
    COMMAND = "command", _("命令行")


class SubmissionState(models.TextChoices):
    """Where a submission stands. A bad one is quarantined whole: its bytes stay in the receiving area, untouched."""

    RECEIVING = "receiving", _("传输中")
    RECEIVED = "received", _("已接收")
    EXAMINED = "examined", _("待处理")
    APPROVED = "approved", _("待进馆")
    REJECTED = "rejected", _("已退回")
    ACCESSIONED = "accessioned", _("已进馆")
    SUPERSEDED = "superseded", _("已被替代")
    WITHDRAWN = "withdrawn", _("已撤回")


class Batch(models.Model):
    """One hand-over (移交批次) with the list the department gave for it.

    ``closed_at`` is when the last package of it came that will come: only then can totals and gaps be judged, and
    a batch with a list is examined. Without a list there is nothing to wait for.
    """

    number = models.CharField(_("批次号"), max_length=40, unique=True)
    organisation_id = models.BigIntegerField()
    channel = models.CharField(max_length=8, choices=ChannelKind.choices)
    name = models.CharField(_("名称"), max_length=200, blank=True)
    declared_count = models.PositiveIntegerField(null=True, blank=True)
    declared_bytes = models.BigIntegerField(null=True, blank=True)
    handover = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "-opened_at"], name="ingest_batch_recent")]

    def __str__(self) -> str:
        return self.number


class Submission(models.Model):
    """One package on its way into the archive (提交), known from its first byte by its 电子文件号.

    ``record_code`` is given at receipt and never reused. The bytes lie in the receiving area under that name until the
    package is deposited; a quarantined package stays there whole.
    """

    record_code = models.CharField(_("电子文件号"), max_length=40, unique=True)
    organisation_id = models.BigIntegerField(_("立档单位"))
    credential_id = models.BigIntegerField(null=True, blank=True)
    channel = models.CharField(_("渠道"), max_length=8, choices=ChannelKind.choices)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, blank=True, related_name="submissions")
    idempotency_key = models.CharField(max_length=200, null=True, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=SubmissionState.choices)
    name = models.CharField(_("包名"), max_length=400)
    profile = models.CharField(max_length=40)
    declared_size = models.BigIntegerField()
    declared_algorithm = models.CharField(max_length=10, blank=True)
    declared_digest = models.CharField(max_length=128, blank=True)
    handover = models.JSONField(default=dict, blank=True)
    sha512 = models.CharField(max_length=128, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    digests = models.JSONField(default=dict, blank=True)
    replaces = models.CharField(max_length=40, blank=True)
    follows = models.CharField(max_length=120, blank=True)
    webhook = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(_("开始接收"))
    received_at = models.DateTimeField(_("接收完毕"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "idempotency_key"], name="ingest_one_submission_a_key")
        ]
        indexes = [
            models.Index(
                fields=["state", "id"],
                condition=Q(state__in=["received", "examined", "approved", "receiving"]),
                name="ingest_submission_open",
            ),
            models.Index(fields=["organisation_id", "-id"], name="ingest_submission_recent"),
            models.Index(fields=["sha512"], name="ingest_submission_digest"),
            models.Index(
                fields=["organisation_id", "channel", "created_at", "state"], name="ingest_submission_channel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_code} {self.name}"


class Receipt(models.Model):
    """One signed receipt (回执): received, verdict, decision, accession. Each names the digest of the one before."""

    class Kind(models.TextChoices):
        """What the archive says with it."""

        RECEIVED = "received", _("接收回执")
        VERDICT = "verdict", _("检测结果")
        DECISION = "decision", _("处理决定")
        ACCESSION = "accession", _("进馆凭证")

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="receipts")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    body = models.TextField()
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "number"], name="ingest_receipts_in_a_chain")]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.number} {self.kind}"


class ExaminationReport(models.Model):
    """The signed report of a four-nature examination (四性检测报告): compressed JSON, its verdict beside."""

    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, primary_key=True, related_name="report")
    decision = models.CharField(max_length=10)
    faults = models.PositiveSmallIntegerField(default=0)
    first_fault = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=1000, blank=True)
    case_number = models.CharField(max_length=100, blank=True)
    source_code = models.CharField(max_length=120, blank=True)
    rule_pack = models.CharField(max_length=60)
    body = models.BinaryField()
    facts = models.BinaryField()
    signature = models.CharField(max_length=100)
    examined_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["case_number"], name="ingest_report_case"),
            models.Index(fields=["source_code"], name="ingest_report_source"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.decision}"


REPORT_BYTES = ("report__body", "report__facts")
"""What is left behind when the report is asked for with its submission: of ten thousand files it is hundreds of MiB."""
SUBMISSION_REPORT_BYTES = ("submission__report__body", "submission__report__facts")


class Accession(models.Model):
    """One taking into the archive (进馆): the packages that go into one box, fixed before a byte is written."""

    class State(models.TextChoices):
        """How far it has come; an unfinished one is taken up again first."""

        RESERVED = "reserved", _("已预留")
        DEPOSITED = "deposited", _("已入库")
        DONE = "done", _("完成")

    object_id = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RESERVED)
    fonds_code = models.CharField(max_length=20)
    retention = models.CharField(max_length=8)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state"], condition=~Q(state="done"), name="ingest_accession_open")]

    def __str__(self) -> str:
        return self.object_id


class AccessionLine(models.Model):
    """One package of an accession: it lies in that box and in no other."""

    accession = models.ForeignKey(Accession, on_delete=models.CASCADE, related_name="lines")
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="accession_line")

    def __str__(self) -> str:
        return f"{self.accession_id} {self.submission_id}"


class CaseProgress(models.Model):
    """One node of a running case as its department pushed it: the only source of approval progress.

    ``materials`` are those the department says it holds since, as pairs of stage code (A, B0, C; may be empty) and
    name; None where it says nothing of materials.
    """

    organisation_id = models.BigIntegerField()
    case_number = models.CharField(_("办件编号"), max_length=100)
    node = models.CharField(_("环节"), max_length=60)
    body = models.CharField(_("办理单位"), max_length=200)
    state = models.CharField(_("状态"), max_length=40)
    at = models.DateTimeField(_("时间"))
    note = models.CharField(max_length=300, blank=True)
    item_code = models.CharField(_("事项编码"), max_length=120, blank=True)
    materials = models.JSONField(null=True, blank=True)
    pushed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "case_number", "node", "at", "state"], name="ingest_one_node_once"
            )
        ]
        indexes = [models.Index(fields=["case_number", "at"], name="ingest_progress_case")]

    def __str__(self) -> str:
        return f"{self.case_number} {self.node}"


class ReportedFault(models.Model):
    """One thing a check found wrong with one package, beside its report: what batches, reasons and figures ask for.

    Only failures and warnings; ``reason`` is the key of the sentence, such as ``material-1`` for missing material.
    """

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="faults")
    code = models.CharField(_("检测项"), max_length=20)
    reason = models.CharField(max_length=60)
    verdict = models.CharField(max_length=8)
    severity = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "code", "reason"], name="ingest_one_fault_a_reason")
        ]
        indexes = [models.Index(fields=["code"], name="ingest_fault_code")]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.code}"


class BatchDecision(models.Model):
    """One decision on all that waits of a batch (部分接收): which are taken in and which go back, fixed when made.

    A job carries it out from ``position`` on, so that a job that died goes on where it stood; what could not be decided
    is named in ``troubles``.
    """

    token = models.UUIDField(unique=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="decisions")
    accept = models.JSONField(default=list)
    back = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True)
    attach = models.BooleanField(default=True)
    due_on = models.DateField(null=True, blank=True)
    by = models.CharField(max_length=64)
    role = models.CharField(max_length=32)
    asked_at = models.DateTimeField()
    job_id = models.UUIDField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    troubles = models.JSONField(default=list, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.batch_id} {self.token}"
