"""The hand-over list (移交清单, transfer_info): what a department says it sends, as XML or as a simple CSV."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from lxml import etree

from lantai.archival.packages.limits import STANDARD, Limits
from lantai.archival.packages.model import HandoverLine, Problem
from lantai.archival.packages.xml_documents import local_name, parse_xml

_DATA = tomllib.loads((Path(__file__).parent / "handover.toml").read_text(encoding="utf-8"))
_HEAD: dict[str, str] = _DATA["head"]
_TAGS: dict[str, str] = _DATA["tags"]
_COLUMNS: dict[str, str] = _DATA["columns"]
_BY_NAME = {chinese: tag for tag, chinese in (_HEAD | _TAGS).items()}


class HandoverListRefused(ValueError):
    """A hand-over list that cannot be read; ``problem`` says where and why (``xml.malformed``, ``handover.form``)."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem


def read_handover_list(data: bytes, *, limits: Limits = STANDARD) -> list[HandoverLine]:
    """The lines of a hand-over list: ``transfer_info`` XML, or CSV (UTF-8 or GB 18030) whose first row names the tags
    in English or Chinese. ``values`` of each line holds all it says, the list's head included (``send_number``,
    ``send_size`` ...). Raises `HandoverListRefused`."""
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        return _read_xml(data, limits)
    return _read_csv(data, limits)


def write_handover_list(
    lines: Sequence[HandoverLine], *, head: Mapping[str, str] | None = None, form: Literal["xml", "csv"] = "xml"
) -> bytes:
    """The list as XML or CSV. *head* is written as given; in a CSV, which has no head, it repeats in every row."""
    told = [_told(line) for line in lines]
    first = dict(head or {})
    for row in told:
        for tag in _HEAD:
            if tag in row:
                first.setdefault(tag, row[tag])
    if form == "csv":
        return _write_csv([first | row for row in told], first)
    root = etree.Element(_DATA["root"])
    for tag in (*_HEAD, *(each for each in first if each not in _HEAD)):
        if tag in first:
            etree.SubElement(root, tag).text = first[tag]
    listed = etree.SubElement(root, _DATA["list"])
    for row in told:
        line = etree.SubElement(listed, _DATA["line"])
        for tag in (*_TAGS, *(each for each in row if each not in _TAGS)):
            if tag in row and first.get(tag) != row[tag]:
                etree.SubElement(line, tag).text = row[tag]
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def _told(line: HandoverLine) -> dict[str, str]:
    columns = {
        _COLUMNS["name"]: line.name,
        _COLUMNS["size"]: "" if line.size is None else str(line.size),
        _COLUMNS["digest_algorithm"]: line.digest_algorithm,
        _COLUMNS["digest"]: line.digest,
        _COLUMNS["batch"]: line.batch,
    }
    return dict(line.values) | {tag: text for tag, text in columns.items() if text}


def _line(values: dict[str, str]) -> HandoverLine:
    size = values.get(_COLUMNS["size"], "").strip()
    return HandoverLine(
        name=values.get(_COLUMNS["name"], "").strip(),
        size=int(size) if size.isascii() and size.isdigit() and len(size) < 20 else None,
        digest_algorithm=values.get(_COLUMNS["digest_algorithm"], "").strip(),
        digest=values.get(_COLUMNS["digest"], "").strip(),
        batch=values.get(_COLUMNS["batch"], "").strip(),
        values=values,
    )


def _read_xml(data: bytes, limits: Limits) -> list[HandoverLine]:
    root, problems = parse_xml(data, "", limits)
    if root is None:
        raise HandoverListRefused(problems[-1])
    if local_name(root) != _DATA["root"]:
        raise HandoverListRefused(Problem("metadata.wrong-root", "", f"{local_name(root)}, not {_DATA['root']}"))
    head: dict[str, str] = {}
    rows: list[dict[str, str]] = []
    for child in root:
        if local_name(child) == _DATA["list"]:
            rows.extend(
                {local_name(each): each.text or "" for each in line}
                for line in child
                if local_name(line) == _DATA["line"]
            )
        else:
            head[local_name(child)] = child.text or ""
    return [_line(head | row) for row in rows]


def _read_csv(data: bytes, limits: Limits) -> list[HandoverLine]:
    if len(data) > limits.metadata_size:
        raise HandoverListRefused(Problem("handover.form", "", f"{len(data)} bytes > {limits.metadata_size}"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise HandoverListRefused(
                Problem("handover.form", "", f"line {line}: neither UTF-8 nor GB 18030")
            ) from error
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [_BY_NAME.get(each.strip(), each.strip()) for each in next(rows, [])]
        if _COLUMNS["name"] not in names:
            raise HandoverListRefused(Problem("handover.form", "", f"line 1: no column {_COLUMNS['name']}"))
        found: list[HandoverLine] = []
        for row in rows:
            if not any(each.strip() for each in row):
                continue
            if len(row) != len(names):
                detail = f"line {rows.line_num}: {len(row)} columns, not {len(names)}"
                raise HandoverListRefused(Problem("handover.form", "", detail))
            found.append(_line({name: each for name, each in zip(names, row, strict=True) if name and each}))
    except csv.Error as error:
        raise HandoverListRefused(Problem("handover.form", "", f"line {rows.line_num}: {error}")) from error
    return found


def _write_csv(rows: Sequence[Mapping[str, str]], head: Mapping[str, str]) -> bytes:
    present = {tag for row in rows for tag in row} | set(head) | {_COLUMNS["name"]}
    known = [*_TAGS, *_HEAD]
    names = [tag for tag in known if tag in present] + sorted(present - set(known))
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([row.get(tag, "") for tag in names] for row in rows)
    return b"\xef\xbb\xbf" + sink.getvalue().encode()
