"""What was changed in a PDF after a signature (incremental updates, ISO 32000-1 7.5.6), by pyHanko's analysis.

Allowed are time stamps, validation data, further signatures and filled-in fields, as far as the signature permits them
(DocMDP, FieldMDP). Whatever else replaces, hides or adds what a reader sees makes the signature invalid.
"""

from __future__ import annotations

import logging
import re
import zlib
from collections.abc import Sequence
from typing import BinaryIO

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel, SuspiciousModification
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm

from lantai.archival.formats.content import Content
from lantai.archival.sealing.weighing import Weighing

LARGEST = 64 * 1024 * 1024
"""Files up to this many bytes are compared revision by revision."""
_FAULTS = (
    *(PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, RuntimeError),
    *(OverflowError, zlib.error),
)
"""What pyHanko raises on files that are not what they should be."""
_END = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF\s*\Z")
_ACTS = re.compile(rb"\bobj\b|xref|trailer")
_NOISE = 1 << 16

logging.getLogger("pyhanko").setLevel(logging.CRITICAL)


def weigh_later_changes(
    content: Content, end: int, permission: int | None, locked: tuple[str, Sequence[str]] | None, weighing: Weighing
) -> None:
    """Weigh what the file holds behind the part a signature covers; proves ``coverage`` when nothing does harm.

    Args:
        content: the file.
        end: where the byte range of the signature ends.
        permission: what it permits: 1 nothing, 2 forms, 3 notes; None where it does not say.
        locked: the fields it locks, as action (``/All``, ``/Include``, ``/Exclude``) and names.
        weighing: where observations go.
    """
    left = content.size - end
    if left == 0 or (left <= 4 and not content.part(end, left).strip()):
        weighing.note("covers-whole")
        weighing.prove("coverage")
        return
    if left < _NOISE and not _ACTS.search(content.part(end, left)):
        weighing.note("appended-unused", f"{left} bytes")
        weighing.prove("coverage")
        return
    if content.size > LARGEST:
        weighing.doubt("changes-unread", f"{content.size} bytes")
        return
    try:
        _compare(content.file(), end, left, permission, locked, weighing)
    except _FAULTS as failure:
        weighing.doubt("changes-unread", f"{type(failure).__name__} {failure}")


def _compare(
    file: BinaryIO,
    end: int,
    left: int,
    permission: int | None,
    locked: tuple[str, Sequence[str]] | None,
    weighing: Weighing,
) -> None:
    reader = PdfFileReader(file, strict=False)
    if reader.encrypted:
        reader.decrypt(b"")
    if reader.xrefs.hybrid_xrefs_present:
        weighing.doubt("changes-unread", "hybrid cross-reference")
        return
    signed = _revision(reader, file, end)
    if signed is None:
        weighing.fault("changed-later", f"{left} bytes")
        return
    if signed == reader.xrefs.total_revisions - 1:
        weighing.note("appended-unused", f"{left} bytes")
        weighing.prove("coverage")
        return
    found = DEFAULT_DIFF_POLICY.review_file(
        reader,
        signed,
        field_mdp_spec=FieldMDPSpec(FieldMDPAction(locked[0]), list(locked[1])) if locked else None,
        doc_mdp=MDPPerm(permission) if permission else None,
    )
    if isinstance(found, SuspiciousModification):
        weighing.fault("changed-later", str(found).splitlines()[0])
        return
    level = found.modification_level
    if permission is not None and level.value > permission:
        weighing.fault("changed-unpermitted", ", ".join(sorted(found.changed_form_fields)))
        return
    key = "later-fields" if level > ModificationLevel.LTA_UPDATES else "later-proofs"
    weighing.note(key, ", ".join(sorted(found.changed_form_fields)))
    weighing.prove("coverage")


def _revision(reader: PdfFileReader, file: BinaryIO, end: int) -> int | None:
    """The revision that ends where the signed part ends, all its cross-reference tables inside; None without one."""
    file.seek(max(0, end - 1024))
    found = _END.search(file.read(min(end, 1024)))
    if found is None:
        return None
    xrefs = reader.xrefs
    for revision in range(xrefs.total_revisions):
        if xrefs.get_xref_container_info(revision).end_location > end:
            return None
        if xrefs.get_startxref_for_revision(revision) == int(found[1]):
            return revision
    return None
