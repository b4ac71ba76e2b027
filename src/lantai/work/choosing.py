"""What is posted from lists: ticks, all of a filter, clearing, bulk acts, saved views."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.administration.services.people_access import address_of
from lantai.common.pages import show
from lantai.work import queries
from lantai.work.bulk import MOST_AT_ONCE, OnwardAct, act_called, onward_called
from lantai.work.bulk_pages import bulk_page
from lantai.work.forms import ViewForm
from lantai.work.lists import Listing, NoSuchList, address_for, filter_asked, listing_called
from lantai.work.services.keeping_views import (
    MOST_VIEWS,
    TooManyViews,
    ViewNameTaken,
    change_view,
    give_up_view,
    keep_view,
    open_with_view,
)
from lantai.work.services.ordering import NothingToDo, confirm_bulk, prepare_bulk
from lantai.work.services.selecting import clear_selection, keep_ticks, select_everything

MOST_SHOWN = 500
LONGEST_KEY = 120


def choose(request: HttpRequest, key: str, reader: Reader) -> HttpResponse:
    """Take ticks, all, or nothing of the list *key*, or go on to what a bulk act would do. Raises LookupError for a
    list or an act that this reader does not have.
    """
    listing, act, now = listing_called(key, reader=reader), request.POST.get("act", "keep"), timezone.now()
    if listing.keys is None:
        raise NoSuchList(key)
    if act == "clear":
        clear_selection(person_id=reader.person_id or 0, listing=listing.key)
    elif act == "all":
        query = filter_asked(listing, QueryDict(request.POST.get("query", "")))
        select_everything(reader=reader, listing=listing, query=query, now=now)
    else:
        shown, ticked = _keys(request, "shown"), _keys(request, "selected")
        keep_ticks(reader=reader, listing=listing, shown=shown, ticked=ticked, now=now)
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    if act in ("keep", "all", "clear"):
        return redirect(_back(request, listing))
    onward = onward_called(act, listing=listing.key, role=reader.role)
    return _prepare(request, listing, act, reader) if onward is None else _go_on(request, listing, onward, reader)


def _keys(request: HttpRequest, name: str) -> list[str]:
    given = request.POST.getlist(name)[:MOST_SHOWN]
    return [key for key in given if key and len(key) <= LONGEST_KEY and key.isprintable()]


def _back(request: HttpRequest, listing: Listing) -> str:
    """The page of the list that was left, only ever within the list."""
    page, back = reverse(listing.address), request.POST.get("back", "")
    within = page if listing.page_of is not None and ".." not in back else f"{page}?"
    return back if back.startswith(within) and back.isprintable() and len(back) <= 4000 else page


def _go_on(request: HttpRequest, listing: Listing, act: OnwardAct, reader: Reader) -> HttpResponse:
    """To the page that takes what is selected."""
    back = _back(request, listing)
    keys = queries.selected_keys(reader=reader, listing=listing, limit=act.most or 1)
    if not keys:
        messages.warning(request, _("没有选择任何一项，请先勾选。"))
        return redirect(back)
    if act.most and len(keys) > act.most:
        messages.warning(request, _("一次最多办理 %(n)s 项，请缩小范围后分几次办理。") % {"n": act.most})
        return redirect(back)
    return redirect(act.take(request, reader, listing.key, keys if act.most else (), back))


def _prepare(request: HttpRequest, listing: Listing, key: str, reader: Reader) -> HttpResponse:
    act, back = act_called(key, listing=listing.key, role=reader.role), _back(request, listing)
    keys = queries.selected_keys(reader=reader, listing=listing, limit=MOST_AT_ONCE)
    if len(keys) > MOST_AT_ONCE:
        messages.warning(request, _("一次最多办理 %(n)s 项，请缩小范围后分几次办理。") % {"n": MOST_AT_ONCE})
        return redirect(back)
    try:
        order = prepare_bulk(
            act=act,
            listing=listing.key,
            reader=reader,
            keys=keys,
            address=address_of(request),
            back=back,
            now=timezone.now(),
        )
    except NothingToDo:
        messages.warning(request, _("没有选择任何一项，请先勾选。"))
        return redirect(back)
    return redirect("bulk", order)


def confirm(request: HttpRequest, order_id: UUID, reader: Reader) -> HttpResponse:
    """Show what a bulk act will do; with a sound form posted, have it done. Raises LookupError."""
    found = queries.bulk_order(order_id=order_id, person_id=reader.person_id)
    if found is None:
        raise LookupError(str(order_id))
    if found.task_id is not None:
        return redirect("job", found.task_id)
    form = found.act.form(request.POST if request.method == "POST" else None)
    if not (form.is_bound and form.is_valid()):
        return show(request, bulk_page(found, form))
    values = {name: value if isinstance(value, bool | int) else str(value) for name, value in form.cleaned_data.items()}
    try:
        task_id = confirm_bulk(order_id=order_id, reader=reader, values=values, now=timezone.now())
    except NothingToDo:
        messages.warning(request, _("没有可以办理的事项。"))
        return redirect("bulk", order_id)
    messages.success(request, _("已交给后台逐项办理，可以离开本页，结束时会通知您。"))
    return redirect("job", task_id)


def keep_as_view(request: HttpRequest, key: str, reader: Reader) -> HttpResponse:
    """Keep the filter of a list as a view. Raises NoSuchList."""
    listing, form = listing_called(key, reader=reader), ViewForm(request.POST)
    query = filter_asked(listing, QueryDict(request.POST.get("query", "")))
    here = address_for(listing, query)
    if not form.is_valid():
        messages.warning(request, _("没有保存：请给视图起一个名称，至多 60 个字。"))
        return redirect(here)
    given = {"name": form.cleaned_data["name"], "team": form.cleaned_data["team"], "query": query}
    try:
        made = keep_view(reader=reader, listing=listing, address=address_of(request), now=timezone.now(), **given)
    except ViewNameTaken:
        messages.warning(request, _("没有保存：已有同名的视图“%(name)s”。") % {"name": form.cleaned_data["name"]})
        return redirect(here)
    except TooManyViews:
        messages.warning(request, _("没有保存：每个列表最多 %(n)s 个视图，请先删除不用的。") % {"n": MOST_VIEWS})
        return redirect(here)
    messages.success(request, _("已保存视图“%(name)s”。") % {"name": form.cleaned_data["name"]})
    return redirect(queries.view_address(listing, made, query))


def change_kept_view(request: HttpRequest, view_id: int, reader: Reader) -> HttpResponse:
    """Save, delete or open by default a view. Raises NoSuchView or NoSuchList."""
    act, address, now = request.POST.get("act", ""), address_of(request), timezone.now()
    if act == "delete":
        listing = listing_called(give_up_view(reader=reader, view_id=view_id, address=address, now=now), reader=reader)
        messages.success(request, _("视图已删除。"))
        return redirect(f"{reverse(listing.address)}?view=all")
    if act == "save":
        view = change_view(
            reader=reader,
            view_id=view_id,
            given=QueryDict(request.POST.get("query", "")),
            address=address,
            now=now,
        )
        messages.success(request, _("视图已保存。"))
    else:
        view = open_with_view(reader=reader, view_id=view_id, wanted=act == "first")
        messages.success(request, _("下次打开这个列表时先显示这个视图。") if act == "first" else _("不再默认打开。"))
    listing = listing_called(view.listing, reader=reader)
    return redirect(queries.view_address(listing, view.pk, view.query))
