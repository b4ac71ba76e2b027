"""Steps of a batch, and originals out of the storeroom."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import actor_of, roles
from lantai.common.pages import show
from lantai.digitisation import queries
from lantai.digitisation.pages import paper as pages
from lantai.digitisation.paper_forms import LendForm, ReturnForm, StepForm
from lantai.digitisation.queries.paper import loan_called, steps_of
from lantai.digitisation.services.lending import LoanRefused, lend_originals, note_step, take_back_original


@roles(Role.ARCHIVIST)
@require_safe
def steps(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The steps of a batch."""
    try:
        return show(request, pages.steps_page(batch_id))
    except queries.NoSuchBatch:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def new_step(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Note a step."""
    try:
        row, _known = steps_of(batch_id=batch_id)
    except queries.NoSuchBatch:
        raise Http404 from None
    form = StepForm(request.POST or None)
    if not (form.is_bound and form.is_valid()):
        return show(request, pages.new_step_page(row, form))
    try:
        note_step(batch_id=batch_id, **form.cleaned_data, by=actor_of(request), now=timezone.now())
    except ValueError:
        return show(request, pages.new_step_page(row, form, _("结束时间不能在将来。")))
    return redirect("digitising-steps", batch_id)


@roles(Role.ARCHIVIST)
@require_safe
def loans(request: HttpRequest) -> HttpResponse:
    """Originals out of the storeroom."""
    return show(request, pages.loans_page(request, timezone.localdate()))


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def lend(request: HttpRequest) -> HttpResponse:
    """Originals go out."""
    form = LendForm(request.POST or None)
    if not (form.is_bound and form.is_valid()):
        return show(request, pages.lend_page(form))
    given = {**form.cleaned_data, "codes": form.cleaned_data["codes"].splitlines()}
    try:
        lend_originals(**given, by=actor_of(request), now=timezone.now())
    except LoanRefused as refused:
        return show(request, pages.lend_page(form, pages.loan_words(refused)))
    return redirect("digitising-loans")


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, loan_id: int) -> HttpResponse:
    """Originals come back."""
    try:
        loan = loan_called(loan_id=loan_id)
    except queries.NoSuchBatch:
        raise Http404 from None
    form = ReturnForm(request.POST or None)
    if not (form.is_bound and form.is_valid()):
        return show(request, pages.return_page(loan, form))
    take_back_original(loan_id=loan_id, **form.cleaned_data, by=actor_of(request), now=timezone.now())
    return redirect("digitising-loans")
