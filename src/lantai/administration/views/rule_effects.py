"""What rules that are being written would do, in words: materials that would be missing, periods that would change."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries.lists import codes_in_force
from lantai.administration.queries.rule_effects import Kept, Lacking, MaterialEffects, RetentionEffects
from lantai.administration.rule_forms import kept_lines
from lantai.administration.views.showing import confirm_act, effects_table, preview_act
from lantai.common.components import Act, Table

Line = tuple[str, str, str]


def lines_act(form: Form, lines: Any, effects: Table | None) -> Act:
    """The button below a form with lines: it shows the effects, or publishes what was shown with them."""
    if effects is None or form.errors:
        return preview_act()
    return confirm_act(form, _("发布新版本"), lines=kept_lines(lines))


def material_effects_table(effects: MaterialEffects) -> Table:
    """What material rules would do: to packages on their way, to records, and examples of both."""
    if effects.untried:
        return effects_table([(_("缺少材料"), _("不能试判"), effects.untried)])
    coming = _("按各件的受理日期适用规则；发布规则包后生效")
    held = _("假定在生效日受理；已进馆的不受影响")
    return effects_table(
        [
            *_lacking_lines(_("未进馆的移交包"), effects.coming, coming),
            *_lacking_lines(_("已进馆的档案"), effects.held, held),
        ]
    )


def _lacking_lines(what: str, found: Lacking, then: str) -> list[Line]:
    lines = [(what, _tried(found.tried, found.total), then)]
    counts = (
        (found.newly, _("将缺少材料")),
        (found.no_longer, _("不再缺少材料")),
        (found.otherwise, _("缺少的材料不同")),
    )
    lines += [(what, _pieces(number), words) for number, words in counts if number]
    if found.tried and not found.examples:
        lines.append((what, _pieces(0), _("结果都相同")))
    for each in found.examples:
        lines.append((each.name, each.code, f"{_lacking_words(each.before)} → {_lacking_words(each.after)}"))
    return lines


def _lacking_words(names: tuple[str, ...]) -> str:
    return _("缺：%(names)s") % {"names": "、".join(names)} if names else _("齐全")


def retention_effects_table(effects: RetentionEffects) -> Table:
    """What a retention table would do: which periods would become which, of packages on their way and of records."""
    if effects.untried:
        return effects_table([(_("保管期限"), _("不能试判"), effects.untried)])
    names = {each.code: each.words for each in codes_in_force(key="retention", on=timezone.localdate())}
    coming = _("进馆时按当时的规则包定期限")
    held = _("假定现在定期限；已定的保管期限不变")
    return effects_table(
        [
            *_kept_lines(_("未进馆的移交包"), effects.coming, coming, names),
            *_kept_lines(_("已进馆的档案"), effects.held, held, names),
        ]
    )


def _kept_lines(what: str, found: Kept, then: str, names: dict[str, str]) -> list[Line]:
    def period(code: str) -> str:
        return names.get(code, code) or _("没有适用的条目")

    lines = [(what, _tried(found.tried, found.total), then)]
    lines += [
        (what, _pieces(number), f"{period(before)} → {period(after)}")
        for (before, after), number in found.moves.items()
    ]
    if found.tried and not found.moves:
        lines.append((what, _pieces(0), _("保管期限都相同")))
    for each in found.examples:
        lines.append((each.name, each.code, f"{period(each.before)} → {period(each.after)}"))
    return lines


def _tried(tried: int, total: int) -> str:
    if tried == total:
        return ngettext("试判全部 %(n)s 件", "试判全部 %(n)s 件", total) % {"n": total}
    told = {"n": tried, "total": total}
    return ngettext("试判最近的 %(n)s 件，共 %(total)s 件", "试判最近的 %(n)s 件，共 %(total)s 件", tried) % told


def _pieces(number: int) -> str:
    return ngettext("%(n)s 件", "%(n)s 件", number) % {"n": number}
