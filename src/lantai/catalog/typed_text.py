"""What was typed before a session ended is not lost: it becomes the draft of whoever typed it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone

from lantai.catalog.describe_pages import TYPED
from lantai.catalog.models import Record
from lantai.catalog.services.holding import keep_draft

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
DAYS = 3
"""How long a form that stayed open can still hand its text over."""


def typed_values(post: QueryDict) -> dict[str, str]:
    """The elements in what a form sent, by key."""
    return {name[2:]: str(post[name]) for name in post if name.startswith("e-")}


def typed_version(post: QueryDict) -> int:
    """The version a form was begun from; nonsense counts as the first."""
    text = post.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def keeps_typed(view: View) -> View:
    """Keep what somebody sent whose session has ended, as a draft of the person the form was made for.

    The form carries a signed token with person and record; without one nothing is kept. Then the person is asked to
    sign in and comes back to the form, where the draft is.
    """

    @functools.wraps(view)
    def kept(request: HttpRequest, code: str) -> HttpResponseBase:
        if request.method == "POST" and not request.user.is_authenticated and _keep(request, code):
            back = reverse("record-describe", args=[code]) + (f"?{request.GET.urlencode()}" if request.GET else "")
            target = f"{resolve_url('sign-in')}?{urlencode({'next': back, 'reason': 'idle'})}"
            if request.headers.get("HX-Request") == "true":
                return HttpResponse(status=401, headers={"HX-Redirect": target})
            return HttpResponseRedirect(target)
        return view(request, code)

    kept.lantai_keeps_typed = True  # type: ignore[attr-defined]
    return kept  # type: ignore[return-value]


def _keep(request: HttpRequest, code: str) -> bool:
    try:
        token = signing.loads(request.POST.get("token", ""), salt=TYPED, max_age=DAYS * 86400)
    except signing.BadSignature:
        return False
    if token["r"] != code or not isinstance(token["p"], int):
        return False
    try:
        keep_draft(
            record_code=code,
            values=typed_values(request.POST),
            version=typed_version(request.POST),
            person_id=token["p"],
            now=timezone.now(),
        )
    except Record.DoesNotExist:
        return False
    return True
