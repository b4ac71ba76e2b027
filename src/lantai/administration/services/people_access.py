"""Who may open which page: every view of Lantai carries `@roles(...)` or `@public`, and a refusal says why.

The declared sets can be read back (`allowed_roles`), so that one test proves every address for every role.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from lantai.administration.models import Person, Role
from lantai.common.errors import Problem, Refused, wants_problem

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
ANONYMOUS = "anonymous"
"""Stands beside the roles in `allowed_roles` for somebody who has not signed in."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a view declared: the roles that may open it, and whether one may without signing in."""

    roles: frozenset[Role]
    anonymous: bool


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts and from where: the user, role and address of an audit entry (日志字段)."""

    person_id: int | None
    username: str
    role: str
    address: str

    @property
    def reference(self) -> str:
        """The actor as the ledger names it: `person:<number>`, or the word for somebody without account."""
        return self.username if self.person_id is None else f"person:{self.person_id}"


CONSOLE = Actor(person_id=None, username="console", role="console", address="console")
"""The operator at the machine itself, through the command line."""


def address_of(request: HttpRequest) -> str:
    """The client's network address, without port.

    Only when LANTAI_PROXY says that one proxy stands in front is X-Forwarded-For believed, and then only its last
    entry: what the proxy itself saw. Everything before it was written by the client.
    """
    remote = _address(str(request.META.get("REMOTE_ADDR", "")))
    if settings.LANTAI_PROXY:
        return _address(str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")[-1]) or remote
    return remote


def _address(text: str) -> str:
    """The IP address in *text* in its normal form, port and zone left out; empty when there is none."""
    text = text.strip().partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def actor_of(request: HttpRequest) -> Actor:
    """The person behind *request*, for the ledger."""
    person = request.user
    if not isinstance(person, Person):
        return Actor(None, ANONYMOUS, ANONYMOUS, address_of(request))
    return Actor(person.pk, person.username, person.role, address_of(request))


def require_role(*, by: Actor, among: tuple[Role, ...]) -> None:
    """Let *by* pass when the role is one of *among*. Raises Refused."""
    if by.role not in among:
        raise refusal_for(allowed=among)


def refusal_for(*, allowed: tuple[Role, ...]) -> Refused:
    """The refusal of somebody whose role is not among *allowed*: why, who may, what to do."""
    return Refused(
        _("您的角色无权使用此功能。"),
        who_may=[str(role.label) for role in allowed],
        advice=_("如工作需要，请向安全保密管理员申请相应角色；不同角色须由不同的人担任。"),
    )


def own_account(*, who_may: Role) -> Refused:
    """The refusal of an act on the own account, which another person of the role *who_may* must do."""
    return Refused(
        _("不得对本人账号操作。"), who_may=[str(who_may.label)], advice=_("请由另一位担任该角色的人员办理。")
    )


def roles(*allowed: Role) -> Callable[[View], View]:
    """Declare that only these roles may open the view; others are refused, and who has not signed in is asked to.

    Raises ValueError when no role is given.
    """
    if not allowed:
        raise ValueError("a view must name the roles that may open it, or be @public")
    in_order = tuple(role for role in Role if role in allowed)

    def declare(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request=request)
            if getattr(request.user, "role", "") not in in_order:
                raise refusal_for(allowed=in_order)
            return view(request, *args, **kwargs)

        guarded.lantai_access = Access(frozenset(in_order), anonymous=False)  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return declare


def public(view: View) -> View:
    """Declare that everybody may open the view, signed in or not."""
    view.lantai_access = Access(frozenset(Role), anonymous=True)  # type: ignore[attr-defined]
    return view


def unattended(view: View) -> View:
    """Declare that pages ask for this view by themselves (progress, counts): it does not count as activity.

    Put it above `@roles`. Without it a page left open would keep its session alive for ever.
    """
    view.lantai_unattended = True  # type: ignore[attr-defined]
    return view


def allowed_roles(view: Callable[..., Any]) -> frozenset[str]:
    """The roles a view declared, with ANONYMOUS among them for a public one.

    Raises LookupError when the view declared nothing.
    """
    access = getattr(view, "lantai_access", None)
    if not isinstance(access, Access):
        raise LookupError(f"{view!r} carries neither @roles nor @public")
    declared: frozenset[str] = frozenset(role.value for role in access.roles)
    return declared | {ANONYMOUS} if access.anonymous else declared


def ask_to_sign_in(*, request: HttpRequest, reason: str = "") -> HttpResponse:
    """Send the browser to the sign-in page and back here afterwards; a part of a page sends the whole page there.

    A machine, such as the script that uploads, is told so by a problem. What a form sent is not lost: the answer bears
    the reason for `SigningRules`, which carries it on; a part of a page that was sent leaves the page as it is.
    """
    if wants_problem(request):
        advice = _("请在另一个窗口登录，再回到这里继续。")
        return Problem(type="sign-in", title=_("登录已失效"), status=401, detail=advice).response()
    back = request.get_full_path() if request.method in ("GET", "HEAD") else ""
    if request.headers.get("HX-Request") == "true":
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = page.path + (f"?{page.query}" if page.query else "")
    asked = {name: value for name, value in (("next", back), ("reason", reason)) if value}
    target = resolve_url("sign-in") + (f"?{urlencode(asked)}" if asked else "")
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": target} if request.method in ("GET", "HEAD") else {})
    answer = HttpResponseRedirect(target)
    answer.lantai_asks = reason  # type: ignore[attr-defined]
    return answer
