"""Form templates (表单模板): marked on one page that was read, they fill the fields of every page like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from lantai.administration.services.people_access import Actor
from lantai.archival.imaging.forms import MarkedField, learn_template
from lantai.digitisation.models import FormTemplate, ReadPage, ScanBatch
from lantai.digitisation.services.understanding import active_templates, fill_form, levelling_of, lines_of
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import current_job, queue_job

MOST_FIELDS = 100
_AT_ONCE = 50
_FILL = "lantai.digitisation.services.form_templates.fill_forms"


class TemplateRefused(ValueError):
    """A template was not made. ``code``: ``name``, ``no-fields``, ``too-many``, ``same-name``, ``place`` (outside the
    page), ``nothing-printed``; ``detail`` is what it is about."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}")
        self.code, self.detail = code, detail


def add_template(*, page_id: int, name: str, marked: Sequence[MarkedField], by: Actor, now: datetime) -> FormTemplate:
    """Learn a template from a page that was read; one of the same name that is in use is replaced.

    Args:
        page_id: the page it is marked on.
        name: what the form is called.
        marked: its fields, in pixels of the scan.

    Raises:
        ReadPage.DoesNotExist: the page was not read.
        TemplateRefused: something is wrong with what was marked.
    """
    with transaction.atomic():
        reading = ReadPage.objects.select_related("page").get(page_id=page_id)
        data = _learnt(reading, name, marked)
        same = FormTemplate.objects.select_for_update().filter(name=name, retired_at=None).first()
        if same is not None and same.data == data:
            return same
        if same is not None:
            same.retired_at = now
            same.save(update_fields=["retired_at"])
        made = FormTemplate.objects.create(name=name, example=page_id, data=data, by=by.reference, at=now)
        detail = {
            "name": name, "page": page_id, "fields": [each.name for each in marked],
            "replaces": same.pk if same else None,
        }  # fmt: skip
        append_entries(entries=[_entry("form-template.added", f"form-template:{made.pk}", by, now, detail)])
    return made


def retire_template(*, template_id: int, by: Actor, now: datetime) -> None:
    """Use a template no longer; what it filled stays. Raises FormTemplate.DoesNotExist."""
    with transaction.atomic():
        found = FormTemplate.objects.select_for_update().get(pk=template_id)
        if found.retired_at is not None:
            return
        found.retired_at = now
        found.save(update_fields=["retired_at"])
        detail = {"name": found.name}
        append_entries(entries=[_entry("form-template.retired", f"form-template:{found.pk}", by, now, detail)])


def fill_batch(*, batch_id: int, by: Actor, now: datetime) -> UUID | None:
    """Have the templates in use fill the pages of a batch that were read; the job, None while one waits already.

    Raises ScanBatch.DoesNotExist.
    """
    with transaction.atomic():
        batch = ScanBatch.objects.get(pk=batch_id)
        total = ReadPage.objects.filter(page__batch=batch).count()
        key = f"scans.forms:{batch.pk}"
        queued = queue_job(
            task=_FILL, title="表单取数", arguments={"batch_id": batch.pk, "by": by.reference}, key=key,
            asked_by=by.reference, total=total,
        )  # fmt: skip
        if queued is not None:
            append_entries(entries=[_entry("scans.forms-asked", f"scans:{batch.pk}", by, now, {"pages": total})])
    return queued


@task()
def fill_forms(*, batch_id: int, by: str) -> int:
    """Fill the pages of a batch by the templates in use; returns how many pages one fits. Run again, it gives the
    same."""
    templates, job, done, fitting = active_templates(), current_job(), 0, 0
    numbers = ReadPage.objects.filter(page__batch_id=batch_id).order_by("pk").values_list("pk", flat=True)
    waiting = list(numbers)
    for start in range(0, len(waiting), _AT_ONCE):
        with transaction.atomic():
            for reading in ReadPage.objects.filter(pk__in=waiting[start : start + _AT_ONCE]).select_related("page"):
                fitting += fill_form(reading=reading, templates=templates) is not None
        done += len(waiting[start : start + _AT_ONCE])
        if job is not None:
            job.report(done=done)
    detail = {"pages": len(waiting), "filled": fitting, "templates": sorted(templates)}
    with transaction.atomic():
        append_entries(
            entries=[
                NewEntry(
                    kind="scans.forms-filled", subject=f"scans:{batch_id}", actor="system", at=timezone.now(),
                    detail={**detail, "asked_by": by},
                )
            ]
        )  # fmt: skip
    return fitting


def _learnt(reading: ReadPage, name: str, marked: Sequence[MarkedField]) -> dict[str, object]:
    """The template as data. Raises TemplateRefused."""
    if not name.strip():
        raise TemplateRefused("name")
    if not marked:
        raise TemplateRefused("no-fields")
    if len(marked) > MOST_FIELDS:
        raise TemplateRefused("too-many", str(MOST_FIELDS))
    names = [each.name for each in marked]
    if twice := next((each for each in names if names.count(each) > 1), ""):
        raise TemplateRefused("same-name", twice)
    for each in marked:
        left, top, right, bottom = each.box
        if not (0 <= left < right <= reading.page.width and 0 <= top < bottom <= reading.page.height):
            raise TemplateRefused("place", each.name)
    level = levelling_of(reading)
    fields = [MarkedField(each.name, each.kind, level.level(each.box), each.required) for each in marked]
    try:
        made = learn_template(level.lines(lines_of(reading)), fields, width=level.width, height=level.height)
    except ValueError:
        raise TemplateRefused("nothing-printed") from None
    return made.data()


def _entry(kind: str, subject: str, by: Actor, now: datetime, detail: Mapping[str, object]) -> NewEntry:
    return NewEntry(
        kind=kind, subject=subject, actor=by.reference, at=now, role=by.role, address=by.address, detail=detail
    )
