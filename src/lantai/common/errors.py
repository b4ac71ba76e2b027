"""Refusals with reasons for people, problems (RFC 9457) for machines, and the number of a failure."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse

from lantai.common.components import Act

PROBLEM_TYPES = "https://lantai.example/problems/"
"""The types of all problems stand under this address. It names them; nothing is served there."""


class Refused(PermissionDenied):
    """A refusal that says why, who may, and what to do. It becomes the 403 page, or a problem for machines.

    Arguments: *reason* in one sentence; *who_may*, the roles or bodies that may; *advice*, what to do now; *acts*,
    buttons for it. All in the reader's language.
    """

    def __init__(self, reason: str, *, who_may: Sequence[str] = (), advice: str = "", acts: Sequence[Act] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.who_may = tuple(who_may)
        self.advice = advice
        self.acts = tuple(acts)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One fault of a request's body: *pointer* is a JSON pointer (RFC 6901) or a name of a header or parameter."""

    pointer: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Problem details of an HTTP answer (RFC 9457). ``type`` is a short name; it is served as a full address."""

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    errors: Sequence[FieldProblem] = ()
    more: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The members of the problem, extension members of ``more`` among them; empty ones are left out."""
        address = self.type if ":" in self.type else PROBLEM_TYPES + self.type
        body: dict[str, object] = {"type": address, "title": self.title, "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        if self.instance:
            body["instance"] = self.instance
        if self.errors:
            body["errors"] = [
                {"pointer": each.pointer, "code": each.code, "detail": each.detail} for each in self.errors
            ]
        return {**self.more, **body}

    def response(self, headers: Mapping[str, str] | None = None) -> JsonResponse:
        """The answer itself, as ``application/problem+json``."""
        return JsonResponse(
            self.as_json(),
            status=self.status,
            content_type="application/problem+json",
            headers=dict(headers or {}),
            json_dumps_params={"ensure_ascii": False},
        )


def wants_problem(request: HttpRequest) -> bool:
    """Whether this client is a machine: it prefers JSON to a page, or has no preference and asked an API."""
    page, machine = ["text/html"], ["application/problem+json", "application/json"]
    api = request.path.startswith("/api/")
    kind = request.get_preferred_type([*machine, *page] if api else [*page, *machine])
    return api if kind is None else kind != "text/html"


def failure_number() -> str:
    """A number for one failure, short enough to be read out: ``E-7F3A-0921``."""
    digits = secrets.token_hex(4).upper()
    return f"E-{digits[:4]}-{digits[4:]}"
