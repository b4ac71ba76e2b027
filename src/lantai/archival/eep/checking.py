"""What speaks against writing a package, all at once and before its first byte."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lantai.archival.eep.grammar import rules
from lantai.archival.eep.model import Contents, EepFault
from lantai.archival.eep.reading import numbers

_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class ContentsCheck:
    """``faults`` speak against writing *contents* beside the identifiers *taken*, which then holds its own as well.

    With *referring* files may name data of the layers below.
    """

    def __init__(self, contents: Contents, taken: frozenset[str], *, referring: bool = False) -> None:
        self.faults: list[EepFault] = []
        self.taken = taken
        self._contents = contents
        self._elements()
        for documents in contents.documents:
            self._identifier(documents.identifier)
            for draft in documents.drafts:
                self._identifier(draft.identifier)
                for each in draft.files:
                    self._identifier(each.identifier)
                    self._identifier(each.data_identifier)
                    if each.refers_to and (not referring or each.refers_to not in taken):
                        self.faults.append(EepFault("eep.refers", each.name, each.refers_to))
        if not contents.files or any(not draft.files for each in contents.documents for draft in each.drafts):
            self.faults.append(EepFault("eep.element-missing", "文件数据", "编码"))
        self._rows()

    def _elements(self) -> None:
        names = numbers()
        for number, values in self._contents.elements.items():
            name = names.get(number)
            if name is None:
                self.faults.append(EepFault("eep.element", number, "-"))
                continue
            for value in values:
                self._admitted(name, value)
        for container in ("文件实体", *(each for each in names_in("文件实体") if rules()[each].model is not None)):
            if container != "文件数据":
                self._present(container)

    def _present(self, container: str) -> None:
        """Walk the container's model with the elements that are there."""
        model = rules()[container].model
        assert model is not None
        at = -1
        for name in dict.fromkeys(model.names):
            if rules()[name].model is not None:
                count = len(self._contents.permissions) if name == "授权" else 1
            else:
                count = len(self._contents.elements.get(numbers_by_name()[name], ()))
            for _each in range(count):
                place = model.step(at, name)
                if place is None:
                    expected = "、".join(model.expected(at)) or f"</{container}>"
                    self.faults.append(EepFault("eep.element", f"{container}/{name}", expected))
                    break
                at = place
        if not model.may_end(at):
            self.faults.append(EepFault("eep.element-missing", container, "、".join(model.expected(at))))

    def _rows(self) -> None:
        contents = self._contents
        if not contents.acts:
            self.faults.append(EepFault("eep.element-missing", "业务实体块", "业务实体"))
        if not contents.agents:
            self.faults.append(EepFault("eep.element-missing", "机构人员实体块", "机构人员实体"))
        for act in contents.acts:
            self._admitted("业务状态", act.status)
        for agent in contents.agents:
            if agent.kind:
                self._admitted("机构人员类型", agent.kind)
        for document in contents.documents:
            if document.role:
                self._admitted("文档主从声明", document.role)
        for file in contents.files:
            if file.scan.get("扫描色彩模式"):
                self._admitted("扫描色彩模式", file.scan["扫描色彩模式"])
        values = [value for each in (*contents.acts, *contents.agents, *contents.relations) for value in _texts(each)]
        values += [value for each in contents.files for value in (*_texts(each), *each.scan.values())]
        for value in values:
            self._possible(value, value)

    def _admitted(self, name: str, value: str) -> None:
        self._possible(name, value)
        if not rules()[name].admits(value) and name != "档号":
            self.faults.append(EepFault("eep.value", name, f"{value[:60]} ({rules()[name].asked})"))

    def _possible(self, where: str, value: str) -> None:
        if found := _IMPOSSIBLE.search(value):
            self.faults.append(EepFault("eep.character", where[:60], f"U+{ord(found[0]):04X}"))

    def _identifier(self, identifier: str) -> None:
        if not rules()["文档标识符"].admits(identifier):
            self.faults.append(EepFault("eep.value", identifier[:60], "xs:ID"))
        elif identifier in self.taken:
            self.faults.append(EepFault("eep.identifier", identifier))
        self.taken = self.taken | {identifier}


def _texts(each: object) -> list[str]:
    return [value for name in each.__slots__ if isinstance(value := getattr(each, name), str)]  # type: ignore[attr-defined]


def names_in(container: str) -> list[str]:
    """The children that the schema names under *container*, each once, in its order."""
    model = rules()[container].model
    assert model is not None
    return list(dict.fromkeys(model.names))


def required_in(container: str) -> list[str]:
    """The children of a container without choices that may not be left out."""
    model = rules()[container].model
    assert model is not None
    return [name for at, name in enumerate(model.names) if not _skips(model.follow, model.first, model.last, at)]


def _skips(follow: Sequence[Sequence[int]], first: Sequence[int], last: frozenset[int], at: int) -> bool:
    """Whether a way through the model leads past place *at*."""
    ways, seen = [each for each in first if each != at], set()
    while ways:
        place = ways.pop()
        if place in last:
            return True
        if place not in seen:
            seen.add(place)
            ways += [each for each in follow[place] if each != at]
    return False


def numbers_by_name() -> Mapping[str, str]:
    """The numbers of DA/T 46 by the elements' names."""
    return {name: number for number, name in numbers().items()}
