"""The first visitor of a new archive names it and makes its three administrators; afterwards there is no such page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from lantai.administration.first_start_forms import ROLES, FirstStartForm
from lantai.administration.services.first_start import (
    FirstStartRefused,
    NewArchive,
    first_start_is_open,
    people_of_form,
    start_archive,
)
from lantai.administration.services.people_access import CONSOLE, Actor, address_of, public
from lantai.administration.services.people_accounts import AccountRefused, NewAccount
from lantai.common.components import Pair
from lantai.common.pages import Page, SignInPage, show


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedPage(Page):
    """The three one-time passwords, shown this once."""

    template: ClassVar[str] = "administration/started.html"
    people: Sequence[Pair]


@public
@never_cache
@sensitive_post_parameters("code")
def first_start(request: HttpRequest) -> HttpResponse:
    """Name the archive and make the three administrators, with the code of the console."""
    if not first_start_is_open():
        raise Http404
    form = FirstStartForm(request.POST or None, initial={"archive_name": settings.LANTAI_ARCHIVE_NAME})
    if form.is_valid():
        try:
            made = start_archive(archive=_archive_of(form), by=_by(request), now=timezone.now())
            return show(request, _started_page(made))
        except FirstStartRefused as refused:
            form.add_error("code", str(refused))
        except AccountRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _page(form))


def _by(request: HttpRequest) -> Actor:
    """Whoever holds the code of the console acts as the operator at the machine, from the browser's address."""
    return Actor(None, CONSOLE.username, CONSOLE.role, address_of(request))


def _archive_of(form: FirstStartForm) -> NewArchive:
    data = form.cleaned_data
    system, security, audit = people_of_form(data=data)
    return NewArchive(code=data["code"], name=data["archive_name"], system=system, security=security, audit=audit)


def _page(form: FirstStartForm) -> SignInPage:
    return SignInPage(
        title=_("首次启动"),
        form=form,
        action=resolve_url("first-start"),
        text=_("为档案馆命名，并设立三员：系统管理员、安全保密管理员、安全审计员，须是三个不同的人。"),
        advice=_("完成后本页永久关闭；其他账号由系统管理员创建、安全保密管理员启用。"),
        submit=_("设立档案馆"),
    )


def _started_page(made: tuple[NewAccount, NewAccount, NewAccount]) -> StartedPage:
    people = [
        Pair(f"{label} · {each.person.name}", each.one_time_password, note=each.person.username)
        for (_role, label), each in zip(ROLES, made, strict=True)
    ]
    return StartedPage(title=_("档案馆已设立"), people=people)
