"""What the pages of administration share: one thing in detail, and a form that shows its effects before it acts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.forms import BaseForm, Form
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lantai.common.components import Act, Cell, Column, Empty, Event, Notice, Pair, PairGroup, Row, Table
from lantai.common.pages import FormPage, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One card of a detail page: a table, or a timeline."""

    title: str
    table: Table | None = None
    events: Sequence[Event] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailPage(Page):
    """One thing with all that belongs to it. `bar` is the sticky bar with its one primary action; `texts` are long
    values of their own; `source` is shown as it stands, under `source_title`."""

    template: ClassVar[str] = "administration/detail.html"
    groups: Sequence[PairGroup] = ()
    parts: Sequence[Part] = ()
    texts: Sequence[Pair] = ()
    notices: Sequence[Notice] = ()
    bar: Sequence[Act] = ()
    say: str = ""
    source: str = ""
    source_title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectPage(FormPage):
    """A form that, once filled in, shows what would follow (`effects`) and asks to be sent again to act."""

    template: ClassVar[str] = "administration/effects.html"
    effects: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesPage(FormPage):
    """A form with a list of lines below it (`lines`, a formset). `trial` asks for a package to try them on; `result`
    is what was found; `effects` is what would follow from what is typed in, before it is confirmed."""

    template: ClassVar[str] = "administration/lines.html"
    lines: Any
    result: Table | None = None
    trial: BaseForm | None = None
    effects: Table | None = None


def lines_asked(request: HttpRequest, kind: Any, held: Sequence[dict[str, Any]], **given: Any) -> Any:
    """The formset *kind* as typed in, with two more lines when they are asked for; else the lines *held*. Every line
    gets what is *given*."""
    if request.method != "POST":
        return kind(initial=list(held), form_kwargs=given)
    data = request.POST.copy()
    if "more" in data:
        count = data.get("form-TOTAL_FORMS", "0")
        data["form-TOTAL_FORMS"] = str(min(int(count) if count.isdecimal() else 0, 500) + 2)
    return kind(data, initial=list(held), form_kwargs=given)


def mark_of(form: Form, lines: Sequence[Form] = ()) -> str:
    """What tells one set of values typed in, with its lines, from another; call it on valid forms."""
    said = repr([sorted((name, str(value)) for name, value in each.cleaned_data.items()) for each in (form, *lines)])
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:24]


def is_confirmed(request: HttpRequest, form: Form, lines: Sequence[Form] = ()) -> bool:
    """Whether just these values were shown with their effects before and are now confirmed."""
    return request.POST.get("confirmed") == mark_of(form, lines)


def confirm_act(form: Form, text: str, *, danger: bool = False, lines: Sequence[Form] = ()) -> Act:
    """The button that confirms what was shown."""
    return Act(text, kind="danger" if danger else "primary", name="confirmed", value=mark_of(form, lines))


def preview_act() -> Act:
    """The button that shows the effects."""
    return Act(_("预览影响"), kind="primary")


def plain_table(
    label: str, headings: Sequence[str], rows: Sequence[Row], empty: str = "", icon: str = "list-check"
) -> Table:
    """A table of these headings; `empty` says why there is nothing."""
    return Table(
        label=label,
        columns=[Column(each) for each in headings],
        rows=rows,
        empty=Empty(icon, empty or _("没有内容"), ""),
        keyed=False,
    )


def effect_rows(lines: Sequence[tuple[str, str, str]]) -> list[Row]:
    """Lines of an effect: what, how many or which, what happens to it."""
    return [Row([Cell(what, main=True), Cell(which), Cell(then, wide=True)]) for what, which, then in lines]


def effects_table(lines: Sequence[tuple[str, str, str]]) -> Table:
    """What would follow, line by line."""
    return plain_table(_("将产生的影响"), (_("对象"), _("涉及"), _("处理")), effect_rows(lines))


def day_words(day: date | None) -> str:
    """A day as every page writes it; a dash for none."""
    return day.isoformat() if day else "—"


def span_words(first: date | None, last: date | None) -> str:
    """Two days with a dash between, open at the end; what is not known is left out."""
    if first is None:
        return _("至 %(day)s") % {"day": last.isoformat()} if last else "—"
    return f"{first.isoformat()} — {last.isoformat() if last else _('至今')}"


def moment_words(moment: datetime | None) -> str:
    """A moment to the minute in the archive's time; a dash for none."""
    return date_format(timezone.localtime(moment), "Y-m-d H:i") if moment else "—"


def phase_of(first: date, last: date | None) -> tuple[str, str]:
    """State code and words of a version by today: to come, in force, over."""
    today = timezone.localdate()
    if first > today:
        return "waiting", _("将生效")
    return ("active", _("现行")) if last is None or last >= today else ("inactive", _("已失效"))
