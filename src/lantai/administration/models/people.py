"""People who sign in, the one role each account holds, and the rules of signing in (三员分立; GB/T 22239).

What the tables themselves refuse: an account with two roles (there is one column), two accounts of one person
(the person number is unique), an active account without a role, an administrator with an organisation or a
clearance, a department's account without its department, a policy weaker than the baseline.
"""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The one role of an account. The first five do business, the last three administer and never do business."""

    ARCHIVIST = "archivist", _("档案员")
    DEPARTMENT = "department", _("立档单位")
    PUBLIC = "public", _("公众")
    LEADER = "leader", _("决策者")
    SUPERVISOR = "supervisor", _("监督")
    SYSTEM = "system-administrator", _("系统管理员")
    SECURITY = "security-administrator", _("安全保密管理员")
    AUDIT = "audit-administrator", _("安全审计员")


ADMINISTRATOR_ROLES = (Role.SYSTEM, Role.SECURITY, Role.AUDIT)
"""三员: the three administrators, who watch one another and never do business."""


class Clearance(models.IntegerChoices):
    """The highest level of secrecy (密级) a person may see; the values of DA/T 46 M38 in their order."""

    OPEN = 0, _("公开")
    RESTRICTED = 1, _("限制")
    SECRET = 2, _("秘密")
    CONFIDENTIAL = 3, _("机密")
    TOP_SECRET = 4, _("绝密")


class TextSize(models.TextChoices):
    """The size of letters a person chose."""

    STANDARD = "", _("标准")
    LARGE = "large", _("大字")
    EXTRA_LARGE = "xlarge", _("特大")


class Contrast(models.TextChoices):
    """The contrast a person chose."""

    STANDARD = "", _("标准")
    MORE = "more", _("高对比")


class Density(models.TextChoices):
    """How close the lines of lists stand."""

    STANDARD = "", _("标准")
    COMPACT = "compact", _("紧凑")
    COMFORTABLE = "comfortable", _("宽松")


class Language(models.TextChoices):
    """The languages of the pages, each under its own name."""

    CHINESE = "zh-hans", "简体中文"
    ENGLISH = "en", "English"


class PersonManager(BaseUserManager["Person"]):
    """Finds accounts by name; accounts come into being through the services only."""


class PersonWithBodyManager(PersonManager):
    """Finds accounts together with their bodies: a page of a department asks once for both."""

    def get_queryset(self) -> models.QuerySet[Person]:
        """Accounts with their bodies."""
        return super().get_queryset().select_related("organisation")


class Person(AbstractBaseUser):
    """An account, which is one natural person in one role. It is created without role and inactive.

    `person_number` is the staff number (人员编号) in its normal form; for a member of the public, the keyed digest of
    the identity number. It is unique: one person, one account, one role. Accounts are never deleted.
    """

    username = models.CharField(_("账号"), max_length=64, unique=True)
    person_number = models.CharField(_("人员编号"), max_length=64, unique=True)
    name = models.CharField(_("姓名"), max_length=64)
    role = models.CharField(_("角色"), max_length=32, choices=Role.choices, blank=True)
    organisation = models.ForeignKey(
        "administration.Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("单位"),
    )
    position = models.CharField(_("职务"), max_length=64, blank=True)
    clearance = models.PositiveSmallIntegerField(_("涉密等级"), choices=Clearance.choices, default=Clearance.OPEN)
    is_active = models.BooleanField(_("启用"), default=False)
    created_at = models.DateTimeField(_("创建时间"))
    activated_at = models.DateTimeField(_("启用时间"), null=True, blank=True)
    deactivation_asked_at = models.DateTimeField(_("申请停用时间"), null=True, blank=True)
    deactivation_reason = models.CharField(_("申请停用理由"), max_length=200, blank=True)
    password_changed_at = models.DateTimeField(_("口令设定时间"), null=True, blank=True)
    must_change_password = models.BooleanField(_("须先修改口令"), default=True)
    language = models.CharField(_("界面语言"), max_length=16, choices=Language.choices, default=Language.CHINESE)
    text_size = models.CharField(_("字号"), max_length=16, choices=TextSize.choices, blank=True)
    contrast = models.CharField(_("对比度"), max_length=16, choices=Contrast.choices, blank=True)
    density = models.CharField(_("行距"), max_length=16, choices=Density.choices, blank=True)
    single_keys = models.BooleanField(_("使用单键快捷键"), default=True)

    objects = PersonManager()
    with_bodies = PersonWithBodyManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name", "person_number"]

    class Meta:
        verbose_name = _("人员")
        default_manager_name = "with_bodies"
        ordering = ["username"]
        indexes = [models.Index(fields=["role", "is_active"], name="person_role_active")]
        constraints = [
            models.CheckConstraint(condition=Q(role="") | Q(role__in=[*Role.values]), name="person_has_a_known_role"),
            models.CheckConstraint(condition=Q(is_active=False) | ~Q(role=""), name="person_active_only_with_role"),
            models.CheckConstraint(
                condition=~Q(role__in=[*ADMINISTRATOR_ROLES]) | Q(organisation__isnull=True, clearance=0),
                name="person_administrator_does_no_business",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.DEPARTMENT) | Q(organisation__isnull=False),
                name="person_department_has_organisation",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.PUBLIC) | Q(organisation__isnull=True, clearance=0),
                name="person_public_has_no_organisation",
            ),
            models.CheckConstraint(
                condition=~Q(username="") & ~Q(person_number="") & ~Q(name=""), name="person_is_named"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PasswordHistory(models.Model):
    """The hashes of a person's passwords, the present one among them, so that none of the last ones comes back."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="passwords")
    hash = models.CharField(max_length=255)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.person_id} {self.set_at:%Y-%m-%d}"


class SecurityPolicy(models.Model):
    """One version of the rules of signing in. Versions are added, never changed; none is weaker than the baseline."""

    version = models.PositiveIntegerField(_("版本"), unique=True)
    tries = models.PositiveSmallIntegerField(_("允许连续失败次数"))
    lock_minutes = models.PositiveSmallIntegerField(_("锁定时长（分钟）"))
    idle_minutes = models.PositiveSmallIntegerField(_("无操作自动退出（分钟）"))
    password_length = models.PositiveSmallIntegerField(_("口令最小长度"))
    password_classes = models.PositiveSmallIntegerField(_("口令字符种类"))
    password_days = models.PositiveSmallIntegerField(_("口令有效期（天）"))
    password_history = models.PositiveSmallIntegerField(_("不得重复的历次口令数"))
    second_factor_roles = models.JSONField(_("必须使用第二因素的角色"), default=list)
    reason = models.CharField(_("修改理由"), max_length=200)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("生效时间"))

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    tries__gte=3,
                    tries__lte=5,
                    lock_minutes__gte=10,
                    lock_minutes__lte=1440,
                    idle_minutes__gte=5,
                    idle_minutes__lte=30,
                    password_length__gte=8,
                    password_length__lte=64,
                    password_classes__gte=3,
                    password_classes__lte=4,
                    password_days__gte=7,
                    password_days__lte=90,
                    password_history__gte=5,
                    password_history__lte=24,
                ),
                name="policy_not_below_baseline",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class SecondFactor(models.Model):
    """A time-based one-time password (RFC 6238) of one person. It counts once `confirmed_at` is set."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="second_factor")
    sealed_secret = models.BinaryField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)
    recovery_digests = models.JSONField(default=list)
    failures = models.PositiveSmallIntegerField(default=0)
    failed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.person_id)
