"""People who sign in, and the roles they hold (standards: 三员分立)."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
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


class Person(AbstractBaseUser):
    """An account of one person. It is created without role and inactive; the security administrator activates it."""

    username = models.CharField(_("账号"), max_length=64, unique=True)
    name = models.CharField(_("姓名"), max_length=64)
    role = models.CharField(_("角色"), max_length=32, choices=Role.choices, blank=True)
    is_active = models.BooleanField(_("启用"), default=False)

    objects: BaseUserManager[Person] = BaseUserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("人员")

    def __str__(self) -> str:
        return self.name
