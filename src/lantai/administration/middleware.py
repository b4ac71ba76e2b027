"""What holds for every request of somebody who signed in: idle end, a password to be changed first, a second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation

from lantai.administration.models import Person
from lantai.administration.queries.people import PolicyValues, current_policy, password_has_expired
from lantai.administration.services.coming_into_force import changes_in_force
from lantai.administration.services.people_access import ANONYMOUS, allowed_roles, ask_to_sign_in
from lantai.administration.services.people_second_factor import has_second_factor
from lantai.administration.services.people_signin import keep_session, mark_seen, record_refusal, sign_out
from lantai.administration.views.carrying import carried_by, forget_carried
from lantai.administration.views.signin import ask_again

BEFORE_READY = frozenset(("sign-in", "sign-out", "change-password", "second-factor-setup", "language"))
"""The only pages for a person who must first change the password or enrol the second factor."""


class SigningRules:
    """Stands after Django's AuthenticationMiddleware and before anything that shows pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the person's language; the browser keeps no copy of a page that somebody signed in for, but the
        moment in which something was done.
        """
        person = request.user if isinstance(request.user, Person) else None
        if person is not None:
            translation.activate(person.language)
            request.LANGUAGE_CODE = person.language
        response = self._carry(request, person, self.get_response(request))
        if person is not None and response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", "no-store, private")
        if person is not None and getattr(request, "lantai_active", False):
            mark_seen(request=request, response=response, now=timezone.now())
        return response

    def _carry(self, request: HttpRequest, person: Person | None, response: HttpResponseBase) -> HttpResponseBase:
        """Let nothing be lost that a form sent after the session had ended."""
        reason = getattr(response, "lantai_asks", None)
        if reason is None:
            if person is not None:
                forget_carried(request, response)
            return response
        text = carried_by(request, person.pk if person else None)
        return ask_again(request, reason, text) if text else response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object
    ) -> HttpResponse | None:
        """Let changes of the day be in force, end an idle session, and lead a person who is not ready to the page that
        makes ready."""
        person = request.user
        if not isinstance(person, Person):
            return None
        changes_in_force(now=timezone.now())
        policy, now = current_policy(), timezone.now()
        active = not getattr(view, "lantai_unattended", False)
        over = keep_session(request=request, person=person, policy=policy, now=now, active=active)
        if over:
            sign_out(request=request, now=now, reason=over)
            answers = _is_public(view) or getattr(view, "lantai_keeps_typed", False)
            return None if answers else ask_to_sign_in(request=request, reason=over)
        request.lantai_active = active  # type: ignore[attr-defined]
        name = request.resolver_match.url_name if request.resolver_match else None
        if name in BEFORE_READY:
            return None
        missing = _missing(person, policy)
        return None if missing is None else redirect(missing)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Tell the ledger of a refused page; Django then shows the state page."""
        if isinstance(exception, PermissionDenied) and isinstance(request.user, Person):
            match = request.resolver_match
            record_refusal(request=request, page=(match and match.view_name) or request.path, now=timezone.now())


def _is_public(view: Callable[..., Any]) -> bool:
    try:
        return ANONYMOUS in allowed_roles(view)
    except LookupError:
        return False


def _missing(person: Person, policy: PolicyValues) -> str | None:
    """The name of the page this person must pass first, or None."""
    if password_has_expired(person=person, policy=policy, now=timezone.now()):
        return "change-password"
    if person.role in policy.second_factor_roles and not has_second_factor(person=person):
        return "second-factor-setup"
    return None
