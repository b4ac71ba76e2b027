"""Describing a record in the browser: form, draft, suggestions, who edits, undo, review."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import roles
from lantai.catalog import change_pages as changes
from lantai.catalog import compose_pages as composing
from lantai.catalog import describe_acts as acts
from lantai.catalog import relate_pages as relating
from lantai.catalog.describe_queue import describing_list
from lantai.catalog.queries import NoSuchRecord
from lantai.catalog.typed_text import keeps_typed
from lantai.common.pages import show


@roles(Role.ARCHIVIST)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What is to be described or reviewed, the oldest first."""
    return show(request, describing_list(request, reader_of(request)))


@keeps_typed
@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def describe(request: HttpRequest, code: str) -> HttpResponse:
    """The form of a record's description, and its saving."""
    try:
        if request.method == "POST":
            return acts.save(request, code, reader_of(request), timezone.now())
        return acts.open_form(request, code, reader_of(request), timezone.now())
    except NoSuchRecord:
        raise Http404 from None


@keeps_typed
@roles(Role.ARCHIVIST)
@require_POST
def draft(request: HttpRequest, code: str) -> HttpResponse:
    """Keep or throw away what was typed."""
    try:
        return acts.draft(request, code, reader_of(request), timezone.now())
    except NoSuchRecord:
        raise Http404 from None


@keeps_typed
@roles(Role.ARCHIVIST)
@require_POST
def suggestion(request: HttpRequest, code: str) -> HttpResponse:
    """Accept or dismiss a suggestion."""
    try:
        return acts.answer(request, code, reader_of(request), timezone.now())
    except NoSuchRecord:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def hold(request: HttpRequest, code: str) -> HttpResponse:
    """Take a record over from whoever edits it, or let go of it."""
    try:
        return acts.hold(request, code, reader_of(request), timezone.now())
    except NoSuchRecord:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def review(request: HttpRequest, code: str) -> HttpResponse:
    """Pass a description as a second person."""
    try:
        return acts.review(request, code, reader_of(request), timezone.now())
    except NoSuchRecord:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, code: str, entry: int) -> HttpResponse:
    """One change of a description, and taking it back."""
    act = changes.take_back if request.method == "POST" else changes.show_change
    try:
        return act(request, code, entry, reader_of(request), timezone.now())
    except NoSuchRecord:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: HttpRequest, code: str) -> HttpResponse:
    """The files of an item: order and roles, splitting and merging."""
    act = composing.change_parts if request.method == "POST" else composing.show_parts
    try:
        return act(request, code, reader_of(request), timezone.now())
    except NoSuchRecord:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def relate(request: HttpRequest, code: str) -> HttpResponse:
    """Relate a record to another."""
    try:
        return relating.add_relation(request, code, reader_of(request), timezone.now())
    except NoSuchRecord:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def unrelate(request: HttpRequest, code: str) -> HttpResponse:
    """Take a relation back."""
    try:
        return relating.take_relation_back(request, code, reader_of(request), timezone.now())
    except NoSuchRecord:
        raise Http404 from None
