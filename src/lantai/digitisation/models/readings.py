"""What reading a scanned page gave, what people made of it, and what was found on the page beside text."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lantai.digitisation.models.scans import ReadingMode, ScanPage


class ReadPage(models.Model):
    """A page as it was read (识别结果), by archival.imaging.model.PageReading. All places are in pixels of the scan.

    ``lines`` are in reading order: {"text", "corners": [[x, y] * 4], "confidence", "vertical", "words": [[text,
    corners, confidence]]}; what people corrected stands in them, and Correction tells what stood there before.
    ``steps`` are what repair did, with its parameters; ``derivative`` is the repaired picture's path below the
    batch's derived folder, empty where nothing was repaired; ``matrix`` puts a point of the scan on it. ``doubtful``
    counts lines that are still below the threshold and that nobody looked at. ``problem`` is why the page could not
    be read: [Chinese, English].
    """

    page = models.OneToOneField(ScanPage, on_delete=models.CASCADE, related_name="reading")
    mode = models.CharField(max_length=5, choices=ReadingMode.choices)
    engine = models.CharField(max_length=200)
    turned = models.PositiveSmallIntegerField(default=0)
    mirrored = models.BooleanField(default=False)
    version = models.CharField(max_length=10)
    steps = models.JSONField(default=list)
    derivative = models.CharField(max_length=500, blank=True)
    matrix = models.JSONField(default=list)
    lines = models.JSONField(default=list)
    characters = models.PositiveIntegerField(default=0)
    confidence = models.FloatField(default=0)
    doubtful = models.PositiveIntegerField(_("存疑行数"), default=0)
    kind = models.CharField(_("文件种类"), max_length=40, blank=True)
    kind_confidence = models.FloatField(default=0)
    kind_by = models.CharField(max_length=64, blank=True)
    problem = models.JSONField(default=list, blank=True)
    cpu_seconds = models.FloatField(default=0)
    read_at = models.DateTimeField(_("识别时间"))
    reviewed_by = models.CharField(_("校对人"), max_length=64, blank=True)
    reviewed_at = models.DateTimeField(_("校对时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("识别结果")
        indexes = [models.Index(fields=["kind"], name="digitisation_kind")]

    def __str__(self) -> str:
        return str(self.page_id)


class Correction(models.Model):
    """One line as a person corrected it (校对): where, what stood there, what stands there now, who and when.

    ``before`` or ``after`` is empty where a line was added or struck out.
    """

    reading = models.ForeignKey(ReadPage, on_delete=models.CASCADE, related_name="corrections")
    line = models.PositiveIntegerField()
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["by", "at"], name="digitisation_corrected")]

    def __str__(self) -> str:
        return f"{self.reading_id}:{self.line}"


class RegionKind(models.TextChoices):
    """What a marked part of a page is."""

    SEAL = "seal", _("印章")
    TABLE = "table", _("表格")
    PHOTO = "photo", _("照片")
    STAMP = "stamp", _("戳记")
    SIGNATURE = "signature", _("签名")
    HANDWRITING = "handwriting", _("手写")
    CHART = "chart", _("图表")


class Region(models.Model):
    """A marked part of a page (区域): a seal, a table, a photo …

    ``text`` is a seal's name or what is written there; ``owner`` the known organisation it was matched against and
    ``owner_score`` how well; ``shape`` and ``colour`` are of seals; ``data`` holds a table's cells
    (archival.imaging.layout.Table.data()) or a seal's middle line. ``by`` is ``system``, or the person who marked or
    changed it; ``dismissed`` ones were struck out by a person and are kept.
    """

    page = models.ForeignKey(ScanPage, on_delete=models.CASCADE, related_name="regions")
    kind = models.CharField(_("种类"), max_length=12, choices=RegionKind.choices)
    left = models.PositiveIntegerField()
    top = models.PositiveIntegerField()
    right = models.PositiveIntegerField()
    bottom = models.PositiveIntegerField()
    text = models.CharField(max_length=500, blank=True)
    shape = models.CharField(max_length=10, blank=True)
    colour = models.CharField(max_length=10, blank=True)
    confidence = models.FloatField(default=0)
    owner = models.CharField(_("印章所属"), max_length=200, blank=True)
    owner_score = models.FloatField(default=0)
    data = models.JSONField(default=dict, blank=True)
    by = models.CharField(max_length=64)
    dismissed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("区域")
        constraints = [
            models.CheckConstraint(
                condition=Q(left__lt=models.F("right")) & Q(top__lt=models.F("bottom")),
                name="digitisation_region_has_area",
            )
        ]
        indexes = [
            models.Index(fields=["kind", "owner"], name="digitisation_seal_owner"),
            models.Index(fields=["page", "kind"], name="digitisation_page_regions"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.text}"


class FieldState(models.TextChoices):
    """Whether a person has looked at a value."""

    SUGGESTED = "suggested", _("建议值")
    ACCEPTED = "accepted", _("已采纳")
    REFUSED = "refused", _("已否定")


class PageField(models.Model):
    """A value found on a page (字段), with its place: by a form template, or by rules (names, dates, numbers …).

    ``source`` is ``rule:CODE`` or ``template:NUMBER``. ``fault`` is what its type or check digit says against it.
    It counts for nothing until a person accepts it.
    """

    page = models.ForeignKey(ScanPage, on_delete=models.CASCADE, related_name="fields")
    name = models.CharField(max_length=80)
    value = models.CharField(max_length=1000)
    left = models.PositiveIntegerField()
    top = models.PositiveIntegerField()
    right = models.PositiveIntegerField()
    bottom = models.PositiveIntegerField()
    confidence = models.FloatField(default=0)
    fault = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=FieldState.choices, default=FieldState.SUGGESTED)
    by = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["page", "name"], name="digitisation_page_fields")]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
