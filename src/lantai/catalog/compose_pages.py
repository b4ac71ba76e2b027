"""The page of an item's files (组件): order and roles, splitting off, merging another item in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.administration.queries.people import Reader
from lantai.administration.services.people_access import actor_of
from lantai.catalog.components import StoredComponent
from lantai.catalog.describe_acts import held_notice, record_for_form
from lantai.catalog.describing import form_of, name_of
from lantai.catalog.models import Record
from lantai.catalog.queries import NoSuchRecord
from lantai.catalog.queries.composition import ROLES, Part, seeming_role
from lantai.catalog.queries.describing import RecordToDescribe, parts_to_compose, records_named
from lantai.catalog.services.composing import CompositionRefused, compose_item, merge_items, split_item
from lantai.catalog.services.describing import HeldByAnother, NotToBeDescribed
from lantai.catalog.viewing import NotShown, viewed_pages
from lantai.common.components import Link, Notice
from lantai.common.pages import Page, show
from lantai.common.written import written_size

ROLE_NAMES = {
    "main": gettext_lazy("正文（主件）"),
    "attachment": gettext_lazy("附件"),
    "draft": gettext_lazy("底稿"),
    "sheet": gettext_lazy("处理单"),
    "other": gettext_lazy("其他"),
}
MOST_PAGES = 300
"""Pages of one file whose lines are read when an item is split; a longer file keeps its text with both items."""


@dataclass(frozen=True, slots=True)
class PartLine:
    """One file of the item: its key in the form, name, what it is, its role, and the address that shows it."""

    key: str
    name: str
    facts: str
    role: str
    href: str
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposePage(Page):
    """The files of an item with the forms that order, split and merge."""

    template: ClassVar[str] = "catalog/compose.html"
    parts: Sequence[PartLine]
    seen: str
    roles: Sequence[tuple[str, str]]
    notices: Sequence[Notice] = ()
    title_typed: str = ""
    reason_typed: str = ""
    other_typed: str = ""
    merge_reason: str = ""
    candidates: Sequence[tuple[str, str]] = ()
    cancel: str = ""


def show_parts(request: HttpRequest, code: str, reader: Reader, now: datetime) -> HttpResponse:
    """The files of the item. Raises NoSuchRecord, common's Refused."""
    record = record_for_form(code, reader, now)
    words = request.GET.get("find", "")[:200]
    found = records_named(words=words, reader=reader, without=[record.id]) if words.strip() else []
    said = [Notice("info", _("没有找到“%(words)s”。") % {"words": words})] if words.strip() and not found else []
    return show(request, _page(request, record, said, found))


def change_parts(request: HttpRequest, code: str, reader: Reader, now: datetime) -> HttpResponse:
    """Order, split or merge, as the pressed button says; or say why not."""
    record = record_for_form(code, reader, now)
    act = {"split": _split, "merge": _merge}.get(request.POST.get("act", ""), _compose)
    try:
        told, target = act(request, record, reader, now)
    except CompositionRefused as refused:
        problem = Notice("bad", _refusal(refused))
    except HeldByAnother as held:
        problem = held_notice(held)
    except NotToBeDescribed:
        problem = Notice("bad", _("其中一件已不在馆或已并入别的档案。"))
    except Record.DoesNotExist:
        problem = Notice("bad", _("没有找到要并入的档案，请核对档号。"))
    except ValueError:
        problem = Notice("bad", _("请填写所有必填项：题名和理由。"))
    else:
        messages.success(request, told)
        return HttpResponseRedirect(target)
    return show(request, _page(request, record, [problem], []), status=422)


def _seen(parts: Sequence[Part]) -> str:
    """The files a form was made for, as a mark: places in another list are other files."""
    told = "\n".join(f"{each.representation_id} {each.path}" for each in parts)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _parts_of_form(request: HttpRequest, record: RecordToDescribe) -> list[Part]:
    """The files of the item. Raises CompositionRefused when they are others than the form was made for."""
    parts = parts_to_compose(record_id=record.id)
    if request.POST.get("seen", "") not in ("", _seen(parts)):
        raise CompositionRefused("parts")
    return parts


def _compose(request: HttpRequest, record: RecordToDescribe, reader: Reader, now: datetime) -> tuple[str, str]:
    parts = _parts_of_form(request, record)
    placed = []
    for at, each in enumerate(parts):
        typed = request.POST.get(f"order-{at}", "")
        order = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else at + 1
        placed.append((order, at, Part(each.representation_id, each.path, request.POST.get(f"role-{at}", each.role))))
    ordered = [each for _order, _at, each in sorted(placed, key=lambda one: one[:2])]
    changed = compose_item(record_code=record.record_code, parts=ordered, by=actor_of(request), now=now)
    told = _("组件的次序和角色已保存。") if changed else _("组件没有改动。")
    return told, reverse("record-compose", args=[record.record_code])


def _split(request: HttpRequest, record: RecordToDescribe, reader: Reader, now: datetime) -> tuple[str, str]:
    parts = _parts_of_form(request, record)
    wanted = set(request.POST.getlist("part"))
    places = [at for at in range(len(parts)) if str(at) in wanted]
    components = record.package.components if record.package is not None else ()
    moved = _lines(record, [components[at] for at in places])
    kept = _lines(record, [each for at, each in enumerate(components) if at not in places])
    code = split_item(
        record_code=record.record_code,
        chosen={(parts[at].representation_id, parts[at].path) for at in places},
        title=request.POST.get("title", ""),
        reason=request.POST.get("reason", ""),
        moved_lines=moved,
        kept_lines=kept,
        by=actor_of(request),
        now=now,
    )
    told = _("已拆出新件，文件仍在原处保存；请核对新件的著录。")
    return told, reverse("record-describe", args=[code])


def _merge(request: HttpRequest, record: RecordToDescribe, reader: Reader, now: datetime) -> tuple[str, str]:
    words = request.POST.get("other", "").strip()
    try:
        found = record_for_form(words, reader, now)
    except NoSuchRecord:
        raise Record.DoesNotExist from None
    merge_items(
        record_code=record.record_code,
        other=found.record_code,
        reason=request.POST.get("merge-reason", ""),
        by=actor_of(request),
        now=now,
    )
    told = _("%(code)s 已并入这一件；它的档号作废并记下理由，登记、历史和凭证都保留。") % {
        "code": found.archive_code or found.record_code
    }
    return told, reverse("record-compose", args=[record.record_code])


def _lines(record: RecordToDescribe, components: Sequence[StoredComponent]) -> list[str]:
    """The lines of text of these files, as far as they can be shown."""
    found: list[str] = []
    for each in components:
        if record.package is None:
            break
        object_id, path = each.held_in or (record.package.object_id, record.package.path)
        first, pages = 1, 1
        while first <= min(pages, MOST_PAGES):
            try:
                viewed = viewed_pages(object_id=object_id, path=path, component=each, first=first)
            except NotShown:
                break
            found += [line[0] for page in viewed.lines for line in page]
            pages, first = viewed.pages, first + max(1, len(viewed.shapes))
    return found


def _refusal(refused: CompositionRefused) -> str:
    columns = {each.name: str(each.verbose_name) for each in Record._meta.concrete_fields}
    names = _("、").join(columns.get(each, each) for each in refused.columns)
    sentences = {
        "level": _("只有文件级档案可以拆分、合并和组件。"),
        "empty": _("请勾选要拆出的文件。"),
        "whole": _("不能拆出全部文件：原件至少留一个。"),
        "parts": _("文件已有变化，请刷新后再排。"),
        "itself": _("不能并入自己。"),
        "differ": _("这两件不能合并：%(names)s不同。合并会改变其中一件的保管、开放或利用。") % {"names": names},
        "code": _("新件不能编档号：%(told)s") % {"told": refused.told},
    }
    return sentences[refused.why]


def _page(
    request: HttpRequest, record: RecordToDescribe, notices: Sequence[Notice], found: Sequence[tuple[str, str]]
) -> ComposePage:
    code, back = record.archive_code or record.record_code, reverse("record", args=[record.record_code])
    components = record.package.components if record.package is not None else ()
    chosen = set(request.POST.getlist("part"))
    return ComposePage(
        title=_("组件"),
        here="describing",
        back=[Link(code, back, code=True), Link(_("组件"))],
        facts=record.values["title"],
        parts=[
            PartLine(
                key=str(at),
                name=name_of(each),
                facts=" · ".join(part for part in (form_of(each), written_size(each.size)) if part),
                role=seeming_role(each),
                href=f"{back}?file={at + 1}",
                chosen=str(at) in chosen,
            )
            for at, each in enumerate(components)
        ],
        seen=_seen(parts_to_compose(record_id=record.id)),
        roles=[(each, str(ROLE_NAMES[each])) for each in ROLES],
        notices=notices,
        title_typed=request.POST.get("title", ""),
        reason_typed=request.POST.get("reason", ""),
        other_typed=request.POST.get("other", request.GET.get("find", ""))[:200],
        merge_reason=request.POST.get("merge-reason", ""),
        candidates=found,
        cancel=back,
    )
