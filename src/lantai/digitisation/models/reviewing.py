"""Who reviews a page now, and what a reviewer's work on it took."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantai.digitisation.models.scans import ScanPage


class PageReview(models.Model):
    """A page that somebody opened to review it (校对): ``editor_id`` holds it until ``editor_until`` (编辑锁)."""

    page = models.OneToOneField(ScanPage, on_delete=models.CASCADE, primary_key=True, related_name="review")
    editor_id = models.BigIntegerField(null=True, blank=True)
    editor_since = models.DateTimeField(null=True, blank=True)
    editor_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("校对")

    def __str__(self) -> str:
        return str(self.page_id)


class ReviewSpell(models.Model):
    """What one person's review of one page took (校对用时).

    ``seconds`` is the work between one act and the next, pauses cut to services.correcting.LONGEST_PAUSE; ``corrected``
    are lines changed, of the ``lines`` there are; ``finished_at`` is set once the page is done.
    """

    page = models.ForeignKey(ScanPage, on_delete=models.CASCADE, related_name="spells")
    person_id = models.BigIntegerField()
    began_at = models.DateTimeField()
    last_at = models.DateTimeField()
    seconds = models.FloatField(default=0)
    lines = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("校对用时")
        constraints = [
            models.UniqueConstraint(
                fields=["page", "person_id"],
                condition=models.Q(finished_at=None),
                name="digitisation_one_open_spell",
            )
        ]
        indexes = [models.Index(fields=["person_id", "finished_at"], name="digitisation_throughput")]

    def __str__(self) -> str:
        return f"{self.page_id} {self.person_id}"
