"""Material rules (材料规则): of an item, from a day on; of the levels above the items."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.models import ItemVersion, MaterialRuleSet, Role, ServiceItem
from lantai.administration.queries.people import reader_of
from lantai.administration.rule_forms import ItemVersionForm, MaterialLines, RuleSetForm, TrialForm, kept_lines
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.foreseeing import foresee_item_version, foresee_rule_set
from lantai.administration.services.items import NewItemVersion, NewRuleSet, publish_item_versions, publish_rule_sets
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.views.items import rules_table
from lantai.administration.views.rule_effects import lines_act, material_effects_table
from lantai.administration.views.showing import (
    DetailPage,
    LinesPage,
    Part,
    is_confirmed,
    lines_asked,
    phase_of,
    span_words,
)
from lantai.archival.checks.material_text import conditions_text, needs_text
from lantai.common.components import Act, Link, Table
from lantai.common.pages import show

HERE = "service-items"


def lines_of(rules: Any) -> list[dict[str, Any]]:
    """Material rules as lines to be edited."""
    return [
        {
            "code": each["code"],
            "type": each["type"],
            "name": each["name"],
            "needs": needs_text(each["needs"]),
            "when": conditions_text(each.get("when", ())),
            "basis": each.get("basis", ""),
        }
        for each in rules
    ]


@roles(Role.ARCHIVIST)
def item_version_new(request: HttpRequest, code: str) -> HttpResponse:
    """Publish a version of an item's material catalogue and rules, beginning from the last one."""
    row = get_object_or_404(ServiceItem, code=code)
    last = row.versions.order_by("valid_from").last()
    form, lines = ItemVersionForm(request.POST or None, initial=_initial(last)), _lines(request, last)
    effects = None
    if request.method == "POST" and "more" not in request.POST and form.is_valid() & lines.is_valid():
        rules = [each.rule() for each in kept_lines(lines)]
        new = NewItemVersion(item=code, rules=rules, **form.cleaned_data)
        try:
            if is_confirmed(request, form, kept_lines(lines)):
                return _publish_version(request, new)
            effects = material_effects_table(foresee_item_version(new=new, reader=reader_of(request)))
        except ReferenceRefused as refused:
            form.add_error("valid_from", str(refused))
    return show(request, item_page(row, form, lines, effects=effects))


def _publish_version(request: HttpRequest, new: NewItemVersion) -> HttpResponse:
    publish_item_versions(versions=[new], by=actor_of(request), now=timezone.now())
    messages.success(request, _("已发布第 %(version)s 版；发布规则包后用于检测。") % {"version": new.version})
    return redirect("service-item", new.item)


def _initial(last: ItemVersion | None) -> dict[str, Any]:
    return {"mode": last.mode, "materials": "\n".join(last.materials)} if last else {}


def _lines(request: HttpRequest, last: ItemVersion | MaterialRuleSet | None) -> Any:
    return lines_asked(request, MaterialLines, lines_of(last.rules if last else []))


def _way_to(title: str, *, over: Link) -> list[Link]:
    return [Link(_("事项与材料"), resolve_url(HERE)), over, Link(title)]


def item_page(
    row: ServiceItem,
    form: ItemVersionForm,
    lines: Any,
    trial: TrialForm | None = None,
    result: Table | None = None,
    effects: Table | None = None,
) -> LinesPage:
    """The page on which a version of an item's rules is written, with what a trial found or what would follow."""
    title = _("编制新版本")
    return LinesPage(
        title=title,
        here=HERE,
        back=_way_to(title, over=Link(row.name, resolve_url("service-item", row.code))),
        form=form,
        lines=lines,
        action=resolve_url("item-version-new", row.code),
        submit=lines_act(form, lines, effects),
        effects=effects,
        cancel=resolve_url("service-item", row.code),
        warning=_("发布后不能修改；前一版到生效日期前一天为止。"),
        trial=trial or TrialForm(initial={"target": f"item:{row.code}"}),
        result=result,
    )


@roles(Role.ARCHIVIST)
@require_safe
def material_rules(request: HttpRequest) -> HttpResponse:
    """Show the material rules of the levels above the items, with all versions."""
    title = _("上级材料规则")
    page = DetailPage(
        title=title,
        here=HERE,
        back=[Link(_("事项与材料"), resolve_url(HERE)), Link(title)],
        facts=_("缺省 → 行政区划 → 单位 → 事项，逐级追加或取代"),
        parts=_set_parts(),
        bar=[Act(_("编制规则"), href=resolve_url("material-rules-new"), kind="primary")],
        say=_("规则按受理日期适用；发布后不改，从某日起用新规则。"),
    )
    return show(request, page)


def _set_parts() -> list[Part]:
    order = {"default": 0, "region": 1, "unit": 2}
    rows = sorted(
        MaterialRuleSet.objects.all(), key=lambda each: (order[each.level], each.key, -each.valid_from.toordinal())
    )
    parts = []
    for each in rows:
        told = f"{each.get_level_display()} {each.key} · {span_words(each.valid_from, each.valid_to)}"
        title = f"{told}（{phase_of(each.valid_from, each.valid_to)[1]} · {each.get_mode_display()}）"
        parts.append(Part(title=title, table=rules_table(each.rules, None)))
    return parts or [Part(title=_("上级材料规则"), table=rules_table([], None))]


@roles(Role.ARCHIVIST)
def material_rules_new(request: HttpRequest) -> HttpResponse:
    """Publish material rules of a level above the items, beginning from those in force."""
    level, key = request.GET.get("level", "default"), request.GET.get("key", "")
    last = MaterialRuleSet.objects.filter(level=level, key=key).order_by("valid_from").last()
    held = {"level": level, "key": key, "mode": last.mode if last else "add"}
    form, lines = RuleSetForm(request.POST or None, initial=held), _lines(request, last)
    effects = None
    if request.method == "POST" and "more" not in request.POST and form.is_valid() & lines.is_valid():
        new = NewRuleSet(rules=[each.rule() for each in kept_lines(lines)], **form.cleaned_data)
        try:
            if is_confirmed(request, form, kept_lines(lines)):
                return _publish_set(request, new)
            effects = material_effects_table(foresee_rule_set(new=new, reader=reader_of(request)))
        except ReferenceRefused as refused:
            form.add_error("valid_from", str(refused))
    return show(request, set_page(form, lines, effects=effects))


def _publish_set(request: HttpRequest, new: NewRuleSet) -> HttpResponse:
    publish_rule_sets(rule_sets=[new], by=actor_of(request), now=timezone.now())
    messages.success(request, _("已发布；发布规则包后用于检测。"))
    return redirect("material-rules")


def set_page(
    form: RuleSetForm,
    lines: Any,
    trial: TrialForm | None = None,
    result: Table | None = None,
    effects: Table | None = None,
) -> LinesPage:
    """The page on which rules of a level are written, with what a trial found or what would follow."""
    title = _("编制规则")
    return LinesPage(
        title=title,
        here=HERE,
        back=_way_to(title, over=Link(_("上级材料规则"), resolve_url("material-rules"))),
        form=form,
        lines=lines,
        action=resolve_url("material-rules-new"),
        submit=lines_act(form, lines, effects),
        effects=effects,
        cancel=resolve_url("material-rules"),
        warning=_("发布后不能修改；前一版到生效日期前一天为止。"),
        trial=trial or TrialForm(initial={"target": "level"}),
        result=result,
    )
