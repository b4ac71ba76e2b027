"""My work, background jobs, notices."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles, unattended
from lantai.common.pages import show
from lantai.work import pages, queries
from lantai.work.services.steering import JobNotOpen, read_notices, steer_job

EVERYBODY = tuple(role for role in Role if role != Role.PUBLIC)
WATCHERS = (Role.ARCHIVIST, Role.SYSTEM)
"""Who sees background jobs: their failures name records of every body."""


@roles(Role.ARCHIVIST, Role.DEPARTMENT)
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """What is due, the overdue first."""
    return show(request, pages.work_page(request, reader_of(request)))


@roles(*WATCHERS)
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """What runs in the background, and what ended."""
    return show(request, pages.jobs_page(request, reader_of(request)))


@unattended
@roles(*WATCHERS)
@require_safe
def jobs_progress(request: HttpRequest) -> HttpResponse:
    """The same page, asked again by itself every few seconds while something runs."""
    return show(request, pages.jobs_page(request, reader_of(request)))


@roles(*WATCHERS)
@require_safe
def job(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """One job with its failures."""
    found = queries.job(task_id=task_id)
    if found is None:
        raise Http404
    return show(request, pages.job_page(found, reader_of(request)))


@roles(*WATCHERS)
@require_POST
def steer(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Pause a job, or let it go on."""
    by, go_on = actor_of(request), request.POST.get("act") == "resume"
    try:
        steer_job(
            task_id=task_id, go_on=go_on, actor=by.reference, role=by.role, address=by.address, now=timezone.now()
        )
        messages.success(request, _("任务继续进行。") if go_on else _("任务将在当前一批完成后暂停。"))
    except JobNotOpen:
        messages.warning(request, _("任务已经结束或不在暂停中，没有变化。"))
    return redirect("jobs")


@roles(*EVERYBODY)
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """What this person should know."""
    return show(request, pages.notices_page(request, reader_of(request)))


@roles(*EVERYBODY)
@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    reader = reader_of(request)
    read_notices(
        person_id=reader.person_id or 0,
        organisation_id=reader.organisation_id,
        archivist=reader.role == Role.ARCHIVIST,
        now=timezone.now(),
    )
    return redirect("notices")
