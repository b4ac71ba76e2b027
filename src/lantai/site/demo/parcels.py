"""A package ready to be handed over, and the files of one in the making."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from lantai.archival.packages import Material
from lantai.site.demo.county import Body

_NATURE: Mapping[str, Literal["B", "P", "R"]] = {"A": "B", "B": "P", "C": "R"}
_CODES = {
    # what a file is: its code and folder by the fuzhou profile, then by the generic one
    "form": ("A", "B01"),
    "declare": ("A", "B01"),
    "commit": ("A", "B06"),
    "list": ("A", "B04"),
    "sale": ("A", "B04"),
    "call": ("A", "B08"),
    "id": ("A", "B02"),
    "book": ("A", "B04"),
    "licence": ("A", "B04"),
    "contract": ("A", "B04"),
    "cert": ("A", "B04"),
    "proof": ("A", "B04"),
    "plan": ("A", "B04"),
    "receipt": ("B16", "P11"),
    "acceptance": ("B8", "P31"),
    "correction": ("B18", "P21"),
    "approval": ("B17", "P41"),
    "closing": ("B13", "P81"),
    "delivery": ("B19", "P91"),
    "refusal": ("B14", "P99"),
    "decision": ("C", "R71"),
    "result": ("C", "R81"),
    "electronic": ("C", "R83"),
}
_FOLDERS = {"A": "申报文件", "B": "过程文件", "C": "结果文件"}
_GENERIC = {"B": "依据性材料", "P": "程序性材料", "R": "结果性材料"}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A package ready to be handed over. ``line`` and ``head`` are what a planted fault changes in the hand-over list;
    ``fault`` names that fault, empty for a sound package. ``number`` is the case's."""

    number: int
    name: str
    suffix: str
    body: Body
    profile: str
    day: date
    title: str
    data: bytes
    fault: str = ""
    line: Mapping[str, Any] = field(default_factory=dict)
    head: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class PackageFiles:
    """Files and materials of a package in the making."""

    generic: bool
    stem: str
    files: dict[str, bytes] = field(default_factory=dict)
    materials: list[Material] = field(default_factory=list)

    def add(
        self, what: str, name: str, content: bytes, form: str, made: datetime, *, own: str = "", open_: bool = False
    ) -> None:
        """Put a file in: *what* it is settles code and folder, *name* is the item's word for it, *own* its file's."""
        code = _CODES[what][self.generic]
        if code in ("A", "C"):
            code += str(sum(each.stage_code.startswith(code) for each in self.materials) + 1)
        folder = _GENERIC[code[0]] if self.generic else _FOLDERS[code[0]]
        file_name = f"{own or name}.{form.lower() if form != 'TIFF' else 'tif'}"
        taken = 1
        while f"{folder}/{file_name}" in self.files:
            taken += 1
            file_name = f"{own or name}（{taken}）.{form.lower() if form != 'TIFF' else 'tif'}"
        self.files[f"{folder}/{file_name}"] = content
        nature = code[0] if self.generic else _NATURE[code[0]]
        result = nature == "R"
        self.materials.append(
            Material(
                identifier=str(len(self.materials) + 1),
                folder=folder,
                stage_code=code,
                nature=nature,  # type: ignore[arg-type]
                name=name,
                actual_name=f"{name}（{self.stem}）",
                declared_path=f"{folder}/{file_name}" if self.generic else file_name,
                format=form if form != "TIFF" else "TIF",
                size=str(len(content)),
                created=f"{made:%Y-%m-%d %H:%M:%S}",
                digest_algorithm="SHA-256" if result else "",
                digest=hashlib.sha256(content).hexdigest() if result else "",
                share="02" if result and open_ else "03",
                share_basis="依申请共享" if result and open_ else "含个人信息",
            )
        )
