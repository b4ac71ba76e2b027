"""Tables of what people do to descriptions: elements, versions, drafts, who edits, what an item is composed of."""

from __future__ import annotations

from django.db import models

from lantai.catalog.models.records import Record


class Describing(models.Model):
    """What people did to a record's description (著录) after it came: one row for each record they touched.

    ``elements`` holds the elements of DA/T 18 that are no column of the record, by key; ``version`` counts the
    changes, so that two people at once are noticed. ``parts`` lists what the item is composed of when that is no
    longer its own package as it came: ``{"r": representation, "p": path, "role": ...}`` in order. ``answers`` are
    suggestions accepted or dismissed. ``editor_id`` holds the record until ``editor_until`` (编辑锁).
    """

    record = models.OneToOneField(Record, on_delete=models.CASCADE, primary_key=True, related_name="describing")
    version = models.PositiveIntegerField(default=0)
    elements = models.JSONField(default=dict)
    parts = models.JSONField(null=True, blank=True)
    merged_into = models.CharField(max_length=40, blank=True)
    answers = models.JSONField(default=dict)
    editor_id = models.BigIntegerField(null=True, blank=True)
    editor_since = models.DateTimeField(null=True, blank=True)
    editor_until = models.DateTimeField(null=True, blank=True)
    described_by = models.BigIntegerField(null=True, blank=True)
    described_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.BigIntegerField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.record_id} {self.version}"


class DescriptionDraft(models.Model):
    """What one person typed into one record's description and has not saved yet (草稿); ``version`` is what it began
    from.
    """

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="drafts")
    person_id = models.BigIntegerField()
    version = models.PositiveIntegerField(default=0)
    values = models.JSONField(default=dict)
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "person_id"], name="catalog_one_draft_a_person")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.person_id}"
