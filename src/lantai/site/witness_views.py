"""Addresses of the witnesses' pages."""

from __future__ import annotations

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.models import Role
from lantai.administration.queries.people import reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.archival.sealing.stamping import REPLY_TYPE
from lantai.archival.tlog import NoteError
from lantai.common.pages import show
from lantai.ledger import queries
from lantai.ledger.services import (
    AddressNotAllowed,
    DecidedBy,
    WitnessKnown,
    add_witness,
    retire_witness,
    set_witness_policy,
)
from lantai.site.witness_forms import PolicyForm, WitnessForm
from lantai.site.witness_pages import (
    conflict_page,
    policy_form_page,
    retire_page,
    witness_form_page,
    witnesses_page,
)

BYTES = "application/octet-stream"
WATCHERS = (Role.ARCHIVIST, Role.SYSTEM, Role.AUDIT)


def _decider(request: HttpRequest) -> DecidedBy:
    by = actor_of(request)
    return DecidedBy(by.reference, by.role, by.address)


@roles(*WATCHERS)
@require_safe
def witnesses(request: HttpRequest) -> HttpResponse:
    """Who cosigned what, and what contradicts us."""
    origin = f"{request.scheme}://{request.get_host()}"
    return show(request, witnesses_page(reader=reader_of(request), origin=origin))


@roles(Role.SYSTEM)
def witness_new(request: HttpRequest) -> HttpResponse:
    """Add a witness."""
    form = WitnessForm(request.POST or None)
    if form.is_valid():
        try:
            add_witness(**form.cleaned_data, by=_decider(request), at=timezone.now())
            messages.success(request, _("已增加见证方；几秒后会请它签名。"))
            return redirect("witnesses")
        except AddressNotAllowed:
            form.add_error("address", _("只能是 https:// 地址，或本机的 http:// 地址。"))
        except WitnessKnown:
            form.add_error("keys", _("这个名称的见证方已经有了。"))
        except NoteError as error:
            form.add_error("keys", _("不是见证方的公钥：%(detail)s") % {"detail": error})
    return show(request, witness_form_page(form))


@roles(Role.SYSTEM)
def witness_retire(request: HttpRequest, witness_id: int) -> HttpResponse:
    """Ask a witness no longer."""
    found = next((each for each in queries.list_witnesses() if each.id == witness_id), None)
    if found is None:
        raise Http404
    if request.method == "POST":
        retire_witness(witness_id=witness_id, by=_decider(request), at=timezone.now())
        messages.success(request, _("已停用见证方。"))
        return redirect("witnesses")
    return show(request, retire_page(Form(), found))


@roles(Role.SYSTEM)
def witness_policy(request: HttpRequest) -> HttpResponse:
    """Say how many witnesses must cosign."""
    least, count = queries.witnesses_asked_for(), len(queries.list_witnesses())
    form = PolicyForm(request.POST or None, initial={"least": least}, witnesses=count)
    if form.is_valid():
        set_witness_policy(least=form.cleaned_data["least"], by=_decider(request), at=timezone.now())
        messages.success(request, _("已保存见证策略。"))
        return redirect("witnesses")
    return show(request, policy_form_page(form))


@roles(*WATCHERS)
@require_safe
def witness_conflict(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """One contradiction with both notes."""
    found = queries.conflict_by_id(conflict_id=conflict_id)
    if found is None:
        raise Http404
    return show(request, conflict_page(found))


@roles(*WATCHERS)
@require_safe
def witness_conflict_note(request: HttpRequest, conflict_id: int, side: str) -> HttpResponse:
    """One of the two notes as a file."""
    found = queries.conflict_by_id(conflict_id=conflict_id)
    note = getattr(found, side, "") if side in ("held", "ours") else ""
    if not note:
        raise Http404
    response = HttpResponse(note, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{side}-{conflict_id}.txt"'
    return response


@roles(*WATCHERS)
@require_safe
def timestamp_renewal(request: HttpRequest, size: int) -> HttpResponse:
    """Lead to the time stamps, where the one of the checkpoint of *size* stands."""
    return redirect(f"{reverse('witnesses')}#timestamps")


@roles(*WATCHERS)
@require_safe
def timestamp_file(request: HttpRequest, size: int, number: int, part: str) -> HttpResponse:
    """A token (DER), or the bytes it stamps, as a file."""
    found = queries.timestamp_by_number(size=size, number=number)
    if found is None or part not in ("token", "stamped"):
        raise Http404
    data, kind, suffix = (found.token, REPLY_TYPE, "tsr") if part == "token" else (found.stamped, BYTES, "bin")
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{size}-{number}-{part}.{suffix}"'
    return response
