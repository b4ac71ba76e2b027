"""The public face of the ledger: checkpoint and tiles, read-only (C2SP tlog-tiles). Entries are never served."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lantai.archival import tlog
from lantai.ledger import queries


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint, with the cosignatures of witnesses that it has by now."""
    found = queries.latest_checkpoint()
    if found is None:
        raise Http404
    note = queries.cosigned_note(note=found.note, size=found.size)
    response = HttpResponse(note, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """One tile, full or partial: bytes that never change."""
    try:
        asked = tlog.parse_tile_path(f"tile/{path}")
    except ValueError as error:
        raise Http404 from error
    hashes = queries.tile(level=asked.level, index=asked.index, width=asked.width)
    if hashes is None:
        raise Http404
    response = HttpResponse(hashes, content_type="application/octet-stream")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
def cosigned(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint that enough witnesses cosigned, with their cosignatures."""
    found = queries.published_checkpoint()
    if found is None:
        raise Http404
    response = HttpResponse(
        queries.cosigned_note(note=found.note, size=found.size), content_type="text/plain; charset=utf-8"
    )
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Our keys, the witnesses and how many of them must cosign (C2SP tlog-policy), to be pinned by who verifies."""
    return HttpResponse(queries.policy_text(), content_type="text/plain; charset=utf-8")


@require_safe
def vkey(request: HttpRequest) -> HttpResponse:
    """The public key that signs the checkpoints."""
    return HttpResponse(f"{queries.ledger_vkey()}\n", content_type="text/plain; charset=utf-8")
