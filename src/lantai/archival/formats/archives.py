"""Archives inside packages (ZIP, RAR, 7z, gz ...): counted and looked at for encryption, never unpacked."""

from __future__ import annotations

import zipfile

from lantai.archival.formats.containers import ZIP_FAULTS
from lantai.archival.formats.content import Content
from lantai.archival.formats.reading import Reading, fault, unreadable


def read_zip(content: Content) -> Reading:
    """A plain ZIP: its directory, how many entries, whether any is encrypted."""
    try:
        with zipfile.ZipFile(content.file()) as archive:
            entries = archive.infolist()
    except ZIP_FAULTS as failure:
        return unreadable("damaged", failure)
    encrypted = any(each.flag_bits & 1 for each in entries)
    return Reading(
        fault=fault("encrypted") if encrypted else "",
        readable=not encrypted,
        encrypted=encrypted,
        active_content=("archive",),
        attributes={"entries": str(len(entries)), "unpacked_bytes": str(sum(each.file_size for each in entries))},
    )


def read_archive(content: Content, key: str) -> Reading:
    """Any other archive: known by its head; encrypted RAR headers are seen, the content is not opened."""
    encrypted = False
    if key == "rar":
        head = content.part(0, 32)
        encrypted = (head[6:7] == b"\0" and len(head) > 11 and bool(head[10] & 0x80)) or head[12:13] == b"\x04"
    return Reading(readable=None, fault=fault("no-reader"), encrypted=encrypted, active_content=("archive",))
