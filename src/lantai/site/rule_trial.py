"""Try material rules that are being written on a package that was received; nothing is kept."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantai.administration.models import Role, ServiceItem
from lantai.administration.queries.people import reader_of
from lantai.administration.queries.profiles import profile_on
from lantai.administration.queries.rules import drafted_rule_pack
from lantai.administration.rule_forms import (
    ItemVersionForm,
    MaterialLines,
    RuleSetForm,
    TrialForm,
    kept_lines,
)
from lantai.administration.services.people_access import roles
from lantai.administration.views.material_rules import item_page, set_page
from lantai.administration.views.showing import plain_table
from lantai.archival.checks import (
    RulePack,
    RulePackError,
    rule_pack_from_data,
    rule_values,
    rules_in_force,
    unmet_rules,
)
from lantai.archival.checks.conditions import holds
from lantai.archival.packages import Package
from lantai.common.components import Cell, Row, Table
from lantai.common.pages import show
from lantai.ingest.queries import NoSuchSubmission, package_as_examined

ALWAYS = "1900-01-01"


@roles(Role.ARCHIVIST)
@require_POST
def rule_trial(request: HttpRequest) -> HttpResponse:
    """Show the page on which rules are written again, with what they find in a package."""
    trial, lines = TrialForm(request.POST), MaterialLines(request.POST)
    kind, _colon, code = request.POST.get("target", "").partition(":")
    if kind not in ("item", "level"):
        raise Http404
    item = get_object_or_404(ServiceItem, code=code) if kind == "item" else None
    form: Any = ItemVersionForm(request.POST) if item else RuleSetForm(request.POST)
    result = None
    if trial.is_valid() & form.is_valid() & lines.is_valid():
        result = _tried(request, trial, form, [each.rule() for each in kept_lines(lines)])
    page = item_page(item, form, lines, trial, result) if item else set_page(form, lines, trial, result)
    return show(request, page)


def _tried(request: HttpRequest, trial: TrialForm, form: Any, rules: list[dict[str, Any]]) -> Table | None:
    """What the rules in force, with those being written in their place, say of the package; None with a fault."""
    code = trial.cleaned_data["package"].strip()
    try:
        package, profile = package_as_examined(record_code=code, reader=reader_of(request))
    except NoSuchSubmission:
        trial.add_error("package", _("没有这个移交包，它还没有检测过，或已经进馆。"))
        return None
    try:
        pack = _pack_with(trial.cleaned_data["target"], form.cleaned_data, rules)
    except RulePackError as fault:
        form.add_error(None, str(fault))
        return None
    return _result(pack, package, profile, trial.cleaned_data["target"])


def _pack_with(target: str, data: dict[str, Any], rules: list[dict[str, Any]]) -> RulePack:
    """The rules as the tables hold them today, with those being written as if they had always held."""
    pack = drafted_rule_pack(on=timezone.localdate(), version="trial")
    written = {"valid_from": ALWAYS, "valid_to": "", "mode": data["mode"], "rules": rules}
    if target.startswith("item:"):
        item = ServiceItem.objects.get(code=target.removeprefix("item:"))
        version = {**written, "version": "trial"}
        entry = {"code": item.code, "name": item.name, "versions": [version]}
        others = [each for each in pack["items"] if each["code"] != item.code]
        return rule_pack_from_data({**pack, "items": [*others, entry]})
    level = {**written, "level": data["level"], "key": data["key"]}
    others = [
        each for each in pack["rule_sets"] if (each["level"], each.get("key", "")) != (level["level"], level["key"])
    ]
    return rule_pack_from_data({**pack, "rule_sets": [*others, level]})


def _result(pack: RulePack, package: Package, profile: str, target: str) -> Table:
    kind = profile_on(code=profile)
    values = rule_values(kind, package.metadata)
    said = kind.value(package.metadata, "item_code").strip()
    force = rules_in_force(
        pack,
        item=target.removeprefix("item:") if target.startswith("item:") else said,
        region=kind.value(package.metadata, "region_code"),
        unit=kind.value(package.metadata, "fonds_code"),
        accepted=kind.value(package.metadata, "accepted_at")[:10] or ALWAYS,
    )
    lacking = {rule.code: names for rule, names in unmet_rules(force.rules, package.materials, values)}
    rows = []
    for rule in force.rules:
        applies = holds(rule.when, values)
        state = "not-applicable" if not applies else "fail" if rule.code in lacking else "pass"
        told = _("缺：%(names)s") % {"names": "、".join(lacking[rule.code])} if rule.code in lacking else ""
        rows.append(Row([Cell(rule.code, mono=True), Cell(rule.name, main=True), Cell(state=state), Cell(told)]))
    label = _("试检结果：%(name)s") % {"name": package.name}
    headings = (_("条目号"), _("名称"), _("结果"), _("说明"))
    return plain_table(label, headings, rows, _("没有适用的规则"))
