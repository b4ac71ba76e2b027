"""Scan batches, their files and pages, and which pages belong to which record."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ScanState(models.TextChoices):
    """Where a scan batch stands. ``TROUBLED`` is checked, with faults: it is never shown as done."""

    CHECKING = "checking", _("检查中")
    CHECKED = "checked", _("检查合格")
    TROUBLED = "troubled", _("检查有问题")


class ReadingMode(models.TextChoices):
    """How a batch is read: by the small networks, or by the larger ones, which cost four times as much."""

    FAST = "fast", _("快速")
    EXACT = "exact", _("精细")


class ScanBatch(models.Model):
    """One delivery of scans (扫描批次). Its files lie in the scan area as they came; everything else is derived.

    ``source`` is the folder below the incoming one it is copied from; empty for uploaded files. ``link_faults`` are
    what is wrong with its link to the catalogue: [code, about, {name: value}]. ``state`` is of its check alone;
    ``mode`` is set once it is to be read, ``read_at`` once every page was, ``filing_at`` once its pages are to go into
    their records (入库): from then on nothing of it is changed, and that moment stands in what is made of them;
    ``filed_at`` once all are there.
    """

    name = models.CharField(_("名称"), max_length=200)
    source = models.CharField(_("来源文件夹"), max_length=500, blank=True)
    profile = models.CharField(_("扫描规格"), max_length=20)
    state = models.CharField(_("状态"), max_length=10, choices=ScanState.choices, default=ScanState.CHECKING)
    files = models.PositiveIntegerField(_("文件数"), default=0)
    bytes = models.BigIntegerField(_("字节数"), default=0)
    pages = models.PositiveIntegerField(_("页数"), default=0)
    link_faults = models.JSONField(_("挂接问题"), default=list)
    fault_count = models.PositiveIntegerField(_("问题数"), default=0)
    job_id = models.UUIDField(null=True, blank=True)
    by = models.CharField(_("登记人"), max_length=64)
    at = models.DateTimeField(_("登记时间"))
    checked_at = models.DateTimeField(_("检查时间"), null=True, blank=True)
    mode = models.CharField(_("识别方式"), max_length=5, choices=ReadingMode.choices, blank=True)
    reading_job_id = models.UUIDField(null=True, blank=True)
    read_at = models.DateTimeField(_("识别时间"), null=True, blank=True)
    filing_at = models.DateTimeField(null=True, blank=True)
    filing_by = models.CharField(max_length=64, blank=True)
    filing_job_id = models.UUIDField(null=True, blank=True)
    filed_at = models.DateTimeField(_("入库时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("扫描批次")
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="digitisation_batch_is_named")]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"


class ScanFile(models.Model):
    """One delivered file (扫描原件): its path in the batch, its digest once it is ours, its pages once looked at.

    ``problem`` is why it is no scan: [Chinese, English].
    """

    batch = models.ForeignKey(ScanBatch, on_delete=models.CASCADE, related_name="scans")
    path = models.CharField(max_length=500)
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    format = models.CharField(max_length=20, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    problem = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "path"], name="digitisation_path_once_a_batch")]

    def __str__(self) -> str:
        return self.path


class ScanUnit(models.Model):
    """The pages of one record in a batch (件). ``filed_at`` is when they went into their record, ``problem`` why they
    could not: [Chinese, English].
    """

    batch = models.ForeignKey(ScanBatch, on_delete=models.CASCADE, related_name="units")
    archive_code = models.CharField(_("档号"), max_length=120)
    record_id = models.BigIntegerField()
    pages = models.PositiveIntegerField(_("页数"))
    filed_at = models.DateTimeField(_("入库时间"), null=True, blank=True)
    problem = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "archive_code"], name="digitisation_unit_once_a_batch")]
        indexes = [models.Index(fields=["record_id"], name="digitisation_record")]

    def __str__(self) -> str:
        return self.archive_code


class ScanPage(models.Model):
    """One scanned page: its file and place in it, its record and number there, what it measures, what is wrong.

    ``faults`` are [code, {name: [Chinese, English]}] by the batch's profile; ``problem`` is why it cannot be read.
    ``sheet`` is the archive code of the separator sheet it is.
    """

    batch = models.ForeignKey(ScanBatch, on_delete=models.CASCADE, related_name="scan_pages")
    scan = models.ForeignKey(ScanFile, on_delete=models.CASCADE, related_name="scan_pages")
    frame = models.PositiveIntegerField()
    unit = models.ForeignKey(ScanUnit, on_delete=models.SET_NULL, null=True, blank=True, related_name="scan_pages")
    number = models.PositiveIntegerField(null=True, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    dpi = models.PositiveIntegerField(default=0)
    mode = models.CharField(max_length=8, blank=True)
    paper = models.CharField(max_length=8, blank=True)
    blank = models.BooleanField(default=False)
    fingerprint = models.BinaryField(default=bytes)
    double_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="doubles")
    barcodes = models.JSONField(default=list, blank=True)
    sheet = models.CharField(max_length=120, blank=True)
    faults = models.JSONField(default=list, blank=True)
    problem = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scan", "frame"], name="digitisation_frame_once_a_file")]
        indexes = [models.Index(fields=["batch", "unit", "number"], name="digitisation_pages_in_order")]

    def __str__(self) -> str:
        return f"{self.scan_id}#{self.frame}"
