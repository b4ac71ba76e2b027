"""The list of what was destroyed (销毁清单), beside the backups: whoever restores one destroys it again first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from lantai.common.durability import flush_file
from lantai.storage.models import KeyDestruction

LIST_FILE = "destroyed.jsonl"


def list_destructions(*, folders: Sequence[Path]) -> int:
    """Write the list of what was destroyed, or is about to be, into each of *folders* that is there, whole and durably
    where it changed; returns how many units it names. It holds identifiers and digests of keys, nothing of the content.
    Raises OSError.
    """
    lines = [
        {
            "object": each.object_id, "unit": each.unit, "subject": each.subject, "reason": each.reason, "by": each.by,
            "role": each.role, "address": each.address, "begun_at": each.begun_at.isoformat(),
            "finished_at": each.finished_at.isoformat() if each.finished_at else "", "proofs": each.proofs,
        }
        for each in KeyDestruction.objects.order_by("pk").iterator()
    ]  # fmt: skip
    data = "".join(json.dumps(each, ensure_ascii=False, sort_keys=True) + "\n" for each in lines).encode()
    for folder in folders:
        path = folder / LIST_FILE
        if not folder.is_dir() or (path.is_file() and path.read_bytes() == data):
            continue
        fresh = path.with_suffix(".new")
        fresh.write_bytes(data)
        flush_file(fresh)
        fresh.replace(path)
        flush_file(folder)
    return len(lines)
