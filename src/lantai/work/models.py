"""Tables of due work, of jobs with a lease, of notices, and of what is to be sent; of what people select and keep."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    """The life of a job. ``TROUBLED`` is finished with a list of failures: it is never shown as done."""

    WAITING = "waiting", _("等待")
    RUNNING = "running", _("进行中")
    PAUSED = "paused", _("已暂停")
    DONE = "done", _("完成")
    TROUBLED = "troubled", _("完成但有异常")
    FAILED = "failed", _("失败")


class Job(models.Model):
    """The lease and the progress of one queued task (后台任务).

    The task itself is a row of django-tasks' database backend, made in the same transaction. A worker holds a job until
    ``leased_until`` and prolongs that while it lives; a job whose lease ran out is taken again.
    """

    task_id = models.UUIDField(primary_key=True)
    title = models.CharField(_("任务"), max_length=200)
    key = models.CharField(max_length=200, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=JobState.choices, default=JobState.WAITING)
    background = models.BooleanField(default=False)
    asked_by = models.CharField(_("发起人"), max_length=64)
    asked_at = models.DateTimeField(_("发起时间"))
    run_after = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=100, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(_("开始"), null=True, blank=True)
    finished_at = models.DateTimeField(_("结束"), null=True, blank=True)
    total = models.PositiveIntegerField(_("总数"), null=True, blank=True)
    done = models.PositiveIntegerField(_("已完成"), default=0)
    position = models.JSONField(default=dict, blank=True)
    troubles = models.JSONField(default=list, blank=True)
    pause_asked = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(state="waiting") & ~Q(key=""), name="work_one_waiting_job_a_key"
            ),
            models.UniqueConstraint(
                fields=["key"], condition=Q(state="running") & ~Q(key=""), name="work_one_running_job_a_key"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "asked_at"], name="work_job_state"),
            models.Index(fields=["leased_until"], condition=Q(state="running"), name="work_job_lease"),
            models.Index(
                fields=["-finished_at", "-asked_at"], condition=Q(finished_at__isnull=False), name="work_job_ended"
            ),
            models.Index(
                fields=["state", "-finished_at", "-asked_at"],
                condition=Q(finished_at__isnull=False),
                name="work_job_ended_state",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Heartbeat(models.Model):
    """The sign of life of one process that runs in the background (心跳); gone when it ends in order."""

    program = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "name"], name="work_one_heartbeat_a_process")]

    def __str__(self) -> str:
        return f"{self.program} {self.name}"


class DueWork(models.Model):
    """One thing a person has to do (待办), and why it needs a person: ``reason`` is a key of ``SENTENCES``, said with
    ``values``; older rows hold the sentence itself.

    ``due_order`` puts what has no day behind all days. What was put off (暂缓) comes back on ``put_off_until``; its day
    stays what it is.
    """

    kind = models.CharField(_("类型"), max_length=40)
    subject = models.CharField(_("对象"), max_length=64)
    title = models.CharField(_("事项"), max_length=500)
    reason = models.CharField(_("需要注意"), max_length=500)
    values = models.JSONField(default=dict, blank=True)
    organisation_id = models.BigIntegerField(null=True, blank=True)
    role = models.CharField(_("角色"), max_length=32)
    due_on = models.DateField(_("期限"), null=True)
    due_order = models.GeneratedField(
        expression=Coalesce(F("due_on"), Value(date.max)), output_field=models.DateField(), db_persist=True
    )
    put_off_until = models.DateField(_("暂缓至"), null=True, blank=True)
    put_off_reason = models.CharField(_("暂缓理由"), max_length=200, blank=True)
    raised_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    finished_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(finished_at=None), name="work_one_open_duty_a_subject"
            )
        ]
        indexes = [
            models.Index(
                fields=["role", "due_order", "id", "put_off_until", "kind"],
                condition=Q(finished_at=None),
                name="work_due_queue",
            ),
            models.Index(
                fields=["role", "kind", "due_order", "id", "put_off_until"],
                condition=Q(finished_at=None),
                name="work_due_kinds",
            ),
            models.Index(
                fields=["organisation_id", "role", "due_order", "id"],
                condition=Q(finished_at=None),
                name="work_due_body",
            ),
            models.Index(
                fields=["role", "put_off_until"],
                condition=Q(finished_at=None, put_off_until__isnull=False),
                name="work_due_put_off",
            ),
            models.Index(fields=["kind", "subject"], name="work_due_subject"),
            models.Index(fields=["finished_at"], name="work_due_finished"),
        ]

    def __str__(self) -> str:
        return self.title


class Notice(models.Model):
    """A message to a person, or to everybody of an organisation (通知): ``text`` and ``values`` as in DueWork."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    organisation_id = models.BigIntegerField(null=True, blank=True)
    text = models.CharField(max_length=500)
    values = models.JSONField(default=dict, blank=True)
    link = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-at"], name="work_notice_person")]

    def __str__(self) -> str:
        return self.text


class Dispatch(models.Model):
    """One message to be sent outside, such as a webhook call; kept until it was sent or given up (发件箱)."""

    class State(models.TextChoices):
        """Whether it went out."""

        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        GIVEN_UP = "given-up", _("已放弃")

    subject = models.CharField(max_length=64)
    address = models.URLField(max_length=500)
    body = models.TextField()
    signature = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    last_answer = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="work_dispatch_waiting")]

    def __str__(self) -> str:
        return f"{self.address} {self.subject}"


class Selection(models.Model):
    """What a person has ticked in one list (已选), over all its pages and in all tabs.

    Without ``everything`` the rows of ``keys``; with it all rows that ``query``, a filter of the list, finds, but those
    of ``left_out``, and those of ``keys`` besides.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    listing = models.CharField(max_length=40)
    everything = models.BooleanField(default=False)
    query = models.CharField(max_length=4000, blank=True)
    keys = models.JSONField(default=list, blank=True)
    left_out = models.JSONField(default=list, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "listing"], name="work_one_selection_a_list")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.listing}"


class BulkOrder(models.Model):
    """One act on many rows (批量操作): first what is shown before it is confirmed, then what its job does.

    ``act`` is the key of a BulkAct, ``values`` what was typed with it. Without ``task_id`` it is not confirmed yet.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    act = models.CharField(max_length=60)
    listing = models.CharField(max_length=40)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    role = models.CharField(max_length=32)
    address = models.CharField(max_length=64, blank=True)
    values = models.JSONField(default=dict, blank=True)
    told = models.JSONField(default=list, blank=True)
    back = models.CharField(max_length=4000, blank=True)
    made_at = models.DateTimeField()
    task_id = models.UUIDField(null=True, blank=True, unique=True)
    repeats = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="repeated")

    def __str__(self) -> str:
        return f"{self.act} {self.id}"


class BulkItem(models.Model):
    """One row of a bulk order and how it ended; ``why`` and ``values`` as in DueWork say why it failed, or why the act
    leaves it out. Rows of one ``part`` are done together where the act does parts.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("等待")
        DONE = "done", _("完成")
        FAILED = "failed", _("失败")
        LEFT_OUT = "left-out", _("不包括")

    order = models.ForeignKey(BulkOrder, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=120)
    name = models.CharField(max_length=500, blank=True)
    part = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=500, blank=True)
    values = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "key"], name="work_one_item_a_key")]
        indexes = [models.Index(fields=["order", "state", "id"], name="work_bulk_state")]

    def __str__(self) -> str:
        return self.key


class SavedView(models.Model):
    """A filter and an order of one list under a name (已存视图), its maker's own or of everybody with the maker's role
    and organisation.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    listing = models.CharField(max_length=40)
    name = models.CharField(_("名称"), max_length=60)
    query = models.CharField(max_length=4000, blank=True)
    team = models.BooleanField(default=False)
    role = models.CharField(max_length=32)
    organisation_id = models.BigIntegerField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "listing", "name"], name="work_one_view_a_name"),
        ]
        indexes = [models.Index(fields=["listing", "role"], name="work_view_team")]

    def __str__(self) -> str:
        return self.name


class FirstView(models.Model):
    """The saved view with which a list opens for one person (默认视图)."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    listing = models.CharField(max_length=40)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "listing"], name="work_one_first_view")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.listing}"


class Mail(models.Model):
    """One mail to somebody outside (邮件发件箱): kept until it was sent or given up; without a mail server it stays."""

    class State(models.TextChoices):
        """Whether it went out."""

        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        GIVEN_UP = "given-up", _("已放弃")

    about = models.CharField(max_length=40)
    address = models.EmailField(_("收件人"))
    subject = models.CharField(_("主题"), max_length=200)
    body = models.TextField(_("正文"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    last_answer = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="work_mail_waiting")]

    def __str__(self) -> str:
        return f"{self.address} {self.subject}"
