"""Edit what is registered of a service item, every field, from a day on, after a look at what changes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.item_forms import ItemDetailsForm
from lantai.administration.models import Role, ServiceItem
from lantai.administration.queries.dated_changes import (
    DatedChangeView,
    item_state_on,
    item_values,
    waiting_changes,
)
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.item_details import ItemDetails, change_item, details_as_kept
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.views.dated_changes import change_words, field_name, said_of, state_cell
from lantai.administration.views.showing import (
    EffectPage,
    Part,
    confirm_act,
    effects_table,
    is_confirmed,
    moment_words,
    plain_table,
    preview_act,
)
from lantai.common.components import Cell, Link, Row
from lantai.common.pages import show

HERE = "service-items"


@roles(Role.ARCHIVIST)
def item_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change any field of an item from a day on."""
    row = get_object_or_404(ServiceItem.objects.select_related("organisation", "record_class"), code=code)
    form = ItemDetailsForm(request.POST or None, held=item_values(item=row))
    if form.is_valid() and is_confirmed(request, form):
        try:
            made = change_item(code=code, **_given(form), by=actor_of(request), now=timezone.now())
            waits = made.in_force_at is None
            messages.success(request, _("已登记，到生效日期自动生效。") if waits else _("已登记，立即生效。"))
            return redirect("service-item", code)
        except ReferenceRefused as refused:
            form.add_error("valid_from", str(refused))
    return show(request, _page(row, form))


def _given(form: ItemDetailsForm) -> dict[str, Any]:
    data = dict(form.cleaned_data)
    valid_from, reason = data.pop("valid_from"), data.pop("reason")
    return {"details": ItemDetails(**data), "valid_from": valid_from, "reason": reason}


def _page(row: ServiceItem, form: ItemDetailsForm) -> EffectPage:
    title, ready = _("修改登记"), form.is_bound and not form.errors
    effects = _effects(row, form) if ready else []
    if ready and not effects:
        form.add_error(None, _("与这一天的登记相同，没有改动。"))
    return EffectPage(
        title=title,
        here=HERE,
        back=[
            Link(_("事项与材料"), resolve_url(HERE)),
            Link(row.name, resolve_url("service-item", row.code)),
            Link(title),
        ],
        form=form,
        submit=confirm_act(form, _("确认修改")) if effects else preview_act(),
        cancel=resolve_url("service-item", row.code),
        warning=_("以前的登记留在历史里；已进馆档案的类别和档号不变。"),
        two_columns=True,
        effects=effects_table(effects) if effects else None,
    )


def _effects(row: ServiceItem, form: ItemDetailsForm) -> list[tuple[str, str, str]]:
    given = _given(form)
    held = item_state_on(item=row, day=given["valid_from"])
    wanted = details_as_kept(details=given["details"])
    since = _("自 %(day)s 起") % {"day": given["valid_from"].isoformat()}
    lines = [
        (field_name(name), f"{said_of(held[name])} → {said_of(value)}", since)
        for name, value in wanted.items()
        if value != held[name]
    ]
    if not lines:
        return []
    if {"name", "type", "record_class", "promised_days"} & {name for name in wanted if wanted[name] != held[name]}:
        lines.append((_("检测规则"), _("规则包里的这个事项"), _("发布规则包后用于检测")))
    later = [each for each in waiting_changes(kinds=("item",), subject=row.code) if each.day > given["valid_from"]]
    return lines + [
        (_("待生效的变更"), change_words(each), _("仍在 %(day)s 生效") % {"day": each.day}) for each in later
    ]


def history_part(changes: list[DatedChangeView]) -> Part:
    """Every change of an item with its day and state, each leading to its page."""
    rows = [
        Row(
            [
                Cell(each.day.isoformat(), href=resolve_url("dated-change", each.id), main=True, whole=True),
                Cell(change_words(each), wide=True),
                Cell(each.basis),
                Cell(moment_words(each.recorded_at), whole=True),
                state_cell(each),
            ]
        )
        for each in changes
    ]
    headings = (_("生效日期"), _("变更"), _("依据"), _("登记"), _("状态"))
    return Part(title=_("登记沿革"), table=plain_table(_("登记沿革"), headings, rows, _("登记后没有变更")))
