"""Packages for the tests: values, contents, signers."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache

from lantai.archival.eep import (
    Act,
    Agent,
    Contents,
    Document,
    Draft,
    Encoded,
    Layer,
    Relation,
    Signing,
    Sm2Signer,
    write_eep,
)
from lantai.archival.sealing import Trust, TrustedCertificate
from lantai.archival.sealing.self_signed import self_signed_sm2

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
AT = "2026-11-22T16:00:00+08:00"
ELEMENTS = {
    "M1": ("文件",),
    "M3": ("云岭县档案馆",),
    "M6": ("云岭县市场监督管理局",),
    "M7": ("E01JD3X8Q2V5N7ZK4M6P9R0T1W",),
    "M8": ("0059-XK·2024-Y-0001",),
    "M9": ("0059",),
    "M11": ("2024",),
    "M12": ("永久",),
    "M14": ("XK",),
    "M17": ("1",),
    "M22": ("关于“云岭<茶>”商标 & 字号的批复",),
    "M26": ("行政许可", "食品经营"),
    "M32": ("云岭县市场监督管理局",),
    "M33": ("20240315",),
    "M38": ("公开",),
    "M41": ("组合文件",),
    "M44": ("汉语",),
    "M67": ("无",),
    "M74": ("开放",),
    "M75": ("第一行\n第二行",),
}
FILES = {"批复.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 9, "申请表.txt": "申请人：张三\r\n".encode()}


def a_file(number: int, name: str, data: bytes, **more: str) -> Encoded:
    keyword = f"base64-{name.rpartition('.')[2]}"
    return Encoded(f"C{number}", f"D{number}", name, str(len(data)), keyword, **more)  # type: ignore[arg-type]


def some_contents(files: dict[str, bytes] | None = None, *, first: int = 1, **elements: tuple[str, ...]) -> Contents:
    """One document a file; the first is the main one and has two versions, the second a scan."""
    documents = []
    for number, (name, data) in enumerate((FILES if files is None else files).items(), first):
        made = a_file(number, name, data, format="PDF 1.7" if name.endswith("pdf") else "")
        documents.append(
            Document(
                f"W{number}", (Draft(f"V{number}", (made,)),), str(number), "主文档" if number == first else "附属文档",
                name.partition(".")[0],
            )
        )  # fmt: skip
    return Contents(
        elements=ELEMENTS | elements,
        documents=tuple(documents),
        acts=(Act("B1", "A1", "E01JD3X8Q2V5N7ZK4M6P9R0T1W", "归档", "2024-03-20T10:00:00+08:00", detail="网上归档"),),
        agents=(
            Agent("A1", "云岭县市场监督管理局", "单位", "11350100003600000A"),
            Agent("A2", "李四", "个人", "", "科员"),
        ),
        relations=(Relation("E01JD3X8Q2V5N7ZK4M6P9R0T1W", "E2", "来源关系", "参见"),),
        agent_relations=(Relation("A2", "A1", "隶属"),),
        permissions=(("全体公民", "浏览"),),
        thesauri={"行政许可": "中国档案主题词表"},
    )


def a_layer(contents: Contents | None = None) -> Layer:
    return Layer("2026-11-22T16:00:00+08:00", "云岭县档案馆", contents or some_contents())


def packed(
    layer: Layer | None = None,
    *,
    files: dict[str, bytes] | None = None,
    signing: Signing | None = None,
    namespaced: bool = True,
) -> bytes:
    """The bytes of a package."""
    target = io.BytesIO()
    held = FILES if files is None else files
    write_eep(
        target, layer or a_layer(), open_content=lambda each: io.BytesIO(held[each.name]), signing=signing,
        namespaced=namespaced,
    )  # fmt: skip
    return target.getvalue()


@cache
def a_signer(name: str) -> Sm2Signer:
    secret = name.encode().ljust(32, b"\1")[:32]
    certificate = self_signed_sm2(
        secret=secret, name=name, begins=datetime(2020, 1, 1, tzinfo=UTC), ends=datetime(2040, 1, 1, tzinfo=UTC),
        serial=7,
    )  # fmt: skip
    return Sm2Signer(name, secret, (certificate,))


def signing(signer: str = "云岭县档案馆", locker: str = "馆长") -> Signing:
    return Signing(a_signer(signer), a_signer(locker), AT)


def trusting(*names: str) -> Trust:
    return Trust(tuple(TrustedCertificate(a_signer(each).certificates[0]) for each in names), NOW)
