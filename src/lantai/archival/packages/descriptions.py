"""The two descriptions inside a package, read by its profile: base information and process metadata."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from lantai.archival.packages.model import Material, Problem, ProcessAct
from lantai.archival.packages.profile import Profile
from lantai.archival.packages.xml_documents import local_name


@dataclass(slots=True)
class BaseInformation:
    """What a file of base information says; everything as found, in document order."""

    metadata: dict[str, str] = field(default_factory=dict)
    materials: list[Material] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_base(root: etree._Element, profile: Profile, path: str) -> BaseInformation:
    """Base information (基本信息元数据) by *profile*. An element nobody knows is kept under its own tag and reported;
    of an element given twice the first counts, and the second is told in the problem, unless it is personal data."""
    found = BaseInformation()
    form, tags = profile.base, profile.base_tags
    if local_name(root) != form.root:
        found.problems.append(Problem("metadata.wrong-root", path, f"{local_name(root)} where {form.root} is expected"))
        return found
    for child in root:
        tag = local_name(child)
        if tag == form.list:
            _read_list(child, profile, path, found)
            continue
        rule = tags.get(tag)
        key = rule.tag if rule else tag
        value = _text(child)
        if rule is None:
            found.problems.append(Problem("metadata.unknown-element", path, f"line {child.sourceline}: {tag}"))
        if key in found.metadata:
            shown = "" if rule and rule.data_class else f" = {value}"
            detail = f"line {child.sourceline}: {tag}{shown}"
            found.problems.append(Problem("metadata.duplicate-element", path, detail))
        else:
            found.metadata[key] = value
    return found


def _read_list(element: etree._Element, profile: Profile, path: str, found: BaseInformation) -> None:
    form = profile.base
    for child in element:
        tag = local_name(child)
        if tag == form.folder and form.folder:
            folder = child.get(form.folder_name) or child.get(form.folder_id) or ""
            for file in child:
                if local_name(file) == form.file:
                    found.materials.append(_material(file, folder, profile, path, found))
                else:
                    _unknown(file, path, found)
        elif tag == form.file:
            found.materials.append(_material(child, "", profile, path, found))
        else:
            _unknown(child, path, found)


def _material(element: etree._Element, folder: str, profile: Profile, path: str, found: BaseInformation) -> Material:
    values: dict[str, str] = {}
    tags = profile.file_tags
    for child in element:
        tag = local_name(child)
        rule = tags.get(tag)
        if rule is None or not rule.field:
            if rule is None:
                _unknown(child, path, found)
            continue
        if rule.field in values:
            if values[rule.field] and child.text:
                detail = f"line {child.sourceline}: {tag} = {child.text}"
                found.problems.append(Problem("metadata.duplicate-element", path, detail))
            if values[rule.field] or not child.text:
                continue
        values[rule.field] = _text(child)
    stage_code = values.pop("stage_code", "")
    rule_of_folder = profile.folder_of(stage_code)
    return Material(
        identifier=element.get(profile.base.file_id) or "",
        folder=folder,
        stage_code=stage_code,
        nature=rule_of_folder.nature if rule_of_folder else "",
        name=values.pop("name", ""),
        actual_name=values.pop("actual_name", ""),
        **values,
    )


def read_process(root: etree._Element, profile: Profile, path: str) -> tuple[list[ProcessAct], list[Problem]]:
    """The acts of process metadata (管理过程元数据) by *profile*, in document order."""
    form, tags = profile.process, profile.process_tags
    if local_name(root) != form.root:
        detail = f"{local_name(root)} where {form.root} is expected"
        return [], [Problem("metadata.wrong-root", path, detail)]
    acts: list[ProcessAct] = []
    problems: list[Problem] = []
    for record in root:
        if local_name(record) != form.record:
            detail = f"line {record.sourceline}: {local_name(record)}"
            problems.append(Problem("metadata.unknown-element", path, detail))
            continue
        values = {"step": "", "action": "", "actor": "", "time": ""}
        fields: dict[str, str] = {}
        for child in record:
            tag = local_name(child)
            rule = tags.get(tag)
            if rule is None:
                problems.append(Problem("metadata.unknown-element", path, f"line {child.sourceline}: {tag}"))
                fields[tag] = _text(child)
            elif rule.field:
                values[rule.field] = _text(child)
            else:
                fields[rule.tag] = _text(child)
        acts.append(ProcessAct(**values, fields=fields))
    return acts, problems


def _unknown(element: etree._Element, path: str, found: BaseInformation) -> None:
    detail = f"line {element.sourceline}: {local_name(element)} = {_text(element)}"
    found.problems.append(Problem("metadata.unknown-element", path, detail))


def _text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext())) if len(element) else element.text or ""
