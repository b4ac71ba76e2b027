"""Tables of due work, of jobs with a lease, of notices, and of what is to be sent."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
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
    """

    kind = models.CharField(_("类型"), max_length=40)
    subject = models.CharField(_("对象"), max_length=64)
    title = models.CharField(_("事项"), max_length=500)
    reason = models.CharField(_("需要注意"), max_length=500)
    values = models.JSONField(default=dict, blank=True)
    organisation_id = models.BigIntegerField(null=True, blank=True)
    role = models.CharField(_("角色"), max_length=32)
    due_on = models.DateField(_("期限"), null=True)
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
            models.Index(fields=["role", "due_on"], condition=Q(finished_at=None), name="work_due_open"),
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
