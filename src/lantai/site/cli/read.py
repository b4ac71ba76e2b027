"""Read files nobody has seen before, on any machine: what they are, their pages and words, their pages as images.

Pages that are only pictures are recognised, with networks that are installed: nothing is fetched.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from lantai.archival.checks import ParserError, Sandbox
from lantai.archival.packages import Component
from lantai.archival.render import IMAGES

READ, UNREADABLE = 0, 1
_VIEWING = "lantai.archival.checks.viewing"
_RECOGNISING = "lantai.archival.checks.recognising"
_MAY_BE_SCANS = frozenset({*IMAGES, "pdf", "ofd"})
"""Formats whose pages may be pictures."""
_OUT_OF_BOUNDS = {
    "parser.timeout": ("解析超过时间限制", "reading it took longer than is allowed"),
    "parser.memory": ("解析超过内存限制", "reading it took more memory than is allowed"),
    "parser.crashed": ("解析程序因这个文件中止", "the file ended the program that read it"),
}


@dataclass(slots=True)
class Answer:
    """One line: what is known of one file. ``pages`` is None where its pages cannot be shown; ``notes`` say by page
    what is not shown as it was made; ``scanned`` what was recognised on pages that are only pictures."""

    file: str
    format: str = ""
    puid: str = ""
    pages: int | None = None
    text_length: int = 0
    images: tuple[str, ...] = ()
    fault: str = ""
    fault_en: str = ""
    notes: tuple[str, ...] = ()
    scanned: list[dict[str, Any]] = field(default_factory=list)


class Recognition(StrEnum):
    """How pages that are only pictures are read: 精确, 快速, or not at all."""

    EXACT = "exact"
    FAST = "fast"
    NO = "no"


def read(
    files: Annotated[list[Path], typer.Argument(help="文件，或放有文件的文件夹 files, or folders of them")],
    as_json: Annotated[bool, typer.Option("--json", help="每个文件一行 JSON one JSON line a file")] = False,
    images: Annotated[
        Path | None, typer.Option(help="把每一页存为 PNG 的文件夹 folder for a PNG of every page")
    ] = None,
    width: Annotated[int, typer.Option(help="页图宽度，像素 width of the images in pixels", min=16, max=8000)] = 1240,
    seconds: Annotated[float, typer.Option(help="每一步的秒数上限 seconds one step may take")] = 60.0,
    memory: Annotated[int, typer.Option(help="解析进程的内存上限 MiB of one parser")] = 2560,
    recognise: Annotated[
        Recognition, typer.Option(help="没有文字的页面如何识别 how pages that are only pictures are read")
    ] = Recognition.EXACT,
) -> None:
    """识别文件、数页、取文字、识别扫描页、出页图 Say what files are, count pages, read text and scans, draw pages.

    退出码 Exit code: 0 全部读出 all were read; 1 有打不开的 one could not be; 2 用法有误 wrong usage.
    """
    for path in files:
        if not path.is_file() and not path.is_dir():
            raise typer.BadParameter(f"{_plain(str(path))}: 不是文件或文件夹 is no file or folder", param_hint="FILES")
    if images is not None:
        images.mkdir(parents=True, exist_ok=True)
    faulty = False
    with Sandbox(workers=1, seconds=seconds + 10, memory_bytes=memory << 20, modules=(_VIEWING, _RECOGNISING)) as box:
        for number, path in enumerate(_files(files), 1):
            answer = _Reader(box, path, seconds, memory << 20, recognise).answer(images, f"{number:04d}", width)
            faulty |= bool(answer.fault)
            typer.echo(_json_line(answer) if as_json else _said(answer))
    raise typer.Exit(UNREADABLE if faulty else READ)


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.is_file())
        else:
            yield path


class _Reader:
    """One file before the children that read it."""

    def __init__(self, box: Sandbox, path: Path, seconds: float, memory_bytes: int, recognition: Recognition) -> None:
        self._box, self._path, self._recognition = box, path, recognition
        self._seconds, self._memory = seconds, memory_bytes
        real = path.resolve()
        name = os.fsencode(real.name)
        self._folder = real.parent
        self._component = Component(_plain(path.name), name, "utf-8", path.stat().st_size, method="file")

    def answer(self, images: Path | None, prefix: str, width: int) -> Answer:
        answer = Answer(_plain(str(self._path)))
        try:
            self._read(answer, images, prefix, width)
        except ParserError as error:
            zh, en = _OUT_OF_BOUNDS[error.code]
            answer.fault, answer.fault_en = f"{zh}：{error.detail}", f"{en}: {error.detail}"
        except OSError as error:
            answer.fault = answer.fault_en = f"{error.strerror or error}"
        return answer

    def _read(self, answer: Answer, images: Path | None, prefix: str, width: int) -> None:
        words = self._ask("read_words", self._folder, self._component)
        answer.format, answer.puid = words.get("format", ""), words.get("puid", "")
        answer.text_length = len(words.get("text", ""))
        answer.fault = words.get("fault_zh") or words.get("refused_zh", "")
        answer.fault_en = words.get("fault_en") or words.get("refused_en", "")
        with tempfile.TemporaryDirectory(prefix="lantai-read-") as folder:
            where: tuple[Path, Component | None] = (self._folder, self._component)
            seen = self._ask("view_pages", *where, 1, 0)
            if "convert" in seen and not answer.fault:
                made = self._ask("convert_file", *where, Path(folder), self._seconds, self._memory)
                where = (Path(folder) / "out" / "document.pdf", None)
                seen = self._ask("view_pages", *where, 1, 0) if "made" in made else made
                if "made" in made and not answer.text_length:
                    answer.text_length = self._ask("count_text", *where).get("text_length", 0)
            if "pages" not in seen:
                answer.fault = answer.fault or seen["refused_zh"]
                answer.fault_en = answer.fault_en or seen["refused_en"]
                return
            answer.pages = int(seen["pages"])
            notes = self._ask("tell_notes", *where).get("notes", [])
            answer.notes = tuple(f"{number}: {zh} / {en}" for number, zh, en in notes)
            if self._recognition is not Recognition.NO and answer.format in _MAY_BE_SCANS:
                answer.scanned = list(self._recognised(answer, where))
                answer.text_length += sum(len(each.get("text", "")) for each in answer.scanned)
            if images is not None:
                answer.images = tuple(self._draw(answer, where, images, prefix, width))

    def _recognised(self, answer: Answer, where: tuple[Path, Component | None]) -> Iterator[dict[str, Any]]:
        """What stands on every page that is only a picture; a page that cannot be read says why, the others go on."""
        for number in range(1, (answer.pages or 0) + 1):
            try:
                said = self._box.call(f"{_RECOGNISING}:recognise_page", *where, number, self._recognition.value)
            except ParserError as error:
                zh, en = _OUT_OF_BOUNDS[error.code]
                said = {"refused_zh": f"{zh}：{error.detail}", "refused_en": f"{en}: {error.detail}"}
            if "skipped" in said:
                continue
            if "refused_zh" in said:
                answer.fault = answer.fault or f"第{number}页：{said['refused_zh']}"
                answer.fault_en = answer.fault_en or f"page {number}: {said['refused_en']}"
                said = {"fault": said["refused_zh"], "fault_en": said["refused_en"]}
            yield {"page": number, **said}

    def _draw(
        self, answer: Answer, where: tuple[Path, Component | None], images: Path, prefix: str, width: int
    ) -> Iterator[str]:
        """Write every page; one that cannot be drawn is the fault that is told."""
        for number in range(1, (answer.pages or 0) + 1):
            drawn = self._ask("view_image", *where, number, width, "png")
            if "data" not in drawn:
                answer.fault = answer.fault or drawn["refused_zh"]
                answer.fault_en = answer.fault_en or drawn["refused_en"]
                continue
            image = images / f"{prefix}-{number:04d}.png"
            image.write_bytes(drawn["data"])
            yield str(image)

    def _ask(self, function: str, *arguments: Any) -> dict[str, Any]:
        said: dict[str, Any] = self._box.call(f"{_VIEWING}:{function}", *arguments)
        return said


def _json_line(answer: Answer) -> str:
    return json.dumps(
        {
            "file": answer.file,
            "format": answer.format or None,
            "puid": answer.puid or None,
            "pages": answer.pages,
            "text_length": answer.text_length,
            "images": list(answer.images),
            "fault": answer.fault or None,
            "fault_en": answer.fault_en or None,
            "notes": list(answer.notes),
            "scanned": answer.scanned,
        },
        ensure_ascii=False,
    )


def _said(answer: Answer) -> str:
    parts = [
        answer.file,
        answer.format or "?",
        f"{'?' if answer.pages is None else answer.pages} 页 pages",
        f"{answer.text_length} 字 characters",
        f"{len(answer.scanned)} 页经识别 recognised" if answer.scanned else "",
        answer.fault,
        *answer.notes,
    ]
    return " · ".join(each for each in parts if each)


def _plain(name: str) -> str:
    """A name as it can be written to a terminal: no control characters, no halves of characters."""
    whole = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(each if each.isprintable() else "\ufffd" for each in whole)
