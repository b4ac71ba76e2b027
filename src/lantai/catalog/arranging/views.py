"""Arranging: the tree and its places, chosen records and what is done with them, codes, schemes, printed forms."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.catalog.arranging import class_pages, code_pages, plan_pages, printing_pages, scheme_pages, tree_pages
from lantai.catalog.arranging.acting import act_on_plan, choose, place_to_return, plan_or_none
from lantai.catalog.arranging.lists import CHILDREN
from lantai.catalog.arranging.tree import branch_page
from lantai.catalog.queries.arranging import Node
from lantai.common.pages import show
from lantai.work.queries import list_views

READERS = (Role.ARCHIVIST, Role.DEPARTMENT, Role.LEADER, Role.SUPERVISOR)


@roles(*READERS)
@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """All fonds; or one's default view of a place when nothing else is asked."""
    reader = reader_of(request)
    views = list_views(reader=reader, listing=CHILDREN, given=request.GET)
    if views.first and not request.GET:
        return redirect(views.first)
    return show(request, tree_pages.root_page(reader, views))


@roles(*READERS)
@require_safe
def fonds(request: HttpRequest, fonds: str) -> HttpResponse:
    """A fonds, or its line of the tree for the script."""
    reader, branch = reader_of(request), request.GET.get("branch")
    if branch:
        return show(request, branch_page(Node(fonds), reader, opened=branch == "open"))
    return show(request, tree_pages.fonds_page(fonds, reader))


@roles(*READERS)
@require_safe
def record_class(request: HttpRequest, fonds: str, classes: str) -> HttpResponse:
    """A class of a fonds, or its line of the tree."""
    reader, branch = reader_of(request), request.GET.get("branch")
    if branch:
        return show(request, branch_page(Node(fonds, classes), reader, opened=branch == "open"))
    return show(request, tree_pages.class_page(fonds, classes, reader))


@roles(*READERS)
@require_safe
def year(request: HttpRequest, fonds: str, classes: str, year: int) -> HttpResponse:
    """A year of a class, or its line of the tree with its volumes."""
    reader, branch = reader_of(request), request.GET.get("branch")
    if branch:
        return show(request, branch_page(Node(fonds, classes, year), reader, opened=branch == "open"))
    return show(request, tree_pages.year_page(request, fonds, classes, year, reader))


@roles(*READERS)
@require_safe
def volume(request: HttpRequest, code: str) -> HttpResponse:
    """A volume with the items in it."""
    return show(request, tree_pages.volume_page(request, code, reader_of(request)))


@roles(Role.ARCHIVIST)
@require_POST
def choose_some(request: HttpRequest) -> HttpResponse:
    """Remember the ticked codes and go on to voiding them."""
    return choose(request, reader_of(request), actor_of(request))


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, number: int) -> HttpResponse:
    """What is to be done, told before; POST previews or confirms it."""
    found = plan_or_none(number, actor_of(request))
    if found is None:
        raise Http404
    if request.method == "POST":
        return act_on_plan(request, found, actor_of(request))
    kind = request.GET.get("kind", found.kind)
    kind = kind if kind in plan_pages.KINDS else "move"
    form = plan_pages.plan_form(found, kind)
    return show(request, plan_pages.plan_page(request, found, kind, form, place_to_return(request)))


@roles(Role.ARCHIVIST)
@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """The use of archive codes."""
    return show(request, code_pages.codes_page(request, reader_of(request)))


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def scheme(request: HttpRequest, fonds: str) -> HttpResponse:
    """The classification scheme and code rules of a fonds."""
    if request.method == "POST":
        page, answer = scheme_pages.change_scheme(request, fonds, reader_of(request), actor_of(request))
        return show(request, page) if page is not None else answer or HttpResponse(status=204)
    return show(request, scheme_pages.scheme_page(fonds, reader_of(request)))


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def classes(request: HttpRequest) -> HttpResponse:
    """The classification scheme on a day with its versions; POST withdraws the last change before its day."""
    answer = class_pages.withdraw(request, actor_of(request)) if request.method == "POST" else None
    return answer or show(request, class_pages.classes_page(request))


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def class_change(request: HttpRequest) -> HttpResponse:
    """Add, rename or close a class from a day on; POST previews or does it."""
    page, answer = class_pages.change(request, actor_of(request))
    return answer or show(request, page)


@roles(Role.ARCHIVIST)
@require_safe
def printing(request: HttpRequest) -> HttpResponse:
    """Which forms can be printed of a year or volume."""
    return show(request, printing_pages.printing_page(request, reader_of(request)))


@roles(Role.ARCHIVIST)
@require_safe
def printed(request: HttpRequest, form: str) -> HttpResponse:
    """One form as PDF."""
    return printing_pages.printed_form(request, form, reader_of(request), actor_of(request), timezone.now())
