"""Lines of XML tables: the element that repeats is the line, its children and attributes are the cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lxml import etree

from lantai.archival.tables.cleaning import clean_text
from lantai.archival.tables.model import MOST_COLUMNS, Line, TableForm, TableRefused

_LOOKED_AT = 4000
"""Elements read to find the one that repeats."""


def xml_form(path: Path) -> TableForm:
    """The element that repeats, and the fields of all its occurrences. Raises TableRefused."""
    record = _repeated(path)
    columns: dict[str, None] = {}
    for fields in _records(path, record):
        columns.update(dict.fromkeys(fields))
        if len(columns) > MOST_COLUMNS:
            raise TableRefused("too-wide")
    if not columns:
        raise TableRefused("empty")
    return TableForm("xml", record=record, columns=tuple(columns))


def _repeated(path: Path) -> str:
    """The path of local names of the highest element that repeats; without one, of the lowest that has children."""
    stack: list[str] = []
    counts: Counter[str] = Counter()
    parents: dict[str, int] = {}
    for event, element in islice(_events(path, ("start", "end")), _LOOKED_AT):
        if event == "end":
            stack.pop()
            continue
        if stack:
            parents["/".join(stack)] = len(stack)
        stack.append(_local(element))
        counts["/".join(stack)] += 1
    repeated = [each for each, times in counts.items() if times > 1 and "/" in each and each in parents]
    if not repeated:  # one record only, or records whose fields are attributes
        repeated = [each for each in parents if "/" in each] or [
            each for each, times in counts.items() if times > 1 and "/" in each
        ]
    if not repeated:
        raise TableRefused("empty")
    return min(repeated, key=lambda each: each.count("/"))


def xml_lines(path: Path, form: TableForm, after: int) -> Iterator[Line]:
    """The records behind record *after*; their number is their place in the file. Raises TableRefused."""
    places = {name: place for place, name in enumerate(form.columns)}
    for number, fields in enumerate(_records(path, form.record), 1):
        if number > after:
            cells = [""] * len(places)
            troubles: list[str] = []
            for name, value in fields.items():
                if name in places:
                    cells[places[name]] = clean_text(value, troubles)
            yield Line(number, tuple(cells), tuple(dict.fromkeys(troubles)))


def _records(path: Path, record: str) -> Iterator[dict[str, str]]:
    """Each repeated element as its fields: text by the path of local names below it, attributes with ``@``."""
    stack: list[str] = []
    for event, element in _events(path, ("start", "end")):
        if event == "start":
            stack.append(_local(element))
            continue
        whole = "/".join(stack) == record if len(stack) == record.count("/") + 1 else False
        stack.pop()
        if whole:
            fields: dict[str, str] = {}
            _gather(element, "", fields)
            yield fields
        if whole or len(stack) <= record.count("/"):
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]


def _gather(element: etree._Element, prefix: str, fields: dict[str, str]) -> None:
    for name, value in element.attrib.items():
        _put(fields, f"{prefix}@{str(name).rpartition('}')[2]}", str(value))
    for child in element:
        name = _local(child)
        if not name:
            continue
        if len(child):
            _gather(child, f"{prefix}{name}/", fields)
        else:
            _put(fields, f"{prefix}{name}", child.text or "")
            for attribute, value in child.attrib.items():
                _put(fields, f"{prefix}{name}@{str(attribute).rpartition('}')[2]}", str(value))


def _put(fields: dict[str, str], name: str, value: str) -> None:
    """A field that stands several times in one record keeps all its values."""
    fields[name] = f"{fields[name]}；{value}" if fields.get(name) and value else fields.get(name, "") or value


def _events(path: Path, wanted: tuple[str, ...]) -> Iterator[tuple[str, etree._Element]]:
    """Elements as they come, nothing fetched and no entity resolved."""
    try:
        with path.open("rb") as stream:
            events = etree.iterparse(
                stream, events=wanted, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                remove_comments=True, remove_pis=True,
            )  # fmt: skip
            first = True
            for event, element in events:
                if first:
                    first = False
                    declared = element.getroottree().docinfo.internalDTD
                    if declared is not None and list(declared.entities()):
                        raise TableRefused("entities")
                yield event, element
    except etree.XMLSyntaxError as fault:
        raise TableRefused("broken", str(fault)[:200]) from None


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
