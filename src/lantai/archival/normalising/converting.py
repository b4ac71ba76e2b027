"""One file of a stored package made into a normalised copy and checked. For a limited child."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lantai.archival.formats import identify_quickly
from lantai.archival.normalising.comparing import check_copy
from lantai.archival.normalising.making import (
    Making,
    Wanted,
    copy_of_image,
    copy_of_ofd,
    copy_of_office,
    copy_of_pdf,
)
from lantai.archival.normalising.model import AGENT, TARGET, CheckLine, NotNormalised, way_of
from lantai.archival.packages import Component, open_component
from lantai.archival.render.model import RenderRefused
from lantai.archival.vault import StoredFile

LARGEST = 256 * 1024 * 1024
"""Bytes of one file that are converted."""

COPY = "copy.pdf"
_MAKERS: dict[str, Callable[[Wanted], Making]] = {
    "pdf": copy_of_pdf,
    "image": copy_of_image,
    "office": copy_of_office,
    "ofd": copy_of_ofd,
}


def normalise_component(
    path: Path,
    component: Component,
    folder: Path,
    title: str,
    made: str,
    seconds: float,
    memory_bytes: int,
    key: bytes = b"",
) -> dict[str, Any]:
    """Make a PDF/A-2b of *component* in the stored package at *path*, and check it.

    Args:
        path: where the package lies.
        component: the file in it.
        folder: empty and private; the caller removes it.
        title: of the copy, for its metadata.
        made: the moment, ISO 8601 with a zone.
        seconds, memory_bytes: limits of LibreOffice.
        key: what opens a sealed package (``vault.StoredFile``).

    Returns ``made`` (the name of the copy in *folder*), ``way``, ``pages``, ``bytes``, ``agents``, ``parameters``,
    ``checks``, ``before`` and ``after``: digests of the original and of the copy. Of a file that gets no copy
    ``refused`` (a code), ``zh`` and ``en`` instead, and the checks as far as they went. Raises OSError of the medium.
    """
    package = StoredFile(path, key)
    try:
        return _normalised(package, component, folder, title, made, seconds, memory_bytes)
    except NotNormalised as refusal:
        return {
            "refused": refusal.code,
            "zh": refusal.zh,
            "en": refusal.en,
            "checks": [_plain(each) for each in refusal.checks],
            "agents": [AGENT],
        }


def _normalised(
    package: StoredFile,
    component: Component,
    folder: Path,
    title: str,
    made: str,
    seconds: float,
    memory_bytes: int,
) -> dict[str, Any]:
    if component.size > LARGEST:
        size = f"{component.size} > {LARGEST}"
        raise NotNormalised("too-large", f"文件过大：{size} 字节", f"the file is too large: {size} bytes")
    data = _read(package, component)
    before = _digests(data)
    declared = component.digests.get("sha256", "")
    if declared and declared != before["sha256"]:
        raise NotNormalised(
            "original-damaged",
            "原件与登记的摘要不符，不转换",
            "the original is not what was registered; no copy is made",
        )
    format = identify_quickly(data, component.path)
    way = way_of(format.key) if format is not None else ""
    if format is None or not way:
        raise NotNormalised("no-way", "这种格式没有转换办法", "there is no way to convert this format")
    wanted = Wanted(data, format.key, title, datetime.datetime.fromisoformat(made), folder, seconds, memory_bytes)
    copy = _MAKERS[way](wanted)
    try:
        lines = check_copy(data, format.key, component.path, way, copy)
    except RenderRefused as refusal:
        raise NotNormalised("not-comparable", refusal.reason_zh, refusal.reason_en) from None
    same = _digests(_read(package, component)) == before
    checks = (CheckLine("original", same, told={"sha256": before["sha256"]}), *lines)
    if failed := [each for each in checks if each.passed is False]:
        raise _failed(failed, checks)
    (folder / COPY).write_bytes(copy.data)
    return {
        "made": COPY,
        "way": way,
        "target": TARGET,
        "pages": next(int(each.told["copy"]) for each in lines if each.code == "pages"),
        "bytes": len(copy.data),
        "agents": list(copy.agents),
        "parameters": dict(copy.parameters),
        "checks": [_plain(each) for each in checks],
        "before": before,
        "after": _digests(copy.data),
    }


def _read(package: StoredFile, component: Component) -> bytes:
    with open_component(package, component) as stream:
        return stream.read()


def _digests(data: bytes) -> dict[str, str]:
    return {"sha256": hashlib.sha256(data).hexdigest(), "sha512": hashlib.sha512(data).hexdigest()}


def _failed(failed: Sequence[CheckLine], checks: Sequence[CheckLine]) -> NotNormalised:
    names = {
        "original": ("原件在转换中变了", "the original changed meanwhile"),
        "valid": ("不是有效的 PDF/A-2b", "it is no valid PDF/A-2b"),
        "pages": ("页数不同", "another number of pages"),
        "text": ("文字不同", "another text"),
        "pictures": ("页面图像不同", "its pages look different"),
        "complete": ("有显示不出的内容", "something cannot be shown"),
    }
    zh = "、".join(f"{names[each.code][0]}（{_found(each)}）" for each in failed)
    en = ", ".join(f"{names[each.code][1]} ({_found(each)})" for each in failed)
    return NotNormalised("check-failed", f"副本没有通过自检：{zh}", f"the copy failed its check: {en}", checks)


def _found(line: CheckLine) -> str:
    return "; ".join([*(f"{name} {value}" for name, value in line.told.items()), *([line.why] if line.why else [])])


def _plain(line: CheckLine) -> dict[str, Any]:
    return {"code": line.code, "passed": line.passed, "why": line.why, "told": dict(line.told)}
