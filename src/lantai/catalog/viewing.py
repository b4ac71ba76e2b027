"""Pages of stored files as readers see them: made in limited children, kept on disk for a while, bounded.

What is kept (LANTAI_HOME/cache/pages) is named by the digest of the file and holds nothing that is not in the file; who
may see it is decided before anything is asked here.
"""

from __future__ import annotations

import atexit
import json
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantai.archival.checks.sandbox import ParserError, Sandbox
from lantai.archival.vault import StoredFile, key_of_sealed, seal_file
from lantai.catalog.components import StoredComponent, as_component
from lantai.storage.queries import ContentMissing, content_file

AT_ONCE = 30
"""Pages of one file shown on one page of ours."""
SHARD_BYTES = 4 * 1024 * 1024
"""Each of the 256 folders of the cache keeps at most this much: one GiB in all."""
CONVERTED_BYTES = 1024 * 1024 * 1024
"""PDFs made of Office files that are kept, in all."""
REFUSED_SECONDS = 3600.0
"""How long an Office file that LibreOffice could not read is not tried again."""
SECONDS = 20.0
CONVERTING_SECONDS = 60.0
_VIEWING = "lantai.archival.checks.viewing"


class NotShown(Exception):
    """A file that cannot be shown as pages; the message says why and what can be done, in the reader's language."""


@dataclass(frozen=True, slots=True)
class ViewedPages:
    """A file's format (our key), how many pages it has, and of some of them height over width, words with places
    (parts of the page), and what has to be known of how they are shown, in the reader's language."""

    format: str
    pages: int
    first: int
    shapes: tuple[float, ...]
    lines: tuple[tuple[tuple[str, float, float, float, float], ...], ...]
    notes: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ViewedImage:
    """One page as an image."""

    data: bytes
    mime: str


@cache
def _children() -> Sandbox:
    box = Sandbox(workers=2, seconds=SECONDS, memory_bytes=settings.LANTAI_EXAMINER_MEMORY, modules=(_VIEWING,))
    atexit.register(box.close)
    return box


@cache
def _converters() -> Sandbox:
    """One child that waits for LibreOffice, so that looking at everything else does not."""
    box = Sandbox(
        workers=1, seconds=CONVERTING_SECONDS + 10, memory_bytes=settings.LANTAI_EXAMINER_MEMORY, modules=(_VIEWING,)
    )
    atexit.register(box.close)
    return box


_converting = threading.Lock()


def start_viewing() -> None:
    """Start the children of this process now, so that the first page looked at does not wait for them."""
    _children().start()


def viewed_pages(*, object_id: str, path: str, component: StoredComponent, first: int) -> ViewedPages:
    """Up to AT_ONCE pages of a file from *first* on. Raises NotShown."""
    place = _place(component, f"{first}-seen.json")
    held = _held(place)
    if held is None:
        said = _asked(object_id, path, "view_pages", component, first, AT_ONCE)
        held = json.dumps(said, ensure_ascii=False).encode()
        _keep(place, held)
    said = json.loads(held)
    lines = tuple(tuple((str(each[0]), *each[1:]) for each in page) for page in said["lines"])
    spoken = int(get_language() == "en")
    notes = tuple(tuple(str(each[spoken]) for each in page) for page in said["notes"])
    return ViewedPages(said["format"], said["pages"], first, tuple(said["shapes"]), lines, notes)


def viewed_image(*, object_id: str, path: str, component: StoredComponent, number: int, width: int) -> ViewedImage:
    """Page *number* as an image *width* pixels wide. Raises NotShown."""
    place = _place(component, f"{number}-{width}.image")
    held = _held(place)
    if held is None:
        held = bytes(_asked(object_id, path, "view_image", component, number, width, "screen")["data"])
        _keep(place, held)
    return ViewedImage(held, "image/webp" if held.startswith(b"RIFF") else "image/jpeg")


def scanned_image(*, path: Path, number: int, width: int) -> ViewedImage:
    """Page *number* of a file that lies on disk in the clear (a scan not taken in yet). Raises NotShown."""
    try:
        said = _shown(_children().call(f"{_VIEWING}:view_image", path, None, number, width, "screen", b""))
    except ParserError:
        raise NotShown(_("这个文件在解析时超出了时间或内存限制，不能在线显示，可下载原文件。")) from None
    except OSError:
        raise NotShown(_("存储中暂时读不到这个文件，请联系系统管理员。")) from None
    data = bytes(said["data"])
    return ViewedImage(data, "image/webp" if data.startswith(b"RIFF") else "image/jpeg")


def found_pages(
    *, object_id: str, path: str, component: StoredComponent, words: Sequence[str]
) -> tuple[tuple[int, int], ...]:
    """The pages of a file on which any of *words* stands, and how often. Raises NotShown."""
    said = _asked(object_id, path, "find_words", component, list(words))
    return tuple((int(page), int(count)) for page, count in said["found"])


def _asked(object_id: str, path: str, function: str, component: StoredComponent, *more: Any) -> Mapping[str, Any]:
    """Let a child look at the file, or at the PDF made of it. Raises NotShown for what keeps it from being shown."""
    try:
        file = content_file(object_id=object_id, path=path)
        made = _converted_place(component, file, f"{object_id}/{path}")
        if made is None or not made.exists():
            inside = as_component(component)
            said: Mapping[str, Any] = _children().call(f"{_VIEWING}:{function}", file.path, inside, *more, file.key)
            if "convert" not in said or made is None:
                return _shown(said)
            _convert(file, component, made)
        key = key_of_sealed(made, file.key) if file.key else b""
        return _shown(_children().call(f"{_VIEWING}:{function}", made, None, *more, key))
    except ParserError:
        raise NotShown(_("这个文件在解析时超出了时间或内存限制，不能在线显示，可下载原文件。")) from None
    except (OSError, ContentMissing):
        raise NotShown(_("存储中暂时读不到这个文件，请联系系统管理员。")) from None


def _shown(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the child said, unless it refused. Raises NotShown."""
    if "refused_zh" in said:
        raise NotShown(str(said["refused_en"] if get_language() == "en" else said["refused_zh"]))
    return said


def _convert(file: StoredFile, component: StoredComponent, made: Path) -> None:
    """Have LibreOffice make a PDF of an Office file, once, and keep it at *made*; a file it could not read is left
    alone for a while. Raises NotShown, ParserError, OSError."""
    made.parent.mkdir(parents=True, exist_ok=True)
    refused = made.with_suffix(".refused")
    with _converting:
        if made.exists():
            return
        if refused.exists() and time.time() - refused.stat().st_mtime < REFUSED_SECONDS:
            _shown(json.loads(refused.read_text("utf-8")))
        with tempfile.TemporaryDirectory(dir=made.parent, prefix=".") as folder:
            said = _converters().call(
                f"{_VIEWING}:convert_file",
                file.path,
                as_component(component),
                Path(folder),
                CONVERTING_SECONDS,
                settings.LANTAI_EXAMINER_MEMORY,
                file.key,
            )
            if "made" in said:
                document = Path(folder) / "out" / "document.pdf"
                if file.key:
                    document = seal_file(document, Path(folder) / "sealed", file.key, made.name)
                document.replace(made)
            elif not said.get("missing"):
                refused.write_text(json.dumps(said, ensure_ascii=False), "utf-8")
        _shown(said)
        _drop_oldest(made.parent, CONVERTED_BYTES)


def _converted_place(component: StoredComponent, file: StoredFile, where: str) -> Path | None:
    """Where the PDF made of this file is kept: sealed where the file is, so that its key opens and destroys both;
    nowhere when its digest is not known.
    """
    folder: Path = settings.LANTAI_HOME / "cache" / "converted"
    if file.key:
        return folder / f"{sha256(f'{where}/{component.path}'.encode()).hexdigest()}.vault"
    return folder / f"{component.sha256}.pdf" if component.sha256 else None


def _place(component: StoredComponent, name: str) -> Path | None:
    """Where a view of this file is kept; nowhere when its digest is not known: that of sealed content never is."""
    if not component.sha256:
        return None
    folder: Path = settings.LANTAI_HOME / "cache" / "pages" / component.sha256[:2]
    return folder / f"{component.sha256}-{name}"


def _held(place: Path | None) -> bytes | None:
    if place is None:
        return None
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None


def _keep(place: Path | None, data: bytes) -> None:
    """Keep *data*, whole or not at all, and let the oldest go when the folder holds too much."""
    if place is None:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    made = place.with_name(f".{place.name}.{id(data)}")
    made.write_bytes(data)
    made.replace(place)
    _drop_oldest(place.parent, SHARD_BYTES)


def _drop_oldest(folder: Path, most: int) -> None:
    """Let the oldest files go until the folder holds at most *most* bytes."""
    held = [(each.stat(), each) for each in folder.iterdir() if not each.name.startswith(".")]
    surplus = sum(stat.st_size for stat, _path in held) - most
    for stat, path in sorted(held, key=lambda each: each[0].st_mtime_ns):
        if surplus <= 0:
            break
        path.unlink(missing_ok=True)
        surplus -= stat.st_size
