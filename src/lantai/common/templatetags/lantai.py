"""The components as tags: ``{% load lantai %}``. Each takes a value of :mod:`lantai.common.components`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.core.files.storage import storages
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select, Textarea
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lantai.common import components, components_lists, shown_documents
from lantai.common.states import state as state_called

register = template.Library()

NOTE_ICONS = {
    "": "info-circle",
    "info": "info-circle",
    "ok": "circle-check",
    "warn": "alert-triangle",
    "bad": "circle-x",
}


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """``{% icon "search" %}`` for ornament, ``{% icon "lock" label %}`` when it says something of its own."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    sprite = _sprite(storages["staticfiles"])
    return format_html('<svg class="lt-icon {}" {}><use href="{}#{}"/></svg>', css, spoken, sprite, name)


@lru_cache(maxsize=4)
def _sprite(_storage: object) -> str:
    """The address of all icons, asked once of the storage of static files: a page may have a hundred of them."""
    return static("lantai/dist/icons.svg")


@register.simple_tag
def status(code: str, words: str = "") -> SafeString:
    """``{% status "fail" %}``: a tag with icon and words from the one list of states; *words* says it more exactly."""
    found = state_called(code)
    tone = f"lt-tag--{found.tone}" if found.tone else ""
    return format_html('<span class="lt-tag {}">{}{}</span>', tone, icon(found.icon), words or found.words)


@register.simple_tag
def state_icon(code: str) -> SafeString:
    """The icon of a state alone, spoken by its words; for check lists."""
    found = state_called(code)
    return icon(found.icon, str(found.words), f"lt-{found.tone or 'none'}")


@register.simple_tag
def count(number: int | str | None, hot: bool = False, words: str = "") -> SafeString:
    """A number in a pill; *words* are spoken after it ("项")."""
    if number is None:
        return SafeString()
    spoken = format_html('<span class="lt-hide"> {}</span>', words) if words else ""
    return format_html('<span class="lt-count{}">{}{}</span>', " lt-count--hot" if hot else "", number, spoken)


@register.simple_tag
def button(act: components.Act, size: str = "", about: str = "") -> SafeString:
    """A button or a link that looks like one. *about* is spoken after its words, for rows with equal buttons."""
    css = "".join((f" lt-button--{act.kind}" if act.kind else "", f" lt-button--{size}" if size else ""))
    drawn = icon(act.icon) if act.icon else ""
    more = format_html('<span class="lt-hide">{}{}</span>', _("："), about) if about else ""
    key = format_html(" <kbd>{}</kbd>", _key_cap(act.key)) if act.key else ""
    pressed = format_html(' data-key="{}"', act.key) if act.key else ""
    if act.reason:
        return format_html(
            '<button type="button" class="lt-button{}" aria-disabled="true" title="{}">{}{}'
            '<span class="lt-hide">{}{}</span></button>',
            css,
            act.reason,
            drawn,
            act.text,
            _("："),
            act.reason,
        )
    if act.href:
        saved = mark_safe(" download") if act.download else ""
        return format_html(
            '<a class="lt-button{}" href="{}"{}{}>{}{}{}{}</a>',
            css,
            act.href,
            pressed,
            saved,
            drawn,
            act.text,
            more,
            key,
        )
    named = format_html(' name="{}" value="{}"', act.name, act.value) if act.name else ""
    return format_html(
        '<button type="submit" class="lt-button{}"{}{}>{}{}{}{}</button>',
        css,
        named,
        pressed,
        drawn,
        act.text,
        more,
        key,
    )


def _key_cap(key: str) -> str:
    return "Ctrl ↵" if key == "mod+enter" else key.upper()


@register.simple_block_tag
def card(content: str, title: str = "", symbol: str = "", foot: str = "", id: str = "") -> SafeString:
    """``{% card title="…" symbol="shield-check" %}…{% endcard %}``; the content brings its own padding."""
    drawn = icon(symbol) if symbol else ""
    head = format_html('<div class="lt-card__head">{}<h2>{}</h2></div>', drawn, title) if title else ""
    below = format_html('<div class="lt-card__foot">{}</div>', foot) if foot else ""
    named = format_html(' id="{}"', id) if id else ""
    return format_html('<section class="lt-card"{}>{}{}{}</section>', named, head, mark_safe(content), below)


@register.simple_block_tag
def note(content: str, tone: str = "info", css: str = "") -> SafeString:
    """``{% note "warn" %}…{% endnote %}``: a sentence that must be seen."""
    role = mark_safe(' role="alert"') if tone == "bad" else ""
    return format_html(
        '<div class="lt-note lt-note--{} {}"{}>{}<div class="lt-note__body">{}</div></div>',
        tone,
        css,
        role,
        icon(NOTE_ICONS[tone]),
        mark_safe(content),
    )


@register.simple_block_tag
def actions(content: str, say: str = "") -> SafeString:
    """The bar at the bottom with the one primary act of the page; *say* tells what it will do."""
    said = format_html("{} {}", icon("info-circle"), say) if say else ""
    told = format_html('<span class="lt-grow lt-small">{}</span>', said)
    return format_html('<div class="lt-actions">{}{}</div>', told, mark_safe(content))


def _partial(name: str) -> str:
    return f"lantai/components/{name}.html"


@register.inclusion_tag(_partial("notice"))
def notice(value: components.Notice, css: str = "") -> dict[str, Any]:
    """A :class:`Notice` with its button."""
    return {"notice": value, "icon": NOTE_ICONS[value.tone], "css": css}


@register.inclusion_tag(_partial("crumb"))
def crumb(links: Sequence[components.Link]) -> dict[str, Any]:
    """Where the page stands (层级)."""
    return {"links": links}


@register.inclusion_tag(_partial("page_head"))
def page_head(page: Any) -> dict[str, Any]:
    """Crumb, title, facts and buttons of a page."""
    return {"page": page}


@register.inclusion_tag(_partial("field"))
def field(bound: BoundField, css: str = "", plain: bool = False) -> dict[str, Any]:
    """A field of a Django form: label, hint, error and control, joined for screen readers; *plain* says nothing of
    whether it must be filled, as in filters."""
    widget = bound.field.widget
    single_box = isinstance(widget, CheckboxInput)
    many = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    described = " ".join(
        part
        for part, there in ((f"{bound.auto_id}_hint", bound.help_text), (f"{bound.auto_id}_error", bound.errors))
        if there
    )
    attributes: dict[str, str | bool] = {}
    if not many and not single_box:
        kind = "textarea" if isinstance(widget, Textarea) else "select" if isinstance(widget, Select) else "input"
        attributes["class"] = f"lt-{kind} {widget.attrs.get('class', '')}".strip()
    if described:
        attributes["aria-describedby"] = described
    if bound.errors:
        attributes["aria-invalid"] = "true"
    control = bound.as_widget(attrs=attributes)
    optional = not (bound.field.required or plain or many or isinstance(widget, Select))
    return {"field": bound, "control": control, "box": single_box, "many": many, "css": css, "optional": optional}


@register.inclusion_tag(_partial("error_summary"))
def error_summary(form: BaseForm) -> dict[str, Any]:
    """The faults of a form with links to their fields; empty when there is none (rule 21)."""
    return {"form": form, "faulty": [each for each in form if each.errors]}


@register.inclusion_tag(_partial("tabs"))
def tabs(values: Sequence[components.Tab], label: str) -> dict[str, Any]:
    """Tabs or saved views."""
    return {"tabs": values, "label": label}


@register.inclusion_tag(_partial("chips"))
def chips(values: Sequence[components.Chip]) -> dict[str, Any]:
    """The conditions of a search, each removable."""
    return {"chips": values}


@register.inclusion_tag(_partial("filters"))
def filters(form: BaseForm, reset: str = "", label: str = "", refresh: str = "") -> dict[str, Any]:
    """A query form above a list; with *refresh*, the id of a part, it swaps only that."""
    return {"form": form, "reset": reset, "label": label, "refresh": refresh}


@register.inclusion_tag(_partial("tiles"))
def tiles(values: Sequence[components.Tile]) -> dict[str, Any]:
    """Numbers that open their rows."""
    return {"tiles": values}


@register.inclusion_tag(_partial("table"), takes_context=True)
def table(context: template.Context, value: components.Table) -> dict[str, Any]:
    """A list with selection, bulk bar and pager."""
    lines = [(row, list(zip(value.columns, row.cells, strict=True))) for row in value.rows]
    return {"table": value, "lines": lines, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag(_partial("view_bar"), takes_context=True)
def view_bar(context: template.Context, value: components_lists.ViewBar) -> dict[str, Any]:
    """What can be done with the saved view that is open, or with the filter that could become one."""
    return {"bar": value, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag(_partial("pager"))
def pager(value: components.Pager) -> dict[str, Any]:
    """Numbers of pages with the sentence where one stands."""
    return {"pager": value}


@register.inclusion_tag(_partial("pairs"))
def pairs(values: Sequence[components.Pair]) -> dict[str, Any]:
    """Key-value lines."""
    return {"pairs": values}


@register.inclusion_tag(_partial("pair_groups"))
def pair_groups(values: Sequence[components.PairGroup]) -> dict[str, Any]:
    """Key-value lines under headings."""
    return {"groups": values}


@register.inclusion_tag(_partial("steps"))
def steps(values: Sequence[components.Step]) -> dict[str, Any]:
    """A course of steps; done, now, failed and to come."""
    return {"steps": values}


@register.inclusion_tag(_partial("timeline"))
def timeline(values: Sequence[components.Event]) -> dict[str, Any]:
    """What happened, newest first."""
    return {"events": values}


@register.inclusion_tag(_partial("check_list"))
def check_list(values: Sequence[components.CheckGroup]) -> dict[str, Any]:
    """Groups of checks (四性检测): passed ones folded; in open ones what passed or does not apply is folded."""
    quiet = ("pass", "not-applicable")
    groups = [
        (
            group,
            [line for line in group.lines if not group.opened or line.state not in quiet],
            [line for line in group.lines if group.opened and line.state in quiet],
        )
        for group in values
    ]
    return {"groups": groups}


@register.inclusion_tag(_partial("check_line"))
def check_line(line: components.CheckLine) -> dict[str, Any]:
    """One check: its name, what it found, what to do."""
    return {"line": line}


@register.inclusion_tag(_partial("receipts"))
def receipts(values: Sequence[components.ReceiptLink]) -> dict[str, Any]:
    """The chain of signed receipts (回执)."""
    return {"receipts": values}


@register.inclusion_tag(_partial("job"), takes_context=True)
def job(context: template.Context, value: components.JobRow) -> dict[str, Any]:
    """A background job with its progress."""
    return {"job": value, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag(_partial("empty"))
def nothing(value: components.Empty) -> dict[str, Any]:
    """Nothing here: why, and what next. (``empty`` is Django's own word.)"""
    return {"empty": value}


@register.inclusion_tag(_partial("skeleton"))
def skeleton(lines: int = 4) -> dict[str, Any]:
    """The shape of what is being loaded; seen after 0.3 s only, and after 10 s with a sentence."""
    return {"lines": range(lines)}


@register.inclusion_tag(_partial("viewer"))
def viewer(document: shown_documents.Document) -> dict[str, Any]:
    """Page images with zoom and thumbnails; plain images without script."""
    return {"document": document}


@register.inclusion_tag(_partial("text_pane"))
def text_pane(document: shown_documents.Document) -> dict[str, Any]:
    """The lines of the pages, linked with their places."""
    doubtful = sum(line.doubtful for page in document.pages for line in page.lines)
    return {"document": document, "doubtful": doubtful}


@register.inclusion_tag(_partial("result"))
def result(hit: components.Hit) -> dict[str, Any]:
    """One result of a search."""
    return {"hit": hit}


@register.inclusion_tag(_partial("facet"))
def facet(value: components.Facet, kept: Sequence[tuple[str, str]] = (), action: str = "") -> dict[str, Any]:
    """One way to narrow a search; *kept* are the other conditions, for the form of the years."""
    return {"facet": value, "kept": kept, "action": action, "bars": _bars(value.years)}


def _bars(years: Sequence[components.YearBar]) -> SafeString:
    """The bars of a histogram as SVG rectangles in a box of one unit a year, 56 high."""
    return format_html_join(
        "",
        '<rect x="{}" y="{}" width=".86" height="{}"{}><title>{}: {}</title></rect>',
        (
            (
                place,
                f"{56 - max(1.5, 56 * bar.share):.1f}",
                f"{max(1.5, 56 * bar.share):.1f}",
                mark_safe(' class="lt-histogram--on"') if bar.inside else "",
                bar.year,
                bar.count,
            )
            for place, bar in enumerate(years)
        ),
    )


@register.inclusion_tag(_partial("code_block"))
def code_block(text: str, label: str, id: str) -> dict[str, Any]:
    """Text to be copied: a command, a checkpoint, a digest."""
    return {"text": text, "label": label, "id": id}


@register.simple_tag
def copy_button(text: str, label: str = "") -> SafeString:
    """A small button that copies *text*; it only shows where script runs."""
    return format_html(
        '<button type="button" class="lt-button lt-button--ghost lt-button--copy lt-needs-script"'
        ' data-copy="{}" data-copied="{}" aria-label="{}">{}</button>',
        text,
        _("已复制"),
        label or _("复制 %(text)s") % {"text": text},
        icon("copy"),
    )
