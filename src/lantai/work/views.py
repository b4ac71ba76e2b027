"""My work, background jobs, notices."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, refusal_for, roles, unattended
from lantai.common.pages import show
from lantai.work import choosing, job_pages, pages, queries
from lantai.work.bulk import NoSuchAct
from lantai.work.duties import DUTIES
from lantai.work.services.ordering import NothingToDo, repeat_failed
from lantai.work.services.steering import JobNotOpen, read_notices, retry_job, steer_job

EVERYBODY = tuple(role for role in Role if role != Role.PUBLIC)
KEEPERS = (Role.ARCHIVIST, Role.DEPARTMENT, Role.LEADER, Role.SUPERVISOR)
"""Who keeps views and selects: whoever has one of the lists; which, each list says."""
WATCHERS = (Role.ARCHIVIST, Role.SYSTEM)
"""Who sees background jobs: their failures name records of every body."""


@roles(Role.ARCHIVIST, Role.DEPARTMENT)
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """What is due, the overdue first; with one's default view when nothing else is asked."""
    reader = reader_of(request)
    views = queries.list_views(reader=reader, listing=DUTIES, given=request.GET)
    if views.first and not request.GET:
        return redirect(views.first)
    return show(request, pages.work_page(request, reader, views))


@roles(*KEEPERS)
@require_POST
def selection(request: HttpRequest, listing: str) -> HttpResponse:
    """Ticks, all of a filter, none, or what a bulk act would do with them."""
    try:
        return choosing.choose(request, listing, reader_of(request))
    except LookupError:
        raise Http404 from None


@roles(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest, order: UUID) -> HttpResponse:
    """What a bulk act will do; posted, it is done in the background."""
    try:
        return choosing.confirm(request, order, reader_of(request))
    except LookupError:
        raise Http404 from None


@roles(*KEEPERS)
@require_POST
def keep_view(request: HttpRequest, listing: str) -> HttpResponse:
    """Keep the filter of a list as a view."""
    try:
        return choosing.keep_as_view(request, listing, reader_of(request))
    except LookupError:
        raise Http404 from None


@roles(*KEEPERS)
@require_POST
def change_view(request: HttpRequest, view: int) -> HttpResponse:
    """Save, delete, or open by default."""
    try:
        return choosing.change_kept_view(request, view, reader_of(request))
    except LookupError:
        raise Http404 from None


@roles(*WATCHERS)
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """What runs in the background, and what ended."""
    return show(request, job_pages.jobs_page(request, reader_of(request)))


@unattended
@roles(*WATCHERS)
@require_safe
def jobs_progress(request: HttpRequest) -> HttpResponse:
    """The same page, asked again by itself every few seconds while something runs."""
    return show(request, job_pages.jobs_page(request, reader_of(request)))


@roles(*WATCHERS)
@require_safe
def job(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """One job with its failures."""
    found = queries.job(task_id=task_id)
    if found is None:
        raise Http404
    return show(request, job_pages.job_page(found, reader_of(request)))


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


@roles(*WATCHERS)
@require_POST
def retry(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Do a failed job again, or what failed of a bulk act."""
    by, now, order = actor_of(request), timezone.now(), queries.bulk_order_of(task_id=task_id)
    try:
        if request.POST.get("act") == "failed" and order is not None:
            again = repeat_failed(order_id=order.id, reader=reader_of(request), address=by.address, now=now)
            return redirect("job", again)
        retry_job(task_id=task_id, actor=by.reference, role=by.role, address=by.address, now=now)
        messages.success(request, _("任务已重新排队。"))
    except (JobNotOpen, NothingToDo):
        messages.warning(request, _("没有可以重试的，没有变化。"))
    except NoSuchAct:
        raise refusal_for(allowed=(Role.ARCHIVIST,)) from None
    return redirect("job", task_id)


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
