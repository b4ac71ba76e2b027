"""A fonds' classification scheme and the rule of its archive codes: seen, changed with preview, kept as a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantai.administration.queries import ClassView, list_classes, list_fonds
from lantai.administration.queries.code_schemes import CodeSchemeView, code_schemes, governing_scheme
from lantai.administration.queries.people import Reader
from lantai.administration.services.bodies import NewClass, register_classes
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.people_access import Actor
from lantai.administration.services.rules import NewCodeScheme, publish_code_scheme
from lantai.archival.codes import CodeRule, RuleError, categories, rule_from_data, rule_to_data
from lantai.catalog.arranging.forms import ClassForm, SchemeForm
from lantai.catalog.arranging.words import class_words, node_address
from lantai.catalog.queries.arranging import Node
from lantai.catalog.queries.code_rules import classes_in_use, example_codes, rule_reach
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Row, Table
from lantai.common.pages import Page
from lantai.common.written import written_day


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemePage(Page):
    """Classes with a form to add one, rules with a form for a new version, and what that version would do."""

    template: ClassVar[str] = "catalog/arranging/scheme.html"
    classes: Table
    class_form: BaseForm
    rules: Table
    rule_form: BaseForm
    action: str
    notices: Sequence[Notice] = ()
    examples: Table | None = None
    effect: str = ""
    confirm: Act | None = None


def scheme_page(
    fonds: str, reader: Reader, *, class_form: BaseForm | None = None, rule_form: SchemeForm | None = None
) -> SchemePage:
    """The scheme of a fonds; with a valid *rule_form* also the preview of that rule. Raises Http404."""
    found = next(iter(list_fonds(codes=[fonds])), None)
    if found is None:
        raise Http404
    today = timezone.localdate()
    schemes = code_schemes(fonds=fonds)
    used = classes_in_use(fonds=fonds, reader=reader)
    known = {each.path: each for each in list_classes()}
    shown = [path for path in known if path in used or path.partition("·")[0] in {each.category for each in schemes}]
    page = SchemePage(
        title=_("分类与档号规则"),
        here="arrangement",
        back=[
            Link(_("全宗与分类"), reverse("arrangement")),
            Link(fonds, node_address(Node(fonds)), code=True),
            Link(_("分类与档号规则")),
        ],
        facts=f"{fonds} {found.name}",
        acts=[Act(_("分类方案和历次变更"), href=reverse("arrangement-classes"))],
        action=reverse("arrangement-scheme", args=[fonds]),
        classes=Table(
            label=_("类别"),
            columns=[Column(_("类别")), Column(_("名称")), Column(_("本全宗件数"), right=True)],
            rows=[
                Row(
                    [
                        Cell(
                            path,
                            mono=True,
                            main=True,
                            href=node_address(Node(fonds, path)) if used.get(path) else "",
                        ),
                        Cell(class_words(path, known), wide=True, more=_span(known.get(path))),
                        Cell(f"{used.get(path, 0):,}", right=True),
                    ]
                )
                for path in sorted({*shown, *used} - {""})
            ],
            empty=Empty(icon="sitemap", title=_("还没有类别"), text=_("在下面增加第一个类别。")),
            keyed=False,
        ),
        class_form=class_form or _class_form(None),
        rules=_rules_table(schemes, today),
        rule_form=rule_form or _rule_form(None, schemes),
    )
    if rule_form is not None and rule_form.is_bound and rule_form.is_valid():
        return _previewed(page, fonds, rule_form.cleaned_data, schemes, reader)
    return page


def _span(found: ClassView | None) -> str:
    """From when a class is used, and until when, where that is not always."""
    if found is None or (found.since is None and found.until is None):
        return ""
    first = written_day(found.since) if found.since else _("一直在用")
    return f"{first} – {written_day(found.until)}" if found.until else _("自 %(day)s 起") % {"day": first}


def _class_form(posted: Any) -> ClassForm:
    known = {each.path: each for each in list_classes()}
    parents = [(path, f"{path} {class_words(path, known)}") for path in known if path.count("·") < 3]
    return ClassForm(posted, parents=parents, prefix="class")


def _rule_form(posted: Any, schemes: Sequence[CodeSchemeView]) -> SchemeForm:
    english = get_language() == "en"
    choices = [(code, f"{code} {each.name_en if english else each.name_zh}") for code, each in categories().items()]
    first = schemes[0] if schemes else None
    initial = {"category": "ZY", "valid_from": timezone.localdate()}
    if first is not None:
        initial |= {
            "category": first.category,
            "structure": first.rule.structure,
            "scope": " ".join(first.rule.scope),
        }
    return SchemeForm(posted, categories=choices, initial=initial, prefix="rule")


def _rules_table(schemes: Sequence[CodeSchemeView], today: date) -> Table:
    return Table(
        label=_("档号规则"),
        columns=[Column(_("门类")), Column(_("编号结构")), Column(_("流水号范围")), Column(_("生效期"))],
        rows=[
            Row(
                [
                    Cell(
                        each.category,
                        main=True,
                        more=" · ".join(filter(None, (_("本全宗") if each.fonds else _("通用"), each.profile))),
                    ),
                    Cell(each.rule.structure, mono=True, wide=True),
                    Cell(" ".join(each.rule.scope), mono=True, wide=True),
                    Cell(
                        f"{written_day(each.valid_from)} – {written_day(each.valid_to)}".strip(),
                        more=_standing(each, today),
                    ),
                ]
            )
            for each in schemes
        ],
        empty=Empty(icon="list-numbers", title=_("还没有档号规则"), text=_("在下面制定第一条规则。")),
        keyed=False,
    )


def _standing(scheme: CodeSchemeView, today: date) -> str:
    if scheme.valid_from > today:
        return _("未生效")
    return _("现行") if scheme.valid_to is None or scheme.valid_to >= today else _("已失效")


def _rule(given: Mapping[str, Any], old: CodeSchemeView | None) -> CodeRule:
    """The rule that the form describes; what the form does not ask for is as in the rule before. Raises RuleError."""
    before = rule_to_data(old.rule) if old is not None else {}
    data: dict[str, Any] = {
        "key": f"{given['category']}-{given['valid_from']:%Y%m%d}".lower(),
        "structure": given["structure"].strip(),
        "zh": before.get("zh") or given["category"],
        "en": before.get("en") or given["category"],
    }
    if given["scope"].strip():
        data["scope"] = given["scope"].split()
    bare = rule_from_data(data)
    names = {each.name for each in bare.components}
    for kept in ("allow", "patterns"):
        data[kept] = {name: value for name, value in before.get(kept, {}).items() if name in names}
    return rule_from_data(data)


def _previewed(
    page: SchemePage, fonds: str, given: Mapping[str, Any], schemes: Sequence[CodeSchemeView], reader: Reader
) -> SchemePage:
    """The page with what the rule of the form would do."""
    category, first_day = given["category"], given["valid_from"]
    now_valid = [each for each in schemes if each.valid_to is None or each.valid_to >= timezone.localdate()]
    old = governing_scheme(schemes=now_valid, category=category)
    try:
        rule = _rule(given, old)
    except RuleError as fault:
        return replace(page, notices=[Notice("bad", _("规则不能使用。"), str(fault))])
    reach = rule_reach(fonds=fonds, category=category)
    defaults = dict(old.defaults) if old is not None else {}
    examples = example_codes(fonds=fonds, category=category, old=old, new=rule, defaults=defaults, reader=reader)
    effect = _(
        "自 %(day)s 起，本全宗 %(category)s 门类新编的档号按新规则；现有 %(free)s 件未编号的将按新规则编，"
        "已有的 %(given)s 个档号不变。"
    ) % {
        "day": written_day(first_day),
        "category": category,
        "free": f"{reach.unnumbered:,}",
        "given": f"{reach.numbered:,}",
    }
    faults = [each for each in examples if each.new.startswith("✕")]
    notices = [Notice("info", _("预览。"), effect)]
    if faults:
        notices.append(Notice("warn", _("有的档案按新规则编不出档号。"), _("请核对表中标 ✕ 的行。")))
    return replace(
        page,
        notices=notices,
        examples=Table(
            label=_("档号示例"),
            columns=[Column(_("档案")), Column(_("现有档号")), Column(_("按现行规则")), Column(_("按新规则"))],
            rows=[
                Row(
                    [
                        Cell(each.title, main=True, wide=True, href=reverse("record", args=[each.record_code])),
                        Cell(each.code or _("无"), mono=True),
                        Cell(each.old or "—", mono=True, wide=True),
                        Cell(each.new, mono=True, wide=True),
                    ]
                )
                for each in examples
            ],
            empty=Empty(
                icon="list-numbers", title=_("没有可举例的档案"), text=_("本全宗在这个门类还没有档案，规则仍可保存。")
            ),
            keyed=False,
        ),
        effect=effect,
        confirm=Act(
            _("自 %(day)s 起启用新规则") % {"day": written_day(first_day)},
            kind="primary",
            name="act",
            value="publish",
        ),
    )


def change_scheme(
    request: HttpRequest, fonds: str, reader: Reader, by: Actor
) -> tuple[SchemePage | None, HttpResponse | None]:
    """What was posted to the page of a scheme: a class added, a rule previewed or published."""
    act = request.POST.get("act", "")
    if act == "class":
        return _add_class(request, fonds, reader, by)
    form = _rule_form(request.POST, code_schemes(fonds=fonds))
    if act == "publish" and form.is_valid():
        given = form.cleaned_data
        schemes = code_schemes(fonds=fonds)
        old = governing_scheme(schemes=schemes, category=given["category"])
        try:
            rule = rule_to_data(_rule(given, old))
            publish_code_scheme(
                scheme=NewCodeScheme(
                    category=given["category"],
                    rule=rule,
                    valid_from=given["valid_from"],
                    fonds=fonds,
                    defaults=dict(old.defaults) if old is not None else {},
                ),
                by=by,
                now=timezone.now(),
            )
        except (RuleError, ReferenceRefused) as fault:
            form.add_error("structure", str(fault))
            return scheme_page(fonds, reader, rule_form=form), None
        messages.success(request, _("新的档号规则已保存为新版本；已有档号不变。"))
        return None, redirect("arrangement-scheme", fonds=fonds)
    return scheme_page(fonds, reader, rule_form=form), None


def _add_class(
    request: HttpRequest, fonds: str, reader: Reader, by: Actor
) -> tuple[SchemePage | None, HttpResponse | None]:
    form = _class_form(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        path = "·".join(filter(None, (given["parent"], given["code"])))
        try:
            new = NewClass(path=path, name=given["name"], name_en=given["name_en"])
            register_classes(classes=[new], by=by, now=timezone.now())
        except ReferenceRefused as fault:
            form.add_error("code", str(fault))
            return scheme_page(fonds, reader, class_form=form), None
        messages.success(request, _("已增加类别 %(path)s。") % {"path": path})
        return None, redirect("arrangement-scheme", fonds=fonds)
    return scheme_page(fonds, reader, class_form=form), None
