"""A sound government-service case, from which each fault takes its beginning. People, place and numbers are
invented."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from zipfile import ZipFile

from lantai.archival.checks.faults.files import make_document, make_picture
from lantai.archival.codes.check_digits import credit_digit, identity_digit
from lantai.archival.fixity import digest_bytes
from lantai.archival.packages import HandoverLine, Material, ProcessAct, load_profile, write_package
from lantai.archival.packages.handover import write_handover_list
from lantai.archival.packages.raw_zip import RawEntry, write_raw_zip

REGION, FONDS, ITEM = "331199", "0059", "0119000101"
PROFILE = "fuzhou"
_SURNAMES, _GIVEN = "林陈周吴郑王沈韩杨朱", ("晓岚", "文渊", "思远", "若溪", "景行", "书禾", "明哲", "清和")


@dataclass(slots=True)
class Case:
    """Everything a package is made of, open to change before it is written.

    ``package`` replaces the whole container, ``extra_entries`` are written raw beside the sound files, ``line`` changes
    what the hand-over list says of the package and ``head`` what it says of the batch.
    """

    number: int
    name: str
    metadata: dict[str, str]
    materials: list[Material]
    process: list[ProcessAct]
    files: dict[str, bytes]
    descriptions: dict[str, bytes | None] = field(default_factory=dict)
    extra_entries: list[RawEntry] = field(default_factory=list)
    package: Callable[[bytes], bytes] | None = None
    line: dict[str, object] = field(default_factory=dict)
    head: dict[str, str] = field(default_factory=dict)
    container: Literal["zip", "tar"] = "zip"

    def add(self, folder: str, code: str, name: str, file_name: str, content: bytes, form: str) -> None:
        """Put one more file into the package and its list."""
        nature: Mapping[str, Literal["B", "P", "R"]] = {"A": "B", "B": "P", "C": "R"}
        self.files[f"{folder}/{file_name}"] = content
        self.materials.append(
            Material(
                identifier=str(len(self.materials) + 1),
                folder=folder,
                stage_code=code,
                nature=nature[code[0]],
                name=name,
                actual_name=f"{name}（{self.metadata['apply_name']}）",
                declared_path=file_name,
                format=form,
                size=str(len(content)),
                created="2025-03-10 10:00:00",
                share="03",
                share_basis="含个人信息",
            )
        )

    def change(self, place: int, **values: str) -> None:
        """Change what the list says of the file at *place*, counted from 0."""
        self.materials[place] = replace(self.materials[place], **values)  # type: ignore[arg-type]

    def put(self, place: int, content: bytes) -> None:
        """Replace the content of the file at *place*, and the size and digest the list gives."""
        material = self.materials[place]
        self.files[f"{material.folder}/{material.declared_path}"] = content
        self.change(place, size=str(len(content)))
        if material.digest:
            algorithm = material.digest_algorithm.lower().replace("-", "")
            self.change(place, digest=digest_bytes(content, (algorithm,))[algorithm])

    def remove(self, place: int) -> None:
        """Take a file out of package and list, and number the list again."""
        material = self.materials.pop(place)
        del self.files[f"{material.folder}/{material.declared_path}"]
        self.materials = [replace(each, identifier=str(at)) for at, each in enumerate(self.materials, start=1)]
        self.metadata["total_number"] = str(len(self.materials))

    def write(self) -> tuple[bytes, bytes]:
        """The package and its hand-over list."""
        data = self._container()
        line = HandoverLine(
            name=self.name,
            size=len(data),
            digest_algorithm="SM3",
            digest=digest_bytes(data, ("sm3",))["sm3"],
            batch="20250312",
            values={
                "fonds_identifier": FONDS,
                "region_code": REGION,
                "task_code": self.metadata.get("task_code", ""),
                "project_name": self.metadata.get("project_name", ""),
            },
        )
        head = {"system_code": "YLSP", "batch_name": "20250312", "send_time": "2025-03-12 17:00:00"}
        head |= {"send_number": "1", "send_size": str(len(data)), "transactor": "云岭县行政审批局"}
        return data, write_handover_list([replace(line, **self.line)], head=head | self.head)  # type: ignore[arg-type]

    def _container(self) -> bytes:
        sink = io.BytesIO()
        profile = load_profile(PROFILE)
        files = {path: content for path, content in self.descriptions.items() if content is not None} | self.files
        write_package(
            target=sink,
            profile=profile,
            metadata=self.metadata,
            materials=self.materials,
            process=self.process,
            files=files,
            container=self.container,
        )
        data = sink.getvalue()
        left_out = {path for path, content in self.descriptions.items() if content is None}
        if left_out or self.extra_entries:
            data = _rewritten(data, left_out, self.extra_entries)
        return self.package(data) if self.package else data


def _rewritten(data: bytes, left_out: set[str], more: list[RawEntry]) -> bytes:
    with ZipFile(io.BytesIO(data)) as archive:
        kept = [
            RawEntry(each.filename.encode(), archive.read(each), flags=0x800)
            for each in archive.infolist()
            if each.filename not in left_out
        ]
    return write_raw_zip([*kept, *more])


def sound_case(number: int) -> Case:
    """A case without fault; *number* makes it different from every other."""
    person = _SURNAMES[number % 10] + _GIVEN[number % 8]
    body = f"{REGION}1987{number % 12 + 1:02}{number % 28 + 1:02}{number % 1000:03}"
    identity = body + identity_digit(body)
    credit = f"11{REGION}MB{number:07}"
    credit += credit_digit(credit)
    licence = f"JY1331199{number:07}"
    name = f"{REGION}-{FONDS}-{ITEM}-2025-D30-{number:06}"
    title = f"{person}食品经营许可证核发（第{number}号）"
    case = Case(
        number=number,
        name=name,
        metadata={
            "electronic_record_code": name,
            "region_code": REGION,
            "task_code": ITEM,
            "information_system_description": "云岭县一体化政务服务平台 V3.2（Linux，达梦数据库）",
            "fonds_constituting_unit_name": "云岭县行政审批局",
            "fonds_identifier": FONDS,
            "social_code": credit,
            "retention_period": "D30",
            "security_classification": "公开",
            "project_id": f"YL20250303{number:06}",
            "task_name": "食品经营许可证核发",
            "task_version": "2",
            "task_type": "01",
            "project_name": title,
            "service_type": "承诺件",
            "archive_time": "2025-03-12 16:30:00",
            "apply_name": person,
            "apply_type": "自然人",
            "card_type": "居民身份证",
            "contacted_card": identity,
            "address": f"云岭县青石镇东门路{number}号",
            "receive_department": "云岭县行政审批局",
            "receive_time": "2025-03-03 09:12:00",
            "transact_time": "2025-03-10 15:40:00",
            "result": "准予许可",
            "result_code": licence,
            "total_number": "5",
        },
        materials=[],
        process=[
            ProcessAct("1", "收件", "方知行", "2025-03-03 09:05:00", "行政许可法第29条", "材料齐全"),
            ProcessAct("2", "受理", "方知行", "2025-03-03 09:12:00", "行政许可法第32条", "予以受理"),
            ProcessAct("3", "审核", "陆明远", "2025-03-06 11:20:00", "行政许可法第34条", "现场核查合格"),
            ProcessAct("4", "办结", "顾清扬", "2025-03-10 15:40:00", "行政许可法第38条", "准予许可"),
        ],
        files={},
    )
    facts = [f"申请人：{person}", f"办件编号：{case.metadata['project_id']}", "受理机关：云岭县行政审批局"]
    case.add(
        "申报文件",
        "A1",
        "食品经营许可申请书",
        "食品经营许可申请书.pdf",
        make_document("食品经营许可申请书", facts),
        "PDF",
    )
    case.add("申报文件", "A2", "营业执照", "营业执照.jpg", make_picture(number), "JPG")
    notice = make_document("受理承诺单", [*facts, "承诺十个工作日内办结。"])
    case.add("过程文件", "B8", "受理承诺单", "受理承诺单.pdf", notice, "PDF")
    approval = make_document("业务审批单", [*facts, "经办人：方知行", "审核人：陆明远", "审批人：顾清扬"])
    case.add("过程文件", "B17", "业务审批单", "业务审批单.pdf", approval, "PDF")
    decision = make_document(title, [*facts, f"许可证编号：{licence}", "准予许可。", "2025年3月10日"])
    case.add("结果文件", "C1", "食品经营许可证", "食品经营许可证.pdf", decision, "PDF")
    return case
