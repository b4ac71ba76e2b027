"""A new version of a package profile: uploaded or typed, tried on a package, published from a day on."""

from __future__ import annotations

from typing import Any, Literal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lantai.administration.models import Role
from lantai.administration.queries.people import reader_of
from lantai.administration.queries.profiles import profile_versions
from lantai.administration.rule_forms import ProfileForm
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.services.profiles import publish_profile
from lantai.administration.views.profiles import HERE, profile_text
from lantai.administration.views.showing import EffectPage, confirm_act, effects_table, is_confirmed, preview_act
from lantai.archival.checks import message
from lantai.archival.packages import Profile, profile_from_data
from lantai.common.components import Link
from lantai.common.pages import show
from lantai.ingest.queries import NoSuchSubmission
from lantai.ingest.services.trying import try_profile

DECISIONS = {"accepted": "合格", "manual": "由档案员决定", "rejected": "退回"}
MOST = 20


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def package_profile_new(request: HttpRequest) -> HttpResponse:
    """Publish a version of a profile, after a look at what it reads differently."""
    form = ProfileForm(request.POST or None, request.FILES or None, initial=_initial(request))
    if not form.is_valid():
        return show(request, _page(form, []))
    if is_confirmed(request, form):
        try:
            given = {name: form.cleaned_data[name] for name in ("data", "effective_from", "note")}
            made = publish_profile(**given, by=actor_of(request), now=timezone.now())
            messages.success(request, _("已发布包方案 %(name)s。") % {"name": str(made)})
            return redirect("package-profile", made.code, made.version)
        except ReferenceRefused as refused:
            form.add_error(None, str(refused))
    effects = _effects(request, form)
    return show(request, _page(ProfileForm(_shown(form)) if form.is_valid() else form, effects))


def _initial(request: HttpRequest) -> dict[str, Any]:
    """The text of the version that the address names."""
    asked = request.GET.get("from", "")
    row = next((each for each in profile_versions() if f"{each.code}/{each.version}" == asked), None)
    return {"text": profile_text(row)} if row is not None else {}


def _shown(form: ProfileForm) -> dict[str, Any]:
    """What was given, with the text of the file in the place of the file."""
    return {name: form.cleaned_data.get(name) for name in ("text", "effective_from", "note", "package")}


def _page(form: ProfileForm, effects: list[tuple[str, str, str]]) -> EffectPage:
    title = _("编制包方案")
    ready = form.is_bound and not form.errors
    return EffectPage(
        title=title,
        here=HERE,
        back=[Link(_("移交包方案"), resolve_url(HERE)), Link(title)],
        form=form,
        submit=confirm_act(form, _("确认发布")) if ready else preview_act(),
        cancel=resolve_url(HERE),
        warning=_("发布后不能修改；已收到的包仍按收到那天的版本。"),
        effects=effects_table(effects) if ready else None,
    )


def _effects(request: HttpRequest, form: ProfileForm) -> list[tuple[str, str, str]]:
    """What is new against the version that holds, and what a package looks like by it."""
    if form.errors:
        return []
    profile = profile_from_data(form.cleaned_data["data"])
    lines = _differences(profile)
    if code := form.cleaned_data["package"].strip():
        lines += _tried(request, form, code)
    return lines


def _differences(profile: Profile) -> list[tuple[str, str, str]]:
    rows = [each for each in profile_versions() if each.code == profile.code]
    english = get_language() == "en"
    name = f"{profile.code}/{profile.version}"
    count = _("%(n)s 个元数据项") % {"n": len(profile.base.elements)}
    lines = [(profile.name_en if english else profile.name, name, count)]
    if not rows:
        return [*lines, (_("新方案"), profile.code, _("从生效日起可以在移交协议中选用"))]
    held = rows[0].profile
    before = {each.tag: each for each in (*held.base.elements, *held.base.file_elements, *held.process.elements)}
    after = {
        each.tag: each for each in (*profile.base.elements, *profile.base.file_elements, *profile.process.elements)
    }
    told = (
        (_("新增"), [tag for tag in after if tag not in before]),
        (_("取消"), [tag for tag in before if tag not in after]),
        (_("更改"), [tag for tag in after if tag in before and after[tag] != before[tag]]),
    )
    for word, tags in told:
        if tags:
            lines.append((_("元数据项"), f"{word} {len(tags)}", "、".join(tags[:12])))
    if len(lines) == 1:
        lines.append((_("元数据项"), _("没有更改"), f"{held.code}/{held.version}"))
    return lines


def _tried(request: HttpRequest, form: ProfileForm, code: str) -> list[tuple[str, str, str]]:
    try:
        package, examination = try_profile(record_code=code, data=form.cleaned_data["data"], reader=reader_of(request))
    except NoSuchSubmission:
        form.add_error("package", _("没有这个移交包，它还没有收全，或已经进馆。"))
        return []
    language: Literal["zh", "en"] = "en" if get_language() == "en" else "zh"
    read = _("读出 %(metadata)s 个元数据项、%(materials)s 份材料、%(acts)s 条过程") % {
        "metadata": len(package.metadata),
        "materials": len(package.materials),
        "acts": len(package.process),
    }
    lines = [(_("试读：%(name)s") % {"name": package.name}, _(DECISIONS[examination.decision]), read)]
    lines += [(each.code, each.path or package.name, message(each, language)) for each in examination.faults[:MOST]]
    return lines
