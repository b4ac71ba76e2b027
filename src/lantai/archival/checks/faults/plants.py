"""One fault planted in an otherwise sound case, for each check a package can fail, and the containers made to hurt."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from lantai.archival.checks.faults.case import Case
from lantai.archival.checks.faults.files import (
    add_script,
    break_document,
    encrypt_document,
    make_document,
    make_picture,
)
from lantai.archival.checks.faults.signed_files import (
    PAGE,
    SIGNATURE,
    SIGNED_VALUE,
    make_seal,
    pack_licence,
    seal_licence,
    sign_document,
    sign_with_seal,
)
from lantai.archival.packages.raw_zip import RawEntry, write_raw_zip

_BASE, _PROCESS = "基本信息元数据.xml", "管理过程元数据.xml"
_UTF8 = 0x800
_XXE = b'<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<archive_metadata_records>&x;</archive_metadata_records>\n'
_LAUGHS = (
    b'<?xml version="1.0"?>\n<!DOCTYPE l [\n<!ENTITY a "lol">\n'
    + b"".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">\n'.encode() for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + b"]>\n<archive_metadata_records>&i;</archive_metadata_records>\n"
)


@dataclass(frozen=True, slots=True)
class Plant:
    """How one fault is planted: its name, the check it must show under, what is wrong, and the findings expected on
    a machine without archive and antivirus, most serious first, as ``check:reason``."""

    name: str
    check: str
    title_zh: str
    title_en: str
    expected: tuple[str, ...]
    change: Callable[[Case], None]


PLANTS: list[Plant] = []
"""Every planted fault: in the order of the register, then containers made to hurt, then files changed after signing."""

UNSCANNED = "GD-4-1:no-engine"


def plant(
    check: str, reason: str, name: str, zh: str, en: str, *more: str
) -> Callable[[Callable[[Case], None]], object]:
    """Register the function below as a fault. *more* are findings that come with it, by their nature."""

    def enter(change: Callable[[Case], None]) -> object:
        PLANTS.append(Plant(name, check, zh, en, (f"{check}:{reason}", *more, UNSCANNED), change))
        return change

    return enter


@plant("GD-1-1", "file-digest", "file-digest", "文件摘要与清单不符", "A file's digest is not the listed one")
def _(case: Case) -> None:
    case.change(3, digest_algorithm="SHA-256", digest="0" * 64)


@plant("GD-1-2", "length", "value-too-long", "责任科室名称过长", "The name of the office is too long")
def _(case: Case) -> None:
    case.metadata["lead_department"] = "行政审批科" * 21


@plant("GD-1-3", "type-datetime", "date-unreadable", "归档时间不是时间", "The time of archiving is no time")
def _(case: Case) -> None:
    case.metadata["archive_time"] = "三月中旬"


@plant(
    "GD-1-4", "domain", "value-outside-domain", "相对人类型不在值域内", "The type of applicant is outside its domain"
)
def _(case: Case) -> None:
    case.metadata["apply_type"] = "街坊"


@plant("GD-1-5", "order", "closed-before-accepted", "办结早于受理", "Closed before it was accepted")
def _(case: Case) -> None:
    case.metadata["transact_time"] = "2025-02-28 15:40:00"


@plant("GD-1-6", "special-character", "private-use-character", "地址含自造字", "A private-use character")
def _(case: Case) -> None:
    case.metadata["address"] = case.metadata["address"].replace("青石", "青\ue000石")


@plant(
    "GD-1-7",
    "record-code-disagrees",
    "code-disagrees",
    "电子文件号中的全宗号与元数据不一致",
    "The record code names another fonds",
)
def _(case: Case) -> None:
    case.name = case.name.replace("-0059-", "-0060-")
    case.metadata["electronic_record_code"] = case.name


@plant("GD-1-8", "file-listed-twice", "listed-twice", "同一文件登记两次", "A file is listed twice")
def _(case: Case) -> None:
    case.materials.append(replace(case.materials[0], identifier="6"))
    case.metadata["total_number"] = "6"


@plant("GD-1-10", "size", "size-differs", "登记的大小与实际不符", "A file has another size than described")
def _(case: Case) -> None:
    case.change(0, size=str(int(case.materials[0].size) + 1024))


@plant(
    "GD-1-10",
    "ending",
    "ending-lies",
    "扩展名与内容不符",
    "A file's ending is not that of its content",
    "GD-1-10:format",
)
def _(case: Case) -> None:
    case.put(3, make_picture(case.number, "PNG"))


@plant("GD-1-11", "other-place", "other-folder", "文件不在登记的目录", "A file lies in another folder than listed")
def _(case: Case) -> None:
    case.files["过程文件/营业执照.jpg"] = case.files.pop("申报文件/营业执照.jpg")


@plant(
    "GD-1-12", "metadata.missing", "no-process-file", "缺管理过程元数据文件", "The file of process metadata is missing"
)
def _(case: Case) -> None:
    case.descriptions[_PROCESS] = None


@plant("GD-1-13", "package-name", "renamed", "信息包名与电子文件号不一致", "The package is not called by its number")
def _(case: Case) -> None:
    case.name = case.name[:-6] + "999999"


@plant("GD-1-13", "folder-unknown", "foreign-folder", "包内有规定以外的目录", "The package has a folder of its own")
def _(case: Case) -> None:
    content = make_document("补充说明", [f"第{case.number}号"])
    case.add("申报文件", "A3", "补充说明", "补充说明.pdf", content, "PDF")
    case.files["其他/补充说明.pdf"] = case.files.pop("申报文件/补充说明.pdf")
    case.change(5, folder="其他")
    case.metadata["total_number"] = "6"


@plant("GD-1-14", "package-digest", "package-changed", "信息包摘要与移交清单不符", "The package is not the one sent")
def _(case: Case) -> None:
    case.line["digest"] = "ab" * 32


@plant("GD-2-1", "batch-count", "batch-short", "批次件数不符", "A package of the batch did not come")
def _(case: Case) -> None:
    case.head["send_number"] = "2"


@plant(
    "GD-2-2",
    "package-bytes",
    "bytes-differ",
    "信息包字节数与移交清单不符",
    "The package has other bytes than registered",
)
def _(case: Case) -> None:
    case.line["size"] = 1


@plant("GD-2-3", "element-absent", "element-absent", "元数据缺少必备元素", "An element is absent")
def _(case: Case) -> None:
    del case.metadata["receive_department"]


@plant("GD-2-4", "element-empty", "element-empty", "必填项为空", "A mandatory element is empty")
def _(case: Case) -> None:
    case.metadata["task_name"] = ""


@plant("GD-2-5", "step-missing", "no-closing-step", "过程信息缺办结环节", "No act closes the case")
def _(case: Case) -> None:
    case.process.pop()


@plant("GD-2-6", "number-gap", "number-gap", "清单序号不连续", "The numbers of the list have a gap")
def _(case: Case) -> None:
    case.change(4, identifier="7")


@plant("GD-2-7", "material-2", "material-missing", "缺少业务审批单", "The approval sheet is missing")
def _(case: Case) -> None:
    case.remove(3)


@plant(
    "GD-2-7",
    "file-missing",
    "file-missing",
    "清单登记的文件不在包内",
    "A listed file is not in the package",
    "GD-2-7:material-2",
)
def _(case: Case) -> None:
    del case.files["过程文件/业务审批单.pdf"]


@plant("GD-2-9", "negative-list", "negative-list", "属于不归档清单", "It is on the negative list")
def _(case: Case) -> None:
    case.metadata["result"] = "申请人撤回"


@plant(
    "GD-2-10", "file-described-partly", "format-undescribed", "文件清单缺少格式信息", "A file's format is not described"
)
def _(case: Case) -> None:
    case.change(2, format="")


@plant("GD-2-11", "file-count", "count-differs", "包内总件数不符", "The number of files is wrong")
def _(case: Case) -> None:
    case.metadata["total_number"] = "9"


@plant("GD-3-1", "xml.malformed", "malformed-xml", "元数据不是格式正确的 XML", "The metadata are not well-formed XML")
def _(case: Case) -> None:
    case.descriptions[_PROCESS] = b'<?xml version="1.0" encoding="UTF-8"?>\n<archive_metadata_records><record>\n'


@plant("GD-3-3", "format-not-accepted", "format-not-accepted", "格式不在归档格式之列", "A format that is not accepted")
def _(case: Case) -> None:
    case.add("申报文件", "A3", "现场照片", "现场照片.gif", make_picture(case.number + 1, "GIF"), "GIF")
    case.metadata["total_number"] = "6"


@plant("GD-3-4", "does-not-open", "broken-pdf", "PDF 损坏", "A broken PDF")
def _(case: Case) -> None:
    case.put(3, break_document(case.files["过程文件/业务审批单.pdf"]))


@plant("GD-3-4", "empty-file", "empty-file", "0 字节文件", "A file of 0 bytes")
def _(case: Case) -> None:
    case.put(3, b"")


@plant("GD-3-8", "encrypted-file", "encrypted-pdf", "加密的 PDF", "An encrypted PDF")
def _(case: Case) -> None:
    case.put(3, encrypt_document(case.files["过程文件/业务审批单.pdf"]))


@plant("GD-3-8", "active-content", "script-in-pdf", "PDF 含脚本", "A PDF with a script")
def _(case: Case) -> None:
    case.put(3, add_script(case.files["过程文件/业务审批单.pdf"]))


@plant("GD-4-3", "unlisted-file", "unlisted-file", "包内有未登记的文件", "A file that nobody listed")
def _(case: Case) -> None:
    case.files["结果文件/草稿.pdf"] = make_document("草稿", [f"第{case.number}号"])


@plant("GD-4-7", "secrecy", "state-secret", "密级为秘密", "A state secret")
def _(case: Case) -> None:
    case.metadata["security_classification"] = "秘密"


@plant("GD-1-13", "name.traversal", "traversal", "路径穿越", "Path traversal")
def _(case: Case) -> None:
    case.extra_entries = [RawEntry(b"../../etc/cron.d/x", b"x")]


@plant("GD-1-13", "name.absolute", "absolute-path", "绝对路径", "An absolute path")
def _(case: Case) -> None:
    case.extra_entries = [RawEntry(b"/etc/passwd", b"x")]


@plant("GD-1-13", "entry.link", "link", "符号链接", "A symbolic link")
def _(case: Case) -> None:
    case.extra_entries = [RawEntry(b"link.pdf", b"/etc/passwd", mode=0o120777)]


@plant("GD-3-8", "entry.encrypted", "encrypted-entry", "加密条目", "An encrypted entry")
def _(case: Case) -> None:
    case.extra_entries = [RawEntry(b"x.pdf", b"\x07" * 40, method=0, flags=1)]


@plant("GD-1-13", "name.duplicate", "duplicate-name", "重名条目", "A name twice")
def _(case: Case) -> None:
    case.extra_entries = [RawEntry(b"x.pdf", b"a"), RawEntry(b"x.pdf", b"b")]


@plant("GD-1-13", "name.collision", "colliding-names", "仅大小写不同的名称", "Names that differ in case")
def _(case: Case) -> None:
    case.extra_entries = [RawEntry(b"x.pdf", b"a"), RawEntry(b"X.PDF", b"b")]


@plant("GD-3-7", "entry.ratio", "bomb", "压缩炸弹", "A decompression bomb")
def _(case: Case) -> None:
    case.extra_entries = [RawEntry(b"zero.txt", bytes(16 << 20))]


@plant("GD-3-8", "entry.nested-archive", "nested-archive", "嵌套压缩包", "An archive inside")
def _(case: Case) -> None:
    inside = write_raw_zip([RawEntry(b"a.txt", b"a")])
    case.extra_entries = [RawEntry("结果文件/附件.zip".encode(), inside, flags=_UTF8)]


@plant("GD-3-7", "container.too-many-entries", "too-many-entries", "条目过多", "Too many entries")
def _(case: Case) -> None:
    case.package = lambda _: write_raw_zip([RawEntry(b"%d.txt" % number, method=0) for number in range(20_100)])


@plant("GD-3-7", "container.truncated", "truncated", "传输中被截断的信息包", "A package cut short")
def _(case: Case) -> None:
    case.package = lambda data: data[: len(data) * 2 // 3]


@plant("GD-3-7", "container.unreadable", "garbage", "不是信息包的文件", "Garbage instead of a package")
def _(case: Case) -> None:
    case.package = lambda data: zlib.compress(data)[2:4098]


@plant("GD-3-1", "xml.doctype", "external-entity", "外部实体（XXE）", "An external entity (XXE)")
def _(case: Case) -> None:
    case.descriptions[_PROCESS] = _XXE


@plant("GD-3-1", "xml.doctype", "billion-laughs", "实体膨胀", "Billion laughs")
def _(case: Case) -> None:
    case.descriptions[_PROCESS] = _LAUGHS


@plant("GD-1-1", "signature-broken", "signed-pdf-altered", "签名后被改动的 PDF", "A PDF changed after it was signed")
def _(case: Case) -> None:
    decision = make_document(case.metadata["project_name"], _granted(case))
    signed = sign_document(decision, signer=case.metadata["receive_department"])
    case.put(4, signed.replace(rb"\000B", rb"\000A", 1))  # the class of risk: one byte of the page's text


@plant("GD-1-1", "signature-broken", "sealed-ofd-altered", "用印后被改动的 OFD", "An OFD changed after it was sealed")
def _(case: Case) -> None:
    members = _sealed(case)
    members[PAGE] = members[PAGE].replace("风险等级：B".encode(), "风险等级：A".encode(), 1)
    _put_licence(case, members)


@plant("GD-1-1", "signature-broken", "seal-altered", "印章被改过的 OFD", "An OFD under a seal that was altered")
def _(case: Case) -> None:
    members = _sealed(case)
    body = case.metadata["receive_department"]
    seal = bytearray(make_seal(body=body, picture=make_picture(case.number, "PNG")))
    seal[seal.index(b"IEND") - 9] ^= 1  # one bit of the picture, for which the maker of the seal answers
    members[SIGNED_VALUE] = sign_with_seal(bytes(seal), members[SIGNATURE], body=body)
    _put_licence(case, members)


def _granted(case: Case) -> list[str]:
    told = case.metadata
    facts = [f"申请人：{told['apply_name']}", f"办件编号：{told['project_id']}", "风险等级：B级"]
    return [*facts, f"许可证编号：{told['result_code']}", "准予许可。", "2025年3月10日"]


def _sealed(case: Case) -> dict[str, bytes]:
    """The members of a sealed licence."""
    title, body = case.metadata["project_name"], case.metadata["receive_department"]
    return seal_licence(title, _granted(case), body=body, number=case.number)


def _put_licence(case: Case, members: dict[str, bytes]) -> None:
    """The licence as an OFD instead of the PDF."""
    name = case.materials[4].name
    case.remove(4)
    case.add("结果文件", "C1", name, f"{name}.ofd", pack_licence(members), "OFD")
    case.metadata["total_number"] = str(len(case.materials))
