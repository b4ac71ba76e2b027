"""What of a checkpoint is written into a public chain (锚定): one digest, from which nothing can be read.

39 bytes: six letters, a version, SHA-256 of the checkpoint's text (origin, size and root, a line each, without its
signatures). Whoever holds a checkpoint makes them again with ``head -3 checkpoint | sha256sum``.
"""

from __future__ import annotations

from hashlib import sha256

from lantai.archival.tlog.checkpoints import parse_checkpoint
from lantai.archival.tlog.notes import parse_note

ANCHOR_PREFIX = b"lantai\x01"


def anchor_data(note: str) -> bytes:
    """The 39 bytes that anchor the checkpoint in *note*, whoever signed it. Raises NoteError for what is none."""
    text = parse_note(note).text
    parse_checkpoint(text)
    return ANCHOR_PREFIX + sha256(text.encode()).digest()
