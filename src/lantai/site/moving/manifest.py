"""What a full export says of itself: ``lantai-export.json`` beside ``objects.txt``, the storage root and the packages
that are on their way in.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from hashlib import sha512
from pathlib import Path
from typing import Any

from lantai.archival.fixity import is_digest
from lantai.common.durability import flush_file

FORMAT = "lantai-export/1"
MANIFEST, OBJECTS, STORAGE, RECEIVING = "lantai-export.json", "objects.txt", "storage", "receiving"


class NotAnExport(ValueError):
    """The folder holds no full export, or one that was broken off or altered; the message says what."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A full export: whose it is, when it was made, how much it holds, and the checkpoint of its ledger.

    ``objects`` maps the id of every stored object to the SHA-512 of its inventory, ``receiving`` every package that is
    no record yet to its SHA-512. Bytes count everything stored.
    """

    archive: str
    origin: str
    exported_at: str
    version: str
    bytes: int
    checkpoint: str
    objects: dict[str, str] = field(default_factory=dict)
    receiving: dict[str, str] = field(default_factory=dict)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write both files durably, the manifest last: with it the export is whole."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(manifest.objects.items())).encode()
    told: dict[str, Any] = {"format": FORMAT, **asdict(manifest)}
    told |= {"objects": len(manifest.objects), "objects_sha512": sha512(lines).hexdigest()}
    for name, data in ((OBJECTS, lines), (MANIFEST, json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")):
        fresh = folder / f"{name}.new"
        fresh.write_bytes(data)
        flush_file(fresh)
        fresh.replace(folder / name)
    flush_file(folder)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the export in *folder*. Raises NotAnExport, OSError."""
    path = folder / MANIFEST
    if not path.is_file():
        raise NotAnExport(f"{path}: 没有完整的导出 there is no finished export")
    try:
        told = json.loads(path.read_bytes())
        lines = (folder / OBJECTS).read_bytes()
        known = told.pop("format"), told.pop("objects_sha512")
        count, receiving = told.pop("objects"), told.pop("receiving")
        pairs = [line.partition("  ") for line in lines.decode().splitlines()]
        objects = {name: digest for digest, _blank, name in pairs}
        manifest = Manifest(**told, objects=objects, receiving=receiving)
    except (ValueError, KeyError, TypeError, AttributeError, FileNotFoundError) as error:
        raise NotAnExport(f"{path}: 读不懂 cannot be understood: {type(error).__name__} {error}") from None
    if known != (FORMAT, sha512(lines).hexdigest()) or count != len(objects):
        raise NotAnExport(f"{folder / OBJECTS}: 与清单不符 is not what the manifest tells of")
    if not all(is_digest("sha512", each) for each in (*objects.values(), *receiving.values())):
        raise NotAnExport(f"{path}: 摘要有误 a digest is none")
    if any(os.sep in name or name in ("", ".", "..") for name in receiving):
        raise NotAnExport(f"{path}: 包名有误 a name of a package is none")
    return manifest
