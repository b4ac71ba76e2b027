"""The security policy: what holds, its versions, a new version."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from lantai.administration.forms import PolicyForm
from lantai.administration.models import Role
from lantai.administration.queries.people import PolicyVersion, current_policy, policy_history
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.services.people_policy import PolicyRefused, change_security_policy
from lantai.common.components import Act, Pair, PairGroup
from lantai.common.pages import FormPage, show


@roles(Role.SECURITY)
@never_cache
def policy(request: HttpRequest) -> HttpResponse:
    """Show the security policy and decide a new version of it."""
    form = PolicyForm(request.POST or None, initial=asdict(current_policy()))
    if form.is_valid():
        why, now = form.cleaned_data["reason"], timezone.now()
        try:
            decided = change_security_policy(by=actor_of(request), values=form.values(), reason=why, now=now)
            messages.success(request, _("安全策略第 %(version)d 版已生效。") % {"version": decided.version})
            return redirect("security-policy")
        except PolicyRefused as refused:
            for field, problem in refused.problems.items():
                form.add_error(field or None, problem)
    return show(request, _page(form))


def _page(form: PolicyForm) -> FormPage:
    version, told = current_policy().version, [_told(each) for each in policy_history()]
    return FormPage(
        title=_("安全策略"),
        here="policy",
        facts=_("现行第 %(version)d 版") % {"version": version} if version else _("现行基线，尚未修改"),
        form=form,
        submit=Act(_("发布新版本"), kind="primary"),
        warning=_("各项只能比基线更严，不得放宽；修改即时生效并记入审计日志。"),
        beside=[PairGroup(_("历次版本"), told)] if told else [],
        two_columns=True,
    )


def _told(version: PolicyVersion) -> Pair:
    at = date_format(timezone.localtime(version.decided_at), "Y-m-d H:i")
    label = _("第 %(version)d 版") % {"version": version.values.version}
    return Pair(label, f"{at} {version.decided_by}", note=version.reason)
