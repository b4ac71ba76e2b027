"""What an EEP says of a record: the elements of DA/T 46, its process, its files (DA/T 48)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from lantai.archival.description import DescribedAct, DescriptionError, read_description
from lantai.archival.eep import Act, Agent, Contents, Document, Draft, Encoded, Relation
from lantai.catalog.queries import RecordView
from lantai.catalog.queries.composition import StoredPackage
from lantai.catalog.services import StoredComponent
from lantai.storage.queries import ContentMissing, read_whole

PERIODS = {"Y": "永久", "D30": "30年", "D10": "10年"}
_CONTROL = {"open": "开放", "controlled": "控制", "deferred": "延期开放", "unreviewed": "未审核"}
_RELATIONS = {"follows": "接续", "replaces": "替代", "refers": "参见"}
_NONE = "无"


def contents_of(
    record: RecordView,
    *,
    archive: str,
    body: str,
    fonds: str,
    prefix: str = "",
    referring: Mapping[int, str] | None = None,
) -> Contents:
    """The contents of one layer for *record*, of which there must be a package.

    Args:
        archive, body, fonds: names of the archives, of the fonds-constituting unit and of the fonds.
        prefix: before every identifier, so that they differ from those of the layers below.
        referring: the data in the layers below that a file is, by its place in the record.
    """
    package = record.package
    assert package is not None  # whoever asks has looked
    agents, acts = _process(record, package, body=body, archive=archive)
    return Contents(
        elements=_elements(record, archive, body, fonds),
        documents=tuple(_documents(package, prefix, referring or {})),
        acts=acts,
        agents=agents,
        relations=tuple(
            Relation(record.summary.record_code, target, _RELATIONS.get(kind, kind), detail=basis)
            for kind, target, basis in record.relations
        ),
    )


def file_of(package: StoredPackage, file: Encoded) -> StoredComponent:
    """The file of the record that *file* stands for, by its place."""
    return package.components[int(file.data_identifier.rpartition("D")[2]) - 1]


def _elements(record: RecordView, archive: str, body: str, fonds: str) -> dict[str, tuple[str, ...]]:
    summary = record.summary
    told: dict[str, str] = {
        "M1": "文件",
        "M3": archive,
        "M5": fonds,
        "M6": body,
        "M7": summary.record_code,
        "M8": summary.archive_code,
        "M9": summary.fonds_code,
        "M11": f"{summary.year:04d}",
        "M12": PERIODS.get(summary.retention, summary.retention),
        "M14": summary.category_code,
        "M17": str(_item_number(summary.archive_code)),
        "M22": summary.title,
        "M28": summary.applicant if record.acts["personal"].allowed else "",
        "M29": record.abstract,
        "M31": summary.document_number,
        "M32": summary.creator,
        "M33": f"{summary.formed_on:%Y%m%d}",
        "M38": summary.secrecy_name,
        "M41": "单件" if summary.files <= 1 else "组合文件",
        "M43": str(record.pages) if record.pages else "",
        "M44": "汉语",
        "M67": _NONE,
        "M74": _CONTROL.get(summary.open_state, ""),
    }
    many = {"M51": _systems(record), "M75": _notes(record)}
    return {number: (value,) for number, value in told.items() if value} | {n: v for n, v in many.items() if v}


def _item_number(code: str) -> int:
    """室编件号 as a number: the digits at the end of the archive code; 1 for a record without."""
    digits = ""
    while code and code[-1].isascii() and code[-1].isdecimal():
        code, digits = code[:-1], code[-1] + digits
    return int(digits or 1) or 1


def _systems(record: RecordView) -> tuple[str, ...]:
    source = f"来源电子文件号 {record.source_code}" if record.source_code else ""
    return tuple(each for each in (source, f"包方案 {record.profile}" if record.profile else "") if each)


def _notes(record: RecordView) -> tuple[str, ...]:
    told = {
        "事项编码": record.item_code,
        "事项名称": record.summary.item_name,
        "办件编号": record.case_number,
        "办理结果": record.summary.result,
        "保管期限依据": record.retention_rule,
    }
    return tuple(f"{name}：{value}" for name, value in told.items() if value)


def _documents(package: StoredPackage, prefix: str, referring: Mapping[int, str]) -> Iterator[Document]:
    main = next((n for n, each in enumerate(package.components, 1) if each.role == "main"), 0)
    main = main or next((n for n, each in enumerate(package.components, 1) if each.stage.startswith("C")), 1)
    for number, each in enumerate(package.components, 1):
        name = PurePosixPath(each.path).name
        suffix = PurePosixPath(name).suffix[1:]
        file = Encoded(
            identifier=f"{prefix}C{number}",
            data_identifier=f"{prefix}D{number}",
            name=name,
            size=str(each.size),
            keyword=f"base64-{suffix}" if suffix.isascii() and suffix.isalnum() else "base64",
            format=" ".join(part for part in (each.format_name, each.puid) if part),
            refers_to=referring.get(number, ""),
        )
        yield Document(
            identifier=f"{prefix}W{number}",
            drafts=(Draft(f"{prefix}V{number}", (file,)),),
            number=str(number),
            role="主文档" if number == main else "附属文档",
            title=each.material or PurePosixPath(name).stem,
        )


def _process(
    record: RecordView, package: StoredPackage, *, body: str, archive: str
) -> tuple[tuple[Agent, ...], tuple[Act, ...]]:
    """Who did what: the handling as the department told it, then that the archives took it in."""
    agents: dict[str, Agent] = {body: Agent("A1", body, "单位")}
    acts: list[Act] = []

    def agent(name: str, **more: Any) -> str:
        agents.setdefault(name, Agent(f"A{len(agents) + 1}", name, **more))
        return agents[name].identifier

    code = record.summary.record_code
    for each in _described(package):
        actor = agent(each.actor or body, position=each.actor_position)
        acts.append(
            Act(f"B{len(acts) + 1}", actor, code, each.action, each.time, each.status, each.basis, each.detail)
        )  # fmt: skip
    taken: datetime = record.accessioned_at
    acts.append(
        Act(f"B{len(acts) + 1}", agent(archive, kind="单位"), code, "进馆", taken.isoformat(timespec="seconds"))
    )
    return tuple(agents.values()), tuple(acts)


def _described(package: StoredPackage) -> tuple[DescribedAct, ...]:
    """The acts of handling in the description document that lies beside the package; none where there is none."""
    path = str(PurePosixPath(package.path).with_name("description.xml"))
    try:
        described = read_description(read_whole(object_id=package.object_id, path=path))
    except (ContentMissing, DescriptionError):
        return ()
    return tuple(each for each in described.process if each.action)
