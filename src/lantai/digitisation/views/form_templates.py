"""Form templates: the list, marking one on a page, retiring one, what they filled in a batch, and taking it out."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import actor_of, roles
from lantai.common.pages import show
from lantai.digitisation.models import FormTemplate, ReadPage, ScanBatch
from lantai.digitisation.pages import form_templates as pages
from lantai.digitisation.queries import NoSuchBatch
from lantai.digitisation.queries import form_templates as found_in
from lantai.digitisation.services import form_templates as services
from lantai.digitisation.template_forms import TemplateNameForm, sent_field_forms

_EXPORTS = {"csv": (found_in.filled_csv, "text/csv; charset=utf-8"), "json": (found_in.filled_json, "application/json")}


@roles(Role.ARCHIVIST)
@require_safe
def templates(request: HttpRequest) -> HttpResponse:
    """The templates."""
    return show(request, pages.templates_page())


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def mark(request: HttpRequest, batch_id: int, page_id: int) -> HttpResponse:
    """Mark a form on a page that was read."""
    try:
        if request.method != "POST":
            return show(request, pages.marking_page(batch_id, page_id))
        return _marked(request, batch_id, page_id)
    except (NoSuchBatch, ReadPage.DoesNotExist):
        raise Http404 from None


def _marked(request: HttpRequest, batch_id: int, page_id: int) -> HttpResponse:
    """Learn the template that was sent, or show again what is wrong. Raises NoSuchBatch, ReadPage.DoesNotExist."""
    shown = pages.marking_page(batch_id, page_id)
    named, sent = TemplateNameForm(request.POST), sent_field_forms(request.POST)
    problem, sound = "", [named.is_valid(), *(each.is_valid() for each in sent)]
    if all(sound):
        marked = [made for each in sent if (made := each.marked()) is not None]
        name, by, now = named.cleaned_data["name"], actor_of(request), timezone.now()
        try:
            services.add_template(page_id=page_id, name=name, marked=marked, by=by, now=now)
            return redirect(shown.cancel)
        except services.TemplateRefused as refused:
            problem = pages.refusal_words(refused)
    return show(request, pages.marking_page(batch_id, page_id, named=named, sent=sent, problem=problem))


@roles(Role.ARCHIVIST)
@require_POST
def retire(request: HttpRequest) -> HttpResponse:
    """Use a template no longer."""
    told = request.POST.get("template", "")
    try:
        number = int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else 0
        services.retire_template(template_id=number, by=actor_of(request), now=timezone.now())
    except FormTemplate.DoesNotExist:
        raise Http404 from None
    return redirect("digitising-form-templates")


@roles(Role.ARCHIVIST)
@require_safe
def filled(request: HttpRequest, batch_id: int) -> HttpResponse:
    """What templates filled in a batch."""
    try:
        return show(request, pages.filled_page(request, batch_id))
    except NoSuchBatch:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def fill(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Have the templates fill the pages of a batch."""
    try:
        services.fill_batch(batch_id=batch_id, by=actor_of(request), now=timezone.now())
    except ScanBatch.DoesNotExist:
        raise Http404 from None
    return redirect("digitising-forms", batch_id)


@roles(Role.ARCHIVIST)
@require_safe
def export(request: HttpRequest, batch_id: int, template_id: int, kind: str) -> HttpResponse:
    """What a template filled in a batch, as CSV or JSON."""
    make, mime = _EXPORTS[kind]
    try:
        text = make(batch_id=batch_id, template_id=template_id)
    except found_in.NoSuchTemplate:
        raise Http404 from None
    answer = HttpResponse(text, content_type=mime)
    answer.headers["Content-Disposition"] = f'attachment; filename="forms-{batch_id}-{template_id}.{kind}"'
    return answer
