"""Tables of catalogue imports (目录导入): saved crosswalks, imports, and what became of each of their lines."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Crosswalk(models.Model):
    """One version of a saved crosswalk (对照表): which column becomes which element, and how.

    A version is never changed; saving again makes the next. ``signature`` is that of the header it was made for.
    """

    name = models.CharField(_("名称"), max_length=200)
    version = models.PositiveIntegerField(_("版本"))
    owner = models.CharField(_("保存人"), max_length=64)
    columns = models.JSONField(default=list)
    signature = models.CharField(max_length=64, db_index=True)
    rules = models.JSONField(default=list)
    saved_at = models.DateTimeField(_("保存时间"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="ingest_one_crosswalk_a_version"),
            models.CheckConstraint(condition=~Q(name=""), name="ingest_crosswalk_is_named"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class ImportState(models.TextChoices):
    """Where an import stands. ``TROUBLED`` is finished with lines that were refused: it is never shown as done. Of a
    ``REFUSED`` one nothing is kept but its row."""

    LOOKING = "looking", _("识别中")
    REFUSED = "refused", _("未收下")
    MAPPING = "mapping", _("待对照")
    CHECKING = "checking", _("试导中")
    CHECKED = "checked", _("已试导")
    RUNNING = "running", _("导入中")
    DONE = "done", _("完成")
    TROUBLED = "troubled", _("完成但有异常")


class CatalogueImport(models.Model):
    """One catalogue somebody brought (目录导入): its file, how it is read, its crosswalk, and how far it has come.

    The file and the ZIP of its files lie in the import area, untouched, under the import's own number. ``rules`` is the
    crosswalk as it was used; lines are read again from the file, so that no personal number stands in the database.
    """

    name = models.CharField(_("目录文件"), max_length=300)
    sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    form = models.JSONField(default=dict)
    sheets = models.JSONField(default=list)
    head_first = models.PositiveIntegerField(default=0)
    head_last = models.PositiveIntegerField(default=0)
    columns = models.JSONField(default=list)
    attached_name = models.CharField(max_length=300, blank=True)
    attached_files = models.PositiveIntegerField(default=0)
    state = models.CharField(_("状态"), max_length=10, choices=ImportState.choices, default=ImportState.LOOKING)
    crosswalk = models.ForeignKey(Crosswalk, on_delete=models.PROTECT, null=True, blank=True)
    rules = models.JSONField(default=list)
    surplus = models.JSONField(default=list)
    surplus_count = models.PositiveIntegerField(default=0)
    troubles = models.JSONField(default=list)
    fault_groups = models.JSONField(default=list)
    lines_read = models.PositiveIntegerField(default=0)
    job_id = models.UUIDField(null=True, blank=True)
    by = models.CharField(_("导入人"), max_length=64)
    at = models.DateTimeField(_("上传时间"))
    checked_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"


class LineState(models.TextChoices):
    """What became of one line."""

    READY = "ready", _("可导入")
    FAULTY = "faulty", _("有错误")
    KNOWN = "known", _("此前已导入")
    RESERVED = "reserved", _("正在导入")
    TAKEN = "taken", _("已导入")
    REFUSED = "refused", _("未导入")


class ImportLine(models.Model):
    """One line of an imported catalogue: what was found wrong with it, and the record it became.

    ``faults`` are lists of code, column from 0 (-1 for none), element and what was found. ``fingerprint`` is the digest
    of the line as described: a line sent again is known by it. Box and 电子文件号 are fixed before a byte is written.
    """

    catalogue = models.ForeignKey(CatalogueImport, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(_("行"))
    state = models.CharField(max_length=10, choices=LineState.choices)
    faults = models.JSONField(default=list)
    warnings = models.PositiveSmallIntegerField(default=0)
    fingerprint = models.CharField(max_length=64)
    brought_code = models.CharField(max_length=120, blank=True)
    document_number = models.CharField(max_length=120, blank=True)
    files = models.JSONField(default=list)
    record_code = models.CharField(max_length=40, blank=True)
    archive_code = models.CharField(max_length=120, blank=True)
    object_id = models.CharField(max_length=200, blank=True)
    reserved_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=40, blank=True)
    values = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["catalogue", "number"], name="ingest_one_import_line_a_number"),
            models.UniqueConstraint(
                fields=["record_code"], condition=~Q(record_code=""), name="ingest_one_import_line_a_record"
            ),
        ]
        indexes = [
            models.Index(fields=["catalogue", "state", "number"], name="ingest_import_line_state"),
            models.Index(fields=["catalogue", "brought_code"], name="ingest_import_line_code"),
            models.Index(fields=["catalogue", "document_number"], name="ingest_import_line_number"),
            models.Index(
                fields=["fingerprint"], condition=Q(state__in=["taken", "reserved"]), name="ingest_import_line_taken"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.catalogue_id}:{self.number}"
