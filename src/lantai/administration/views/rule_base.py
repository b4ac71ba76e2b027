"""The rule base (检测规则): severities of the checks, rule packs, and publishing with a look at what changes."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from lantai.administration.models import Role
from lantai.administration.queries.rule_base import CheckRow, Draft, base_rules_on, check_rows, draft_on
from lantai.administration.queries.rule_effects import judged_otherwise
from lantai.administration.queries.rules import list_rule_packs, rule_pack
from lantai.administration.rule_forms import PublishForm, SeveritiesForm
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.services.rules import publish_base_rules, publish_rule_pack
from lantai.administration.views.showing import (
    DetailPage,
    EffectPage,
    Part,
    confirm_act,
    effects_table,
    is_confirmed,
    moment_words,
    plain_table,
    preview_act,
)
from lantai.archival.checks import RulePackError
from lantai.common.components import Act, Cell, Link, Notice, Pair, PairGroup, Row
from lantai.common.pages import show

HERE = "rule-base"
NATURES = {1: gettext_lazy("真实性"), 2: gettext_lazy("完整性"), 3: gettext_lazy("可用性"), 4: gettext_lazy("安全性")}
METHODS = {"A": gettext_lazy("自动"), "P": gettext_lazy("部分自动"), "M": gettext_lazy("人工")}
SEVERITIES = dict(SeveritiesForm.CHOICES)
PART_NAMES = {
    "items": gettext_lazy("事项和材料"),
    "rule_sets": gettext_lazy("上级材料规则"),
    "retention": gettext_lazy("保管期限"),
    "codes": gettext_lazy("档号规则"),
    "severities": gettext_lazy("严重程度"),
    "off": gettext_lazy("不检测的检测项"),
    "formats": gettext_lazy("格式"),
    "time_limits": gettext_lazy("办理时限"),
    "calendar": gettext_lazy("工作日历"),
}


@roles(Role.ARCHIVIST)
@require_safe
def rule_base(request: HttpRequest) -> HttpResponse:
    """Show the checks with their severities, the packs that were published, and what waits to be published."""
    return show(request, _rules_page(rule_pack()))


def _rules_page(pack: Any) -> DetailPage:
    draft = draft_on(day=timezone.localdate(), against=pack)
    return DetailPage(
        title=_("检测规则"),
        here=HERE,
        facts=_("现行规则包 %(label)s") % {"label": pack.label},
        groups=[PairGroup(_("现行规则包"), _pairs(pack))],
        notices=_notices(draft),
        parts=[_checks_part(check_rows(severities=pack.severities, off=pack.off)), _packs_part()],
        bar=[
            Act(_("修改严重程度"), href=resolve_url("rule-severities")),
            Act(_("发布规则包"), href=resolve_url("rule-pack-new"), kind="primary"),
        ],
        say=_("检测只用已发布的规则包；每份检测报告记着用的是哪一版。"),
    )


def _pairs(pack: Any) -> list[Pair]:
    return [
        Pair(_("名称与版本"), pack.label, code=True),
        Pair(_("名称"), pack.name),
        Pair(_("生效日期"), pack.effective_from),
        Pair(_("事项"), str(len(pack.items))),
        Pair(_("上级材料规则"), str(len(pack.rule_sets))),
        Pair(_("保管期限条目"), str(len(pack.retention.rules))),
    ]


def _notices(draft: Draft) -> list[Notice]:
    if draft.faults:
        return [Notice("bad", _("现有规则不能发布："), "；".join(draft.faults[:5]))]
    if draft.changes:
        told = {"parts": "、".join(str(PART_NAMES[each.part]) for each in draft.changes)}
        publish = Act(_("核对并发布"), href=resolve_url("rule-pack-new"))
        return [Notice("warn", _("有未发布的更改：%(parts)s。") % told, _("发布前，检测仍用现行规则包。"), publish)]
    return [Notice("ok", _("没有未发布的更改。"))]


def _checks_part(rows: list[CheckRow]) -> Part:
    headings = (_("检测项"), _("名称"), _("性质"), _("方式"), _("严重程度"))
    lines = [
        Row(
            [
                Cell(each.code, mono=True),
                Cell(each.name, main=True),
                Cell(str(NATURES[each.nature])),
                Cell(str(METHODS[each.method])),
                Cell(
                    str(SEVERITIES[each.severity]),
                    more=each.reason or (_("本馆设定") if each.severity != each.delivered else ""),
                ),
            ]
        )
        for each in rows
    ]
    return Part(title=_("检测项"), table=plain_table(_("检测项"), headings, lines))


def _packs_part() -> Part:
    headings = (_("名称与版本"), _("生效日期"), _("发布时间"), _("说明"), _("SHA-256"))
    rows = [
        Row(
            [
                Cell(each.label, main=True),
                Cell(each.effective_from.isoformat(), whole=True),
                Cell(moment_words(each.published_at), whole=True),
                Cell(each.note),
                Cell(each.digest[:16], mono=True),
            ]
        )
        for each in list_rule_packs()[:50]
    ]
    told = _("还没有发布过，用产品提供的规则包")
    return Part(title=_("已发布的规则包"), table=plain_table(_("已发布的规则包"), headings, rows, told))


def _effect_page(form: forms.Form, title: str, act: str, effects: list[tuple[str, str, str]]) -> EffectPage:
    ready = form.is_bound and not form.errors
    return EffectPage(
        title=title,
        here=HERE,
        back=[Link(_("检测规则"), resolve_url(HERE)), Link(title)],
        form=form,
        submit=confirm_act(form, act) if ready else preview_act(),
        cancel=resolve_url(HERE),
        warning=_("已作出的检测报告不变；生效日起收到的包用新规则。"),
        two_columns=True,
        effects=effects_table(effects) if ready else None,
    )


@roles(Role.ARCHIVIST)
def rule_severities(request: HttpRequest) -> HttpResponse:
    """Decide how severe a fault of each check is, from a day on."""
    base = base_rules_on(day=timezone.localdate())
    form = SeveritiesForm(
        request.POST or None, rows=check_rows(severities=base.get("severities", {}), off=base.get("off", {}))
    )
    if form.is_valid() and is_confirmed(request, form):
        try:
            publish_base_rules(by=actor_of(request), now=timezone.now(), **_new_base(form, base))
            messages.success(request, _("已登记；发布规则包后用于检测。"))
            return redirect(HERE)
        except ReferenceRefused as refused:
            form.add_error("version", str(refused))
    effects = [*_severity_effects(form), *_judged(_new_base(form, base)["data"], None)] if _ready(form) else []
    return show(request, _effect_page(form, _("修改严重程度"), _("确认修改"), effects))


def _new_base(form: SeveritiesForm, base: dict[str, Any]) -> dict[str, Any]:
    """The base rules with the severities chosen; what was decided for single reasons stays."""
    kept = {key: each for key, each in base.get("severities", {}).items() if ":" in key}
    named = {name: form.cleaned_data[name] for name in ("version", "effective_from")}
    return {**named, "data": {**base, "severities": {**kept, **form.severities()}, "off": form.off()}}


def _severity_effects(form: SeveritiesForm) -> list[tuple[str, str, str]]:
    then = {
        "blocking": _("有问题即退回"),
        "warning": _("有问题由档案员决定"),
        "note": _("只作提示，不影响接收"),
        "off": _("不再检测，报告写明理由"),
    }
    lines = []
    for row in form.rows:
        new = form.cleaned_data[row.code]
        if new != row.severity:
            lines.append((f"{row.code} {row.name}", f"{SEVERITIES[row.severity]} → {SEVERITIES[new]}", then[new]))
    return lines or [(_("检测项"), _("没有更改"), _("只登记新的版本号"))]


@roles(Role.ARCHIVIST)
def rule_pack_new(request: HttpRequest) -> HttpResponse:
    """Freeze the rules into a pack from a day on, after a look at what changes."""
    form = PublishForm(request.POST or None)
    draft = draft_on(day=form.cleaned_data["effective_from"], against=rule_pack()) if form.is_valid() else None
    for fault in draft.faults if draft else ():
        form.add_error(None, fault)
    if draft and not form.errors and is_confirmed(request, form):
        try:
            made = publish_rule_pack(by=actor_of(request), now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("现行规则包：%(label)s。") % {"label": made.label})
            return redirect(HERE)
        except ReferenceRefused as refused:
            form.add_error(None, str(refused))
    effects = [*_draft_effects(draft), *_judged(None, form.cleaned_data["effective_from"])] if draft else []
    return show(request, _effect_page(form, _("发布规则包"), _("确认发布"), effects if _ready(form) else []))


def _ready(form: forms.Form) -> bool:
    return form.is_bound and not form.errors


def _judged(base: dict[str, Any] | None, day: date | None) -> list[tuple[str, str, str]]:
    """How many of the packages that wait or came lately would be judged otherwise, and the first of them."""
    try:
        found = judged_otherwise(base=base, day=day or timezone.localdate())
    except RulePackError as fault:
        return [(_("判定"), _("不能试判"), str(fault))]
    n = len(found.changed)
    told = ngettext("%(n)s 件判定不同", "%(n)s 件判定不同", n) % {"n": n}
    tried = ngettext("试判最近的 %(n)s 件", "试判最近的 %(n)s 件", found.tried) % {"n": found.tried}
    lines = [(_("判定"), told if n else _("没有判定不同的"), tried)]
    words = {"accepted": _("合格"), "manual": _("由档案员决定"), "rejected": _("退回")}
    for each in found.changed[:12]:
        checks = "、".join(each.checks[:4])
        lines.append((each.name, f"{words[each.before]} → {words[each.after]}", f"{each.code} · {checks}".strip(" ·")))
    return lines


def _draft_effects(draft: Draft) -> list[tuple[str, str, str]]:
    lines = []
    for each in draft.changes:
        told = ((_("新增"), each.new), (_("取消"), each.gone), (_("更改"), each.different))
        for word, keys in told:
            if keys:
                number = _("%(number)d 项") % {"number": len(keys)}
                lines.append((str(PART_NAMES[each.part]), f"{word}{number}", "、".join(keys[:12])))
    return lines or [(_("规则"), _("与现行规则包相同"), _("不产生新版本"))]
