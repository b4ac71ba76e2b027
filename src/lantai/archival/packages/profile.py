"""Profiles: what a kind of package looks like, told as data (TOML), so that another kind needs no code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

from lantai.archival.packages.model import Material, ProcessAct
from lantai.archival.packages.profile_data import Reader

Nature = Literal["B", "P", "R", ""]
Obligation = Literal["m", "c", "o"]

_FOLDER = Path(__file__).parent / "profiles"
_TYPES = frozenset({"text", "integer", "date", "datetime", "year", "credit_code", "region_code", "id_number"})
_DATA_CLASSES = frozenset({"", "personal", "identity"})
_CONTAINERS = frozenset({"zip", "tar", "folder", "bag", "eep"})
_MATERIAL_FIELDS = frozenset({each.name for each in fields(Material)} - {"identifier", "folder", "nature", "path"})
_ANYTHING = re.compile(".+")
_ACT_FIELDS = frozenset({each.name for each in fields(ProcessAct)} - {"fields"})


@dataclass(frozen=True, slots=True)
class ElementRule:
    """One metadata element (元数据项): how it is spelled, whether it must be there, what it may hold, what it means.

    ``tag`` is the canonical tag, ``spellings`` the other tags accepted for it. ``obligation`` is m mandatory (必选),
    c conditional (条件选, when ``condition`` holds) or o optional (可选). Lengths count characters; 0 is no limit.
    ``values`` is the value domain (值域), code to label; empty is open. ``data_class`` marks personal data and
    identity numbers. ``field`` is the column of the description it fills (of a file element: the attribute of
    `Material`; of a process element: that of `ProcessAct`), ``element`` its number in DA/T 46.
    """

    tag: str
    name: str
    name_en: str
    spellings: tuple[str, ...] = ()
    obligation: Obligation = "o"
    condition: str = ""
    type: str = "text"
    min_length: int = 0
    max_length: int = 0
    pattern: re.Pattern[str] | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    unique: bool = False
    data_class: str = ""
    field: str = ""
    element: str = ""

    def is_due(self, metadata: Mapping[str, str]) -> bool:
        """Whether a value must be given, *metadata* being the other values of the package."""
        if self.obligation != "c":
            return self.obligation == "m"
        tag, _, values = self.condition.partition("=")
        return metadata.get(tag, "").strip() in values.split("|")


@dataclass(frozen=True, slots=True)
class FolderRule:
    """One folder of the package: the material codes it holds and their nature (B 依据性, P 程序性, R 结果性)."""

    id: str
    name: str
    name_en: str
    codes: re.Pattern[str]
    nature: Nature
    required: bool = False


@dataclass(frozen=True, slots=True)
class StageRule:
    """One stage of the handling (办理阶段) and the codes of the material that arises in it."""

    name: str
    name_en: str
    codes: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class BaseForm:
    """The file of base information (基本信息元数据): its accepted names, its root and the shape of its file list.

    Where ``folder`` is empty the list holds files directly.
    """

    files: tuple[str, ...]
    root: str
    elements: tuple[ElementRule, ...]
    file_elements: tuple[ElementRule, ...]
    list: str = "fileset"
    folder: str = "folder"
    folder_id: str = "id"
    folder_name: str = "title"
    file: str = "file"
    file_id: str = "id"
    title_attribute: str = ""


@dataclass(frozen=True, slots=True)
class ProcessForm:
    """The file of process metadata (管理过程元数据): one record an act."""

    files: tuple[str, ...]
    root: str
    record: str
    elements: tuple[ElementRule, ...]
    required: bool = True


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of package. ``package_name`` is the grammar of its name, with a named group for each part that
    repeats a metadata element; ``package_name_element`` the element the whole name must equal."""

    code: str
    version: str
    name: str
    name_en: str
    source: str
    base: BaseForm
    process: ProcessForm
    folders: tuple[FolderRule, ...]
    package_name: re.Pattern[str]
    package_name_form: str = ""
    package_name_element: str = ""
    containers: frozenset[str] = _CONTAINERS
    nested_archives: bool = False
    formats: frozenset[str] = frozenset()
    material_codes: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[StageRule, ...] = ()
    rule_types: Mapping[str, str] = field(default_factory=dict)
    retention_order: tuple[str, ...] = ()
    retention_names: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    required_steps: tuple[str, ...] = ()
    transport: str = ""
    base_tags: Mapping[str, ElementRule] = field(init=False, repr=False, compare=False)
    file_tags: Mapping[str, ElementRule] = field(init=False, repr=False, compare=False)
    process_tags: Mapping[str, ElementRule] = field(init=False, repr=False, compare=False)
    fields: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_tags", _by_spelling(self.base.elements))
        object.__setattr__(self, "file_tags", _by_spelling(self.base.file_elements))
        object.__setattr__(self, "process_tags", _by_spelling(self.process.elements))
        object.__setattr__(self, "fields", {each.field: each.tag for each in self.base.elements if each.field})

    def element(self, tag: str) -> ElementRule | None:
        """The base element spelled *tag* in any accepted way, or None."""
        return self.base_tags.get(tag)

    def value(self, metadata: Mapping[str, str], field: str) -> str:
        """What *metadata* says for the description's column *field* (``title``, ``retention`` ...), "" if nothing."""
        return metadata.get(self.fields.get(field, ""), "")

    def folder_of(self, stage_code: str) -> FolderRule | None:
        """The folder rule of a material code (``A``, ``B17`` ...), or None when no folder takes it."""
        return next((each for each in self.folders if each.codes.fullmatch(stage_code)), None)

    def stage_of(self, stage_code: str) -> StageRule | None:
        """The stage in which material of this code arises, or None when the profile does not say."""
        return next((each for each in self.stages if each.codes.fullmatch(stage_code)), None)

    def parse_name(self, name: str) -> dict[str, str] | None:
        """The parts of a package name by the profile's grammar, or None when it does not fit."""
        match = self.package_name.fullmatch(name)
        return match.groupdict() if match else None


class ProfileRefused(ValueError):
    """A profile's data is wrong; ``faults`` lists every fault, each beginning with the place it stands at."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@cache
def load_profile(code: str) -> Profile:
    """The shipped profile *code* (``fuzhou``, ``generic``, ``wenshu``, ``eep``). Raises KeyError for any other."""
    path = _FOLDER / f"{code}.toml"
    if not code.isidentifier() or not path.is_file():
        raise KeyError(code)
    return profile_from_data(tomllib.loads(path.read_text(encoding="utf-8")))


def delivered_text(code: str) -> str:
    """The file of the shipped profile *code*, as it was written. Raises KeyError for any other."""
    if code not in profiles():
        raise KeyError(code)
    return (_FOLDER / f"{code}.toml").read_text(encoding="utf-8")


@cache
def profiles() -> Mapping[str, Profile]:
    """Every shipped profile by its code."""
    return {path.stem: load_profile(path.stem) for path in sorted(_FOLDER.glob("*.toml"))}


def profile_from_data(data: Mapping[str, Any]) -> Profile:
    """The profile told by *data* (parsed TOML or JSON). Raises `ProfileRefused` with every fault of it."""
    top = Reader(data)
    retention, steps = top.table("retention"), top.table("steps")
    base, process = top.table("base", required=True), top.table("process", required=True)
    code = top.text("code", required=True)
    containers = top.texts("containers", _CONTAINERS)
    made = Profile(
        code=code,
        version=top.text("version", required=True),
        name=top.text("name", required=True),
        name_en=top.text("name_en", required=True),
        source=top.text("source"),
        base=BaseForm(
            files=base.texts("files", required=True),
            root=base.text("root", required=True),
            elements=_elements(base, "elements", None),
            file_elements=_elements(base, "file_elements", _MATERIAL_FIELDS),
            list=base.text("list", default="fileset"),
            folder=base.text("folder", default="folder"),
            folder_id=base.text("folder_id", default="id"),
            folder_name=base.text("folder_name", default="title"),
            file=base.text("file", default="file"),
            file_id=base.text("file_id", default="id"),
            title_attribute=base.text("title_attribute"),
        ),
        process=ProcessForm(
            files=process.texts("files", required=True),
            root=process.text("root", required=True),
            record=process.text("record", required=True),
            elements=_elements(process, "elements", _ACT_FIELDS),
            required=process.flag("required", default=True),
        ),
        folders=tuple(_folder(each) for each in top.tables("folders")),
        package_name=top.pattern("package_name") or _ANYTHING,
        package_name_form=top.text("package_name_form"),
        package_name_element=top.text("package_name_element"),
        containers=frozenset(containers) or _CONTAINERS,
        nested_archives=top.flag("nested_archives"),
        formats=frozenset(top.texts("formats")),
        material_codes=top.mapping("material_codes"),
        stages=tuple(
            StageRule(
                each.text("name", required=True),
                each.text("name_en", required=True),
                each.pattern("codes") or _ANYTHING,
            )
            for each in top.tables("stages")
        ),
        rule_types=top.mapping("rule_types"),
        retention_order=retention.texts("order"),
        retention_names=retention.mapping("names"),
        steps=steps.mapping("names"),
        required_steps=steps.texts("required"),
        transport=top.text("transport"),
    )
    faults = top.finish() + _contradictions(made)
    if faults:
        raise ProfileRefused(faults)
    return made


def _elements(form: Reader, key: str, fields: frozenset[str] | None) -> tuple[ElementRule, ...]:
    return tuple(
        ElementRule(
            tag=each.text("tag", required=True),
            name=each.text("name", required=True),
            name_en=each.text("name_en", required=True),
            spellings=each.texts("spellings"),
            obligation=each.choice("obligation", ("m", "c", "o"), default="o"),
            condition=each.text("condition"),
            type=each.choice("type", _TYPES, default="text"),
            min_length=each.count("min_length"),
            max_length=each.count("max_length"),
            pattern=each.pattern("pattern"),
            values=each.mapping("values"),
            unique=each.flag("unique"),
            data_class=each.choice("data_class", _DATA_CLASSES, default=""),
            field=each.text("field") if fields is None else each.choice("field", fields | {""}, default=""),
            element=each.text("element"),
        )
        for each in form.tables(key)
    )


def _folder(table: Reader) -> FolderRule:
    return FolderRule(
        id=table.text("id", required=True),
        name=table.text("name", required=True),
        name_en=table.text("name_en", required=True),
        codes=table.pattern("codes") or _ANYTHING,
        nature=table.choice("nature", ("B", "P", "R", ""), default=""),
        required=table.flag("required"),
    )


def _contradictions(profile: Profile) -> tuple[str, ...]:
    """What no single value can show: a tag spelled by two elements, a condition or name part no element has."""
    faults: list[str] = []
    tables = (
        ("base.elements", profile.base.elements),
        ("base.file_elements", profile.base.file_elements),
        ("process.elements", profile.process.elements),
    )
    for place, elements in tables:
        seen: set[str] = set()
        for index, each in enumerate(elements):
            for tag in (each.tag, *each.spellings):
                if tag in seen:
                    faults.append(f"{place}[{index}]: the tag {tag!r} belongs to another element")
                seen.add(tag)
            if (each.obligation == "c") != bool(each.condition):
                faults.append(f"{place}[{index}].condition: needed exactly where obligation is c")
            if each.max_length and each.min_length > each.max_length:
                faults.append(f"{place}[{index}].min_length: more than max_length")
            if each.condition and each.condition.partition("=")[0] not in {other.tag for other in elements}:
                faults.append(f"{place}[{index}].condition: no element is called so")
    element = profile.package_name_element
    if element and element not in profile.base_tags:
        faults.append(f"package_name_element: no element is called {element!r}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", profile.code):
        faults.append("code: lower-case letters, digits and _ only")
    faults.extend(
        f"steps.required: {each!r} has no name" for each in profile.required_steps if each not in profile.steps
    )
    return tuple(faults)


def _by_spelling(elements: tuple[ElementRule, ...]) -> dict[str, ElementRule]:
    return {tag: each for each in elements for tag in (each.tag, *each.spellings)}
