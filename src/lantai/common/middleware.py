"""Headers that hold for every answer, and the page shown while the archive is being worked on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from lantai.common import views

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "script-src 'self'",
        "worker-src 'self' blob:",
        "connect-src 'self' blob:",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
"""The content-security policy of every page; a view that needs another sets the header itself."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

Answer = Callable[[HttpRequest], HttpResponseBase]


class SecurityHeaders:
    """Sets the headers above on every answer that did not set its own."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class Maintenance:
    """While the file LANTAI_HOME/maintenance exists every page answers 503; its text says until when.

    An operator makes the file before an upgrade and removes it after; nothing needs a restart.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.sign: Path = Path(settings.LANTAI_HOME) / "maintenance"

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not self.sign.exists() or request.path.startswith(settings.STATIC_URL):
            return self.get_response(request)
        return views.under_maintenance(request, self.sign.read_text(encoding="utf-8").strip())


class WholeAddresses:
    """Answers 404 for an address that holds U+0000: nothing has such a name, and PostgreSQL refuses to be asked."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path_info:
            raise Http404
        return self.get_response(request)


class CompressedPages(GZipMiddleware):
    """Compresses pages, with random padding against guessing by size; files and streams go out as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress *response* when it is a whole page."""
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
