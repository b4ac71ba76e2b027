"""What departments are asked for: corrections, packages of closed cases, reminders; how their channels stand."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.common.pages import show
from lantai.ingest import channel_pages, collection_pages, expected_pages, reminder_pages
from lantai.ingest.asking_forms import CollectionRuleForm, ContactForm, HandoverRuleForm, ReminderRuleForm
from lantai.ingest.lists import CASES, CORRECTIONS
from lantai.ingest.services.collection_rules import NewCollectionRule, end_collection_rule, set_collection_rule
from lantai.ingest.services.handover_rules import NewHandoverRule, end_handover_rule, set_handover_rule
from lantai.ingest.services.reminder_rules import end_reminder_rule, keep_contact, set_reminder_rule
from lantai.ingest.views import WATCHERS
from lantai.work.queries import list_views

KEEPERS = (Role.ARCHIVIST, Role.SYSTEM)
FORM = ["GET", "HEAD", "POST"]


@roles(*WATCHERS)
@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """What departments are asked to correct; with one's default view when nothing else is asked."""
    reader = reader_of(request)
    views = list_views(reader=reader, listing=CORRECTIONS, given=request.GET)
    if views.first and not request.GET:
        return redirect(views.first)
    return show(request, expected_pages.corrections_page(request, reader, views))


@roles(*WATCHERS)
@require_safe
def handover(request: HttpRequest) -> HttpResponse:
    """What is expected and did not come, by body and item."""
    return show(request, expected_pages.handover_page(request, reader_of(request)))


@roles(*WATCHERS)
@require_safe
def handover_cases(request: HttpRequest) -> HttpResponse:
    """The cases behind one number; with one's default view when nothing else is asked."""
    reader = reader_of(request)
    views = list_views(reader=reader, listing=CASES, given=request.GET)
    if views.first and not request.GET:
        return redirect(views.first)
    return show(request, expected_pages.cases_page(request, reader, views))


@roles(*KEEPERS)
@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """How the departments' channels stand."""
    return show(request, channel_pages.channels_page(now=timezone.now()))


@roles(*KEEPERS)
@require_safe
def channel(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """One body's channels, with what was refused and why."""
    page = channel_pages.channel_page(organisation_id, reader_of(request), now=timezone.now())
    if page is None:
        raise Http404
    return show(request, page)


@roles(Role.ARCHIVIST, Role.DEPARTMENT)
@require_safe
def reminders(request: HttpRequest) -> HttpResponse:
    """What was sent."""
    return show(request, reminder_pages.reminders_page(request, reader_of(request)))


@roles(Role.ARCHIVIST)
@require_http_methods(FORM)
def handover_rules(request: HttpRequest) -> HttpResponse:
    """The deadlines, and a form for another."""
    form = HandoverRuleForm(request.POST or None, initial={"closes": "办结、已办结"})
    if not (form.is_bound and form.is_valid()):
        return show(request, reminder_pages.handover_rules_page(form))
    by, given = actor_of(request), dict(form.cleaned_data)
    rule = NewHandoverRule(organisation_id=given.pop("organisation"), **given)
    set_handover_rule(rule=rule, by=by.reference, role=by.role, now=timezone.now())
    messages.success(request, _("已保存，正在重新计算未移交办件的期限。"))
    return redirect("handover-rules")


@roles(Role.ARCHIVIST)
@require_POST
def handover_rule_end(request: HttpRequest) -> HttpResponse:
    """End the chosen deadlines."""
    by = actor_of(request)
    for each in _numbers(request):
        end_handover_rule(rule_id=each, by=by.reference, role=by.role, now=timezone.now())
    messages.success(request, _("已停用所选规则。"))
    return redirect("handover-rules")


@roles(Role.ARCHIVIST)
@require_http_methods(FORM)
def collection_rules(request: HttpRequest) -> HttpResponse:
    """The deadlines for materials of running cases, and a form for another."""
    form = CollectionRuleForm(request.POST or None, initial={"nodes": "受理"})
    if not (form.is_bound and form.is_valid()):
        return show(request, collection_pages.collection_rules_page(form))
    by, given = actor_of(request), dict(form.cleaned_data)
    rule = NewCollectionRule(organisation_id=given.pop("organisation"), **given)
    set_collection_rule(rule=rule, by=by.reference, role=by.role, now=timezone.now())
    messages.success(request, _("已保存，正在重新计算办理中的办件。"))
    return redirect("collection-rules")


@roles(Role.ARCHIVIST)
@require_POST
def collection_rule_end(request: HttpRequest) -> HttpResponse:
    """End the chosen deadlines."""
    by = actor_of(request)
    for each in _numbers(request):
        end_collection_rule(rule_id=each, by=by.reference, role=by.role, now=timezone.now())
    messages.success(request, _("已停用所选规则。"))
    return redirect("collection-rules")


@roles(Role.ARCHIVIST)
@require_http_methods(FORM)
def reminder_rules(request: HttpRequest) -> HttpResponse:
    """Reminders that go out by themselves, and a form for another."""
    form = ReminderRuleForm(request.POST or None, initial={"days": -3})
    if not (form.is_bound and form.is_valid()):
        return show(request, reminder_pages.reminder_rules_page(form))
    by = actor_of(request)
    set_reminder_rule(**form.cleaned_data, by=by.reference, role=by.role, now=timezone.now())
    messages.success(request, _("已增加规则。"))
    return redirect("reminder-rules")


@roles(Role.ARCHIVIST)
@require_POST
def reminder_rule_end(request: HttpRequest) -> HttpResponse:
    """End the chosen rules."""
    by = actor_of(request)
    for each in _numbers(request):
        end_reminder_rule(rule_id=each, by=by.reference, role=by.role, now=timezone.now())
    messages.success(request, _("已停用所选规则。"))
    return redirect("reminder-rules")


@roles(Role.ARCHIVIST)
@require_http_methods(FORM)
def reminder_contacts(request: HttpRequest) -> HttpResponse:
    """Where mail to the departments goes."""
    form = ContactForm(request.POST or None)
    if not (form.is_bound and form.is_valid()):
        return show(request, reminder_pages.contacts_page(form))
    by, given = actor_of(request), dict(form.cleaned_data)
    body = given.pop("organisation")
    keep_contact(organisation_id=body, **given, by=by.reference, role=by.role, now=timezone.now())
    messages.success(request, _("已保存联系人。"))
    return redirect("reminder-contacts")


@roles(*KEEPERS)
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """The outbox of mail."""
    return show(request, reminder_pages.mails_page(request))


def _numbers(request: HttpRequest) -> list[int]:
    """The chosen rows of a list of rules."""
    return [
        int(each) for each in request.POST.getlist("selected") if each.isascii() and each.isdecimal() and len(each) < 16
    ]
