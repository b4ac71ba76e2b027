"""The rules an archive judges and arranges by: items with their materials, retention, codes, and what was published.

Rules carry the days they hold; both count, an empty last day means still valid. What is published is never changed: a
change is a version of its own, and every examination remembers which one it used.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Mode(models.TextChoices):
    """Whether rules of a level are added to those above it or take their place."""

    ADD = "add", _("追加")
    REPLACE = "replace", _("取代")


class RuleLevel(models.TextChoices):
    """The levels above the item on which material rules stand (缺省 → 区划 → 单位 → 事项)."""

    DEFAULT = "default", _("缺省")
    REGION = "region", _("行政区划")
    UNIT = "unit", _("单位")


class ServiceItem(models.Model):
    """A government-service item (政务服务事项) whose cases are archived, by its code (事项编码)."""

    code = models.CharField(_("事项编码"), max_length=120, unique=True)
    name = models.CharField(_("事项名称"), max_length=300)
    type = models.CharField(_("事项类型"), max_length=2, blank=True)
    organisation = models.ForeignKey(
        "administration.Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="items",
        verbose_name=_("实施机构"),
    )
    record_class = models.ForeignKey(
        "administration.RecordClass",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="items",
        verbose_name=_("归入类别"),
    )
    promised_days = models.PositiveSmallIntegerField(_("承诺时限（工作日）"), default=0)
    ended_on = models.DateField(_("停办日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("政务服务事项")
        ordering = ["code"]
        constraints = [models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="item_is_named")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ItemVersion(models.Model):
    """One version of an item's material catalogue (事项版本), for cases accepted while it holds.

    `materials` are the names the directory of items lists; `rules`, a rule pack's list of material rules as JSON, say
    which of them must be there.
    """

    item = models.ForeignKey(ServiceItem, on_delete=models.PROTECT, related_name="versions", verbose_name=_("事项"))
    version = models.CharField(_("版本"), max_length=40)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    mode = models.CharField(_("与上级规则的关系"), max_length=8, choices=Mode.choices, default=Mode.ADD)
    materials = models.JSONField(_("材料目录"), default=list, blank=True)
    rules = models.JSONField(_("材料规则"), default=list)

    class Meta:
        verbose_name = _("事项版本")
        ordering = ["item", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["item", "version"], name="item_version_once"),
            models.UniqueConstraint(fields=["item", "valid_from"], name="item_version_begins_once"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(valid_to__isnull=True), name="item_version_one_is_open"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="item_version_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.version}"


class MaterialRuleSet(models.Model):
    """Material rules of a level above the item: for everybody, for a region, or for a unit by its fonds number."""

    level = models.CharField(_("级别"), max_length=8, choices=RuleLevel.choices)
    key = models.CharField(_("区划代码或全宗号"), max_length=20, blank=True)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    mode = models.CharField(_("与上级规则的关系"), max_length=8, choices=Mode.choices, default=Mode.ADD)
    rules = models.JSONField(_("材料规则"), default=list)

    class Meta:
        verbose_name = _("材料规则")
        ordering = ["level", "key", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["level", "key", "valid_from"], name="rule_set_begins_once"),
            models.UniqueConstraint(
                fields=["level", "key"], condition=Q(valid_to__isnull=True), name="rule_set_one_is_open"
            ),
            models.CheckConstraint(
                condition=Q(level=RuleLevel.DEFAULT, key="") | (~Q(level=RuleLevel.DEFAULT) & ~Q(key="")),
                name="rule_set_default_has_no_key",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="rule_set_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.key}"


class RetentionTable(models.Model):
    """One version of an approved retention table (保管期限表): of one body, or of all that have none of their own."""

    key = models.CharField(_("表号"), max_length=24)
    version = models.CharField(_("版本"), max_length=24)
    name = models.CharField(_("名称"), max_length=200)
    organisation = models.ForeignKey(
        "administration.Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="retention_tables",
        verbose_name=_("适用单位"),
    )
    approval = models.CharField(_("审批文号"), max_length=200, blank=True)
    default_code = models.CharField(_("缺省保管期限"), max_length=8, blank=True)
    effective_from = models.DateField(_("生效日期"))
    effective_to = models.DateField(_("失效日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("保管期限表")
        ordering = ["key", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="retention_table_version_once"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(effective_to__isnull=True), name="retention_table_one_is_open"
            ),
            models.CheckConstraint(condition=~Q(key="") & ~Q(version=""), name="retention_table_is_named"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="retention_table_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}@{self.version}"


class RetentionRule(models.Model):
    """One line of a retention table: where its conditions hold, the period. Lower `priority` is tried first."""

    table = models.ForeignKey(RetentionTable, on_delete=models.PROTECT, related_name="rules")
    priority = models.PositiveSmallIntegerField(_("顺序"))
    code = models.CharField(_("条目号"), max_length=40)
    name = models.CharField(_("归档范围"), max_length=300)
    retention = models.CharField(_("保管期限代码"), max_length=8)
    conditions = models.JSONField(_("条件"), default=list)
    basis = models.CharField(_("依据"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("保管期限条目")
        ordering = ["table", "priority"]
        constraints = [
            models.UniqueConstraint(fields=["table", "code"], name="retention_rule_code_once"),
            models.UniqueConstraint(fields=["table", "priority"], name="retention_rule_priority_once"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(retention=""), name="retention_rule_is_named"),
        ]

    def __str__(self) -> str:
        return f"{self.table_id} {self.code}"


class CodeScheme(models.Model):
    """The rule by which records get their archive codes (档号编制规则): of one fonds or of all, for one category.

    `profile` limits it to packages of that profile. `rule` is data of the grammar in `lantai.archival.codes`;
    `defaults` gives components that a package does not speak of their value.
    """

    fonds = models.ForeignKey(
        "administration.Fonds", on_delete=models.PROTECT, null=True, blank=True, related_name="code_schemes"
    )
    category = models.CharField(_("档案门类代码"), max_length=8)
    profile = models.CharField(_("适用的包方案"), max_length=40, blank=True)
    rule = models.JSONField(_("编号规则"))
    defaults = models.JSONField(_("缺省值"), default=dict, blank=True)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("档号规则")
        ordering = ["category", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["fonds", "category", "profile"],
                condition=Q(valid_to__isnull=True, fonds__isnull=False),
                name="code_scheme_one_is_open",
            ),
            models.UniqueConstraint(
                fields=["category", "profile"],
                condition=Q(valid_to__isnull=True, fonds__isnull=True),
                name="code_scheme_one_general_is_open",
            ),
            models.CheckConstraint(condition=~Q(category=""), name="code_scheme_has_a_category"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="code_scheme_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.rule.get('structure', '')}"


class BaseRules(models.Model):
    """What a rule pack holds beside items, material rules, retention and codes: formats, severities, limits,
    calendars."""

    version = models.CharField(_("版本"), max_length=40, unique=True)
    data = models.JSONField(_("内容"))
    effective_from = models.DateField(_("生效日期"))

    class Meta:
        verbose_name = _("基础规则")
        ordering = ["effective_from", "id"]
        constraints = [models.CheckConstraint(condition=~Q(version=""), name="base_rules_have_a_version")]

    def __str__(self) -> str:
        return self.version


class RulePackVersion(models.Model):
    """A published rule pack (规则包), frozen as it is used: from its first day until a later one begins."""

    number = models.PositiveIntegerField(_("序号"), unique=True)
    label = models.CharField(_("名称与版本"), max_length=80, unique=True)
    data = models.JSONField(_("内容"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    effective_from = models.DateField(_("生效日期"))
    published_at = models.DateTimeField(_("发布时间"))
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("规则包")
        ordering = ["-effective_from", "-number"]
        indexes = [models.Index(fields=["-effective_from", "-number"], name="rule_pack_newest")]

    def __str__(self) -> str:
        return self.label


class PackageProfile(models.Model):
    """A version of a package profile (包方案) that the archive brought itself: what a kind of package looks like, as
    data, from a day on. Profiles delivered with the product hold where there is none.
    """

    code = models.CharField(_("方案代码"), max_length=40)
    version = models.CharField(_("版本"), max_length=40)
    data = models.JSONField(_("内容"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    effective_from = models.DateField(_("生效日期"))
    published_at = models.DateTimeField(_("发布时间"))
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("包方案")
        ordering = ["code", "effective_from", "id"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="package_profile_one_a_version"),
            models.UniqueConstraint(fields=["code", "effective_from"], name="package_profile_one_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.code}/{self.version}"
