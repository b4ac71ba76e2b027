"""One change of a description: what it said before and after and says now, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, names_of
from lantai.administration.services.people_access import actor_of
from lantai.catalog.describe_acts import held_notice, record_for_form
from lantai.catalog.describe_pages import fault_said
from lantai.catalog.describing import element_name
from lantai.catalog.queries.describing import RecordToDescribe, change_entry
from lantai.catalog.services.describing import DescribedMeanwhile, DescriptionRefused, HeldByAnother, undo_change
from lantai.catalog.typed_text import typed_version
from lantai.common.components import Act, Cell, Column, Link, Notice, Row, Table
from lantai.common.pages import Page, show
from lantai.common.written import written_moment
from lantai.ledger.queries import EntryView


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage(Page):
    """A change with its elements; ``undo`` takes it back as a new change."""

    template: ClassVar[str] = "catalog/change.html"
    table: Table
    notices: Sequence[Notice] = ()
    version: int = 0
    undo: Act | None = None
    cancel: str = ""
    consequence: str = ""


def show_change(request: HttpRequest, code: str, entry_id: int, reader: Reader, now: datetime) -> HttpResponse:
    """The change and what taking it back would do. Raises NoSuchRecord, Http404, common's Refused."""
    record, entry = _found(code, entry_id, reader, now)
    return show(request, _page(record, entry))


def take_back(request: HttpRequest, code: str, entry_id: int, reader: Reader, now: datetime) -> HttpResponse:
    """Take the change back; or say why that cannot be done now."""
    record, entry = _found(code, entry_id, reader, now)
    try:
        undo_change(
            record_code=record.record_code,
            entry_id=entry.id,
            version=typed_version(request.POST),
            by=actor_of(request),
            now=now,
        )
    except DescriptionRefused as refused:
        told = _("；").join(f"{element_name(each.key)}{_('：')}{fault_said(each)}" for each in refused.faults)
        return show(request, _page(record, entry, Notice("bad", _("撤销后的著录不合规定。"), told)), status=422)
    except DescribedMeanwhile:
        lead = _("著录刚刚又被修改。")
        return show(request, _page(record, entry, Notice("warn", lead, _("请核对“现在”一列再撤销。"))), status=409)
    except HeldByAnother as held:
        return show(request, _page(record, entry, held_notice(held)), status=409)
    except LookupError:
        raise Http404 from None
    messages.success(request, _("已撤销，撤销本身也记入历史。"))
    return HttpResponseRedirect(_history(record))


def _found(code: str, entry_id: int, reader: Reader, now: datetime) -> tuple[RecordToDescribe, EntryView]:
    record = record_for_form(code, reader, now)
    entry = change_entry(record_code=record.record_code, entry_id=entry_id)
    if entry is None or not (entry.detail or {}).get("after"):
        raise Http404
    return record, entry


def _history(record: RecordToDescribe) -> str:
    return f"{reverse('record', args=[record.record_code])}?tab=history#lt-about"


def _page(record: RecordToDescribe, entry: EntryView, *notices: Notice) -> ChangePage:
    detail = entry.detail or {}
    before, after = detail["before"], detail["after"]
    name = names_of(references={entry.actor}).get(entry.actor, entry.actor)
    later = [key for key in after if record.values.get(key) != after[key]]
    undone = all(record.values.get(key) == before[key] for key in after)
    said = list(notices)
    if undone:
        said.append(Notice("info", _("这一步的值现在都与改动前相同，无需撤销。")))
    elif later:
        told = _("、").join(element_name(key) for key in later)
        said.append(
            Notice(
                "warn", _("这些项后来又改过：%(fields)s。") % {"fields": told}, _("撤销会把它们也改回这一步之前的值。")
            )
        )
    return ChangePage(
        title=_("修改著录"),
        here="describing",
        back=[
            Link(record.archive_code or record.record_code, reverse("record", args=[record.record_code]), code=True),
            Link(_("历史"), _history(record)),
            Link(_("修改著录")),
        ],
        facts=f"{name} · {written_moment(entry.at)}",
        table=Table(
            label=_("改动的项目"),
            columns=[Column(_("著录项")), Column(_("改动前")), Column(_("改动后")), Column(_("现在"))],
            rows=[
                Row(
                    [
                        Cell(element_name(key), main=True),
                        Cell(before[key] or "—", wide=True),
                        Cell(after[key] or "—", wide=True),
                        Cell(record.values.get(key, "") or "—", wide=True),
                    ]
                )
                for key in after
            ],
            keyed=False,
        ),
        notices=said,
        version=record.version,
        undo=None if undone else Act(_("撤销这一步"), kind="primary", icon="arrow-back-up"),
        cancel=_history(record),
        consequence=_("撤销是一次新的改动：把上列项目改回“改动前”的值。"),
    )
