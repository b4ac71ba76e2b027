"""One case for every shipped profile, and ZIP files with one planted fault each."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lantai.archival.packages import Material, Package, ProcessAct, RawEntry, load_profile, read_package, write_package
from lantai.archival.packages.limits import STANDARD, Limits

CODE = "350100-0059-0100190012-2018-D30-000021"


@dataclass(frozen=True)
class Case:
    """What a package of *profile* is written from."""

    profile: str
    metadata: Mapping[str, str]
    materials: tuple[Material, ...]
    process: tuple[ProcessAct, ...]
    files: Mapping[str, bytes]

    def write(self, target: Path, container: Literal["zip", "tar", "folder", "bag"] = "zip") -> Path:
        write_package(
            target=target,
            profile=load_profile(self.profile),
            metadata=self.metadata,
            materials=self.materials,
            process=self.process,
            files=self.files,
            container=container,
        )
        return target


def fuzhou_case() -> Case:
    """A small case whose every element has a value."""
    profile = load_profile("fuzhou")
    files = {
        "申报文件/申请表.pdf": b"%PDF-1.4 " + b"form " * 300,
        "过程文件/受理通知书.ofd": bytes(range(256)) * 8,
        "结果文件/准予许可决定书.pdf": b"%PDF-1.4 decision",
    }
    metadata = {each.tag: f"值 of {each.tag}" for each in profile.base.elements} | {profile.package_name_element: CODE}
    materials = tuple(
        Material(
            identifier=str(index),
            folder=path.partition("/")[0],
            stage_code=code,
            nature=nature,
            name=path.partition("/")[2].partition(".")[0],
            actual_name="甲乙丙",
            path=path,
            declared_path=path.partition("/")[2],
            format=path[-3:],
            size=str(len(data)),
            created="2018-05-04 09:00:00",
            digest_algorithm="SM3",
            digest="00",
            share="03",
            share_basis="个人信息",
        )
        for index, ((path, data), code, nature) in enumerate(zip(files.items(), ("A", "B20", "C"), "BPR", strict=True))
    )
    acts = (
        ProcessAct("2", "受理", "张三", "2018-05-04T10:00:00", "行政许可法第三十二条", "材料齐全", {"form_id": "7"}),
        ProcessAct(
            "4", "办结", "李四", "2018-05-20T10:00:00", fields={"field_code": "f", "old_value": "a", "new_value": "b"}
        ),
    )
    return Case("fuzhou", metadata, materials, acts, files)


def read_bytes(data: bytes, folder: Path, *, limits: Limits = STANDARD, name: str = CODE) -> Package:
    """The package whose file holds *data*, read by the Fuzhou profile."""
    path = folder / f"{name}.bin"
    path.write_bytes(data)
    return read_package(path, profile=load_profile("fuzhou"), limits=limits, name=name)


def unicode_extra(raw_name: bytes, told: str, crc: int | None = None) -> bytes:
    """An Info-ZIP Unicode Path field for *raw_name*."""
    body = b"\x01" + struct.pack("<I", zlib.crc32(raw_name) if crc is None else crc) + told.encode()
    return struct.pack("<HH", 0x7075, len(body)) + body


FILE = RawEntry(b"a.txt", b"hello")
