"""Acceptance of a batch: beginning, inspecting, concluding, signing, the report."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import actor_of, roles
from lantai.common.errors import Refused
from lantai.common.pages import show
from lantai.digitisation import queries, services
from lantai.digitisation.acceptance_forms import BeginForm, InspectForm
from lantai.digitisation.models import AcceptanceState
from lantai.digitisation.pages import acceptance as pages
from lantai.digitisation.pages.acceptance_report import report_of
from lantai.digitisation.queries.acceptance import AcceptanceView, acceptance_view, newest_round, pages_of_drawn


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def acceptance(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The newest round, or the form that begins one."""
    try:
        view = acceptance_view(batch_id=batch_id)
    except queries.NoSuchBatch:
        raise Http404 from None
    now = view.newest
    again = now is None or (now.state == AcceptanceState.SIGNED and now.shortfalls and "again" in request.GET)
    if request.method != "POST" and now is not None and not again:
        return show(request, pages.round_page(view, now, actor_of(request).reference))
    return _begin(request, view)


def _begin(request: HttpRequest, view: AcceptanceView) -> HttpResponse:
    form = BeginForm(request.POST) if request.method == "POST" else BeginForm()
    if not (form.is_bound and form.is_valid()):
        return show(request, pages.begin_page(view, form))
    by, now = actor_of(request), timezone.now()
    try:
        services.begin_acceptance(batch_id=view.row.id, **form.cleaned_data, by=by, now=now)
    except services.AcceptanceRefused as refused:
        if refused.code != "open":
            return show(request, pages.begin_page(view, form, pages.refusal_words(refused.code)))
    return redirect("digitising-acceptance", view.row.id)


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def inspect(request: HttpRequest, batch_id: int, drawn_id: int) -> HttpResponse:
    """One drawn record: its pages, and what is said of it."""
    try:
        view = acceptance_view(batch_id=batch_id)
    except queries.NoSuchBatch:
        raise Http404 from None
    drawn = next((each for each in (view.newest.drawn if view.newest else ()) if each.id == drawn_id), None)
    if drawn is None or view.newest is None:
        raise Http404
    form = InspectForm(request.POST or None, initial={"faults": drawn.faults, "note": drawn.note})
    if request.method == "POST" and form.is_valid():
        return _judged(request, view.newest.id, batch_id, drawn_id, form)
    return show(request, pages.inspect_page(view, drawn, pages_of_drawn(batch_id=batch_id, code=drawn.code), form))


def _judged(request: HttpRequest, round_id: int, batch_id: int, drawn_id: int, form: InspectForm) -> HttpResponse:
    try:
        services.judge_record(
            acceptance_id=round_id, drawn_id=drawn_id, **form.cleaned_data, by=actor_of(request), now=timezone.now()
        )
    except services.AcceptanceRefused as refused:
        raise Refused(pages.refusal_words(refused.code)) from None
    newest = acceptance_view(batch_id=batch_id).newest
    following = newest.next_drawn if newest is not None else None
    if following is None:
        return redirect("digitising-acceptance", batch_id)
    return redirect("digitising-inspect", batch_id, following)


@roles(Role.ARCHIVIST)
@require_POST
def conclude(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Give the verdict."""
    try:
        number = newest_round(batch_id=batch_id)
        services.conclude_acceptance(acceptance_id=number, note="", by=actor_of(request), now=timezone.now())
    except queries.NoSuchBatch:
        raise Http404 from None
    except services.AcceptanceRefused as refused:
        if refused.code != "closed":
            raise Refused(pages.refusal_words(refused.code)) from None
    return redirect("digitising-acceptance", batch_id)


@roles(Role.ARCHIVIST)
@require_POST
def sign(request: HttpRequest, batch_id: int) -> HttpResponse:
    """A second person signs the verdict."""
    try:
        services.sign_acceptance(
            acceptance_id=newest_round(batch_id=batch_id), by=actor_of(request), now=timezone.now()
        )
    except queries.NoSuchBatch:
        raise Http404 from None
    except services.AcceptanceRefused as refused:
        if refused.code != "closed":
            raise Refused(pages.refusal_words(refused.code)) from None
    return redirect("digitising-acceptance", batch_id)


@roles(Role.ARCHIVIST)
@require_safe
def report(request: HttpRequest, batch_id: int, number: int) -> HttpResponse:
    """The report on a round that was concluded, as PDF."""
    try:
        view = acceptance_view(batch_id=batch_id)
    except queries.NoSuchBatch:
        raise Http404 from None
    found = next((each for each in view.rounds if each.number == number), None)
    if found is None or found.state == AcceptanceState.OPEN:
        raise Http404
    disposition = f'attachment; filename="acceptance-{batch_id}-{number}.pdf"'
    return HttpResponse(
        report_of(view.row, found), content_type="application/pdf", headers={"Content-Disposition": disposition}
    )
