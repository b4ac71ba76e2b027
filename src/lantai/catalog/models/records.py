"""Tables of the records, of what belongs to them, and of every code ever given."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """Level of description (著录层级, DA/T 18-2022)."""

    ITEM = "item", _("文件级")
    VOLUME = "volume", _("案卷级")


class OpenState(models.TextChoices):
    """Opening state (开放标识, DA/T 18-2022)."""

    UNREVIEWED = "unreviewed", _("未审核")
    OPEN = "open", _("开放")
    CONTROLLED = "controlled", _("控制")
    DEFERRED = "deferred", _("延期开放")


class Secrecy(models.IntegerChoices):
    """Security classification (密级, DA/T 46 M38), by rank.

    内部 ranks with 限制; 秘密 and above never comes into an ordinary installation.
    """

    PUBLIC = 0, _("公开")
    RESTRICTED = 1, _("限制")
    SECRET = 2, _("秘密")
    CONFIDENTIAL = 3, _("机密")
    TOP_SECRET = 4, _("绝密")


class RecordState(models.TextChoices):
    """Whether the archive still holds it."""

    HELD = "held", _("在馆")
    TRANSFERRED = "transferred", _("已移交")
    DESTROYED = "destroyed", _("已销毁")
    MERGED = "merged", _("已并入")


class Record(models.Model):
    """One archival record (件) or volume (案卷), with or without files.

    The components of the archive code stand as columns beside it (DA/T 13); what the access rule looks at stands as
    columns too (fonds, organisation, open state, secrecy, sharing, personal data).
    """

    record_code = models.CharField(_("电子文件号"), max_length=40, unique=True)
    archive_code = models.CharField(_("档号"), max_length=120, unique=True, null=True, blank=True)
    level = models.CharField(_("著录层级"), max_length=8, choices=Level.choices, default=Level.ITEM)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    state = models.CharField(_("状态"), max_length=12, choices=RecordState.choices, default=RecordState.HELD)

    fonds_code = models.CharField(_("全宗号"), max_length=20)
    category_code = models.CharField(_("档案门类代码"), max_length=20)
    class_code = models.CharField(_("类别号"), max_length=60, blank=True)
    year = models.PositiveSmallIntegerField(_("年度"))
    retention = models.CharField(_("保管期限"), max_length=8)
    function_code = models.CharField(_("机构或问题"), max_length=40, blank=True)
    volume_number = models.PositiveIntegerField(_("案卷号"), null=True, blank=True)
    item_number = models.PositiveIntegerField(_("件号"), null=True, blank=True)

    title = models.CharField(_("题名"), max_length=1000)
    creator = models.CharField(_("责任者"), max_length=300)
    document_number = models.CharField(_("文件编号"), max_length=120, blank=True)
    formed_on = models.DateField(_("日期"))
    formed_until = models.DateField(null=True, blank=True)
    abstract = models.TextField(_("范围和提要"), blank=True)
    pages = models.PositiveIntegerField(_("页数"), null=True, blank=True)
    files = models.PositiveIntegerField(_("文件数"), default=0)
    bytes = models.BigIntegerField(_("字节数"), default=0)

    organisation_id = models.BigIntegerField(_("立档单位"))
    item_code = models.CharField(_("事项编码"), max_length=100, blank=True)
    item_name = models.CharField(_("事项名称"), max_length=500, blank=True)
    case_number = models.CharField(_("办件编号"), max_length=100, blank=True)
    applicant = models.CharField(_("申请人"), max_length=300, blank=True)
    address = models.CharField(_("地址"), max_length=500, blank=True)
    result = models.CharField(_("办理结果"), max_length=200, blank=True)
    accepted_on = models.DateField(_("受理日期"), null=True, blank=True)
    decided_on = models.DateField(_("办结日期"), null=True, blank=True)

    open_state = models.CharField(_("开放标识"), max_length=12, choices=OpenState.choices, default=OpenState.UNREVIEWED)
    secrecy = models.PositiveSmallIntegerField(_("密级"), choices=Secrecy.choices, default=Secrecy.PUBLIC)
    disclosure = models.CharField(_("公开属性"), max_length=20, blank=True)
    sharing = models.CharField(_("共享类型"), max_length=2, blank=True)
    personal = models.BooleanField(_("含个人信息"), default=True)

    retention_rule = models.CharField(max_length=100, blank=True)
    retention_table = models.CharField(max_length=60, blank=True)
    expires_on = models.DateField(_("到期"), null=True, blank=True)
    profile = models.CharField(max_length=40, blank=True)
    source_code = models.CharField(_("来源电子文件号"), max_length=120, blank=True)
    description = models.JSONField(_("著录"), default=dict)
    sealed = models.BinaryField(null=True, blank=True)
    accessioned_at = models.DateTimeField(_("进馆时间"))
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("档案")
        indexes = [
            models.Index(fields=["fonds_code", "category_code", "year", "id"], name="catalog_tree"),
            models.Index(fields=["organisation_id", "-id"], name="catalog_organisation"),
            models.Index(fields=["case_number"], name="catalog_case"),
            models.Index(fields=["document_number"], name="catalog_document_number"),
            models.Index(fields=["formed_on"], name="catalog_day"),
            models.Index(fields=["source_code"], name="catalog_source_code"),
            models.Index(fields=["expires_on"], condition=Q(expires_on__isnull=False), name="catalog_expiry"),
            # Lists and counts of the tree read this index alone: the place first, then what the access rule asks for.
            models.Index(
                fields=[
                    *("fonds_code", "category_code", "class_code", "year", "parent", "level", "archive_code"),
                    *("secrecy", "organisation_id", "open_state", "sharing", "state"),
                ],
                name="catalog_arranged",
            ),
            models.Index(fields=["parent", "archive_code"], name="catalog_in_volume"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(year__gte=1000) & Q(year__lte=9999), name="catalog_year_of_four_digits"),
            models.CheckConstraint(condition=~Q(title=""), name="catalog_title_given"),
            models.UniqueConstraint(
                fields=["fonds_code", "source_code"], condition=~Q(source_code=""), name="catalog_source_code_once"
            ),
        ]

    def __str__(self) -> str:
        return self.archive_code or self.record_code


class SignatureEdition(models.Model):
    """The signatures by which formats were identified (识别特征库): ``key`` names what was installed, ``told`` is what
    the tools said of themselves.
    """

    key = models.CharField(max_length=100, unique=True)
    told = models.CharField(max_length=400)
    noted_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.told


class Representation(models.Model):
    """One form a record is kept in: the package as received, the scans of its paper and the access copy made of them, a
    normalised copy of one of its files.

    ``components`` lists the computer files inside with digest, format and the place of their bytes, as compressed JSON
    (see catalog.components), so that they are read out of the stored package by range. ``edition`` are the signatures
    that named these formats. A normalised copy (规范化副本) says of which file of the package it was made (``source``)
    and by which event (PREMIS: agents, parameters, digests before and after, its check).
    """

    class Kind(models.TextChoices):
        """What the representation is for."""

        RECEIVED = "received", _("接收原包")
        SCANNED = "scanned", _("扫描原图")
        ACCESS = "access", _("利用副本")
        NORMALISED = "normalised", _("规范化副本")

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="representations")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.RECEIVED)
    object_id = models.CharField(max_length=200)
    path = models.CharField(max_length=300)
    container = models.CharField(max_length=10)
    bytes = models.BigIntegerField()
    sha512 = models.CharField(max_length=128)
    components = models.BinaryField(default=bytes)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    edition = models.ForeignKey(SignatureEdition, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=1000, blank=True)
    event = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "kind"], condition=~Q(kind="normalised"), name="catalog_one_form_a_kind"
            ),
            models.UniqueConstraint(
                fields=["record", "source"], condition=Q(kind="normalised"), name="catalog_one_copy_a_file"
            ),
        ]
        indexes = [
            models.Index(fields=["object_id"], name="catalog_shelved"),
            models.Index(
                fields=["edition", "id"],
                condition=Q(kind="received", confirmed_at__isnull=False),
                name="catalog_identified_with",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_id} {self.path}"


class ComponentText(models.Model):
    """The extracted text of a record's components (全文), joined, with the place of each: what search reads.

    ``scanned`` is what was read on the scans of its paper (识别文字): a look at its files makes ``body`` anew and
    leaves it alone. ``characters`` are of both.
    """

    record = models.OneToOneField(Record, on_delete=models.CASCADE, primary_key=True, related_name="text")
    body = models.BinaryField()
    scanned = models.BinaryField(default=bytes, blank=True)
    characters = models.PositiveIntegerField(default=0)
    extracted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.record_id}"


class IdentityKey(models.Model):
    """The keyed digest of an identity or certificate number, by which its record is found; the number lies sealed."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="identity_keys")
    digest = models.CharField(max_length=64, db_index=True)

    def __str__(self) -> str:
        return self.digest


class Relation(models.Model):
    """One record's relation to another (相关档案): follows, replaces, answers, belongs to."""

    class Kind(models.TextChoices):
        """How the first stands to the second."""

        FOLLOWS = "follows", _("接续")
        REPLACES = "replaces", _("替代")
        REFERS = "refers", _("参见")

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="relations")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    target_code = models.CharField(max_length=120, db_index=True)
    basis = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "kind", "target_code"], name="catalog_one_relation_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.kind} {self.target_code}"


class Grant(models.Model):
    """What one person or organisation may do with one record beyond the rule, until when, on what basis."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="grants")
    person_id = models.BigIntegerField(null=True, blank=True)
    organisation_id = models.BigIntegerField(null=True, blank=True)
    acts = models.CharField(max_length=100, help_text="the acts, each between blanks: ' read copy '")
    until = models.DateField()
    basis = models.CharField(max_length=300)
    given_by = models.CharField(max_length=64)
    given_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["person_id", "until"], name="catalog_grant_person"),
            models.Index(fields=["organisation_id", "until"], name="catalog_grant_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.acts}"


class CodeScope(models.Model):
    """The last running number given in one scope of archive codes (流水号); its row is the lock."""

    scope = models.CharField(max_length=200, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.scope} {self.last}"


class CodeAssignment(models.Model):
    """Every archive code ever given (档号), in one row each: reserved, in use, replaced, or void with its reason.

    Codes are frozen: a change adds a row and leaves the old one to be found. A code that came to nothing stays as
    void, so that every gap in the numbers is explained.
    """

    class State(models.TextChoices):
        """Where the code stands."""

        RESERVED = "reserved", _("预留")
        USED = "used", _("在用")
        REPLACED = "replaced", _("已更换")
        VOID = "void", _("作废")

    code = models.CharField(max_length=120, unique=True)
    record_code = models.CharField(max_length=40)
    scope = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RESERVED)
    reason = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "number"], name="catalog_number_once_a_scope"),
            models.UniqueConstraint(
                fields=["record_code"],
                condition=Q(state__in=["reserved", "used"]),
                name="catalog_one_living_code_a_record",
            ),
        ]

    def __str__(self) -> str:
        return self.code
