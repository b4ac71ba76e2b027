"""Views of backups, for archivists and system administrators: the register, drills; made and decided by the latter."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.administration.models import Role
from lantai.administration.queries.people import reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.common.pages import show
from lantai.site.backup_forms import BackupPolicyForm
from lantai.site.backup_pages import backups_page, drill_page, drills_page, make_page, policy_form_page
from lantai.site.backups.reports import report_of, report_pdf
from lantai.site.backups.schedule import order_backup, order_key_backup
from lantai.site.backups.taking import escrow_recipients
from lantai.storage.backup_queries import backup_rules, drill_by_id
from lantai.storage.services import BackupRefused, PolicyAsked, decide_backups

KEEPERS = (Role.ARCHIVIST, Role.SYSTEM)


@roles(*KEEPERS)
@require_safe
def backups(request: HttpRequest) -> HttpResponse:
    """The register."""
    return show(request, backups_page(request, role=reader_of(request).role, now=timezone.now()))


@roles(Role.SYSTEM)
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    """Have a backup made now, of the keys first."""
    if request.method != "POST":
        return show(request, make_page(Form()))
    by = actor_of(request).reference
    with transaction.atomic():
        if escrow_recipients():
            order_key_backup(by=by)
        order_backup(by=by)
    messages.success(request, _("备份已交后台办理。"))
    return redirect("backups")


@roles(Role.SYSTEM)
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest) -> HttpResponse:
    """Decide the policy."""
    form = BackupPolicyForm(request.POST or None, initial=_in_force())
    if form.is_valid():
        try:
            decide_backups(
                asked=form.asked(), reason=form.cleaned_data["reason"], by=actor_of(request), now=timezone.now()
            )
            messages.success(request, _("备份策略已签署生效。"))
            return redirect("backups")
        except BackupRefused as refused:
            form.add_error(None, str(refused))
    return show(request, policy_form_page(form))


def _in_force() -> dict[str, Any]:
    rules = backup_rules()
    hours = {"every_hours": rules.every, "key_hours": rules.keys_every, "point_hours": rules.point}
    told: dict[str, Any] = {name: round(span.total_seconds() / 3600) for name, span in hours.items()}
    told |= {"generations": rules.generations, "key_days": rules.key_days, "drill_days": rules.drill_days}
    told["time_minutes"] = round(rules.time.total_seconds() / 60)
    assert set(told) == {each.name for each in fields(PolicyAsked)}
    return told


@roles(*KEEPERS)
@require_safe
def drills(request: HttpRequest) -> HttpResponse:
    """The restore drills."""
    return show(request, drills_page(now=timezone.now()))


@roles(*KEEPERS)
@require_safe
def drill(request: HttpRequest, drill_id: int) -> HttpResponse:
    """One drill."""
    found = drill_by_id(drill_id=drill_id)
    if found is None:
        raise Http404
    return show(request, drill_page(found))


@roles(*KEEPERS)
@require_safe
def drill_pdf(request: HttpRequest, drill_id: int) -> HttpResponse:
    """One drill as a page to be printed."""
    found = drill_by_id(drill_id=drill_id)
    if found is None:
        raise Http404
    answer = HttpResponse(report_pdf(report_of(found.report)), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="restore-drill-{drill_id}.pdf"'
    return answer
