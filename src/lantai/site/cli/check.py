"""Examine packages on any machine, by an exported rule pack, as the server would (四性检测)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from lantai.archival.checks import (
    Examination,
    Finding,
    Holdings,
    ParserError,
    ReadRequest,
    RulePack,
    RulePackError,
    Sandbox,
    advice,
    default_pack,
    definitions,
    examine,
    load_rule_pack,
    message,
    report,
)
from lantai.archival.checks.messages import Language
from lantai.archival.checks.register import NATURES
from lantai.archival.packages import HandoverLine, Package, load_profile, profiles
from lantai.archival.verification.strangers import looks_like_eep

ACCEPTED, REJECTED, USAGE, MANUAL = 0, 1, 2, 3
_ENDINGS = (".zip", ".tar", ".eep")
_LIST_NAMES = ("移交清单", "transfer_info", "handover")
_LIST_ENDINGS = (".xml", ".csv")
_BATCH = 64
_READ_LIST = "lantai.archival.checks.reading:read_list"
_RECOGNISE = "lantai.archival.checks.reading:recognise_profile"
_FIRST_KIND = "fuzhou"
_DECISIONS = {
    "accepted": ("通过", "accepted", "bold green"),
    "rejected": ("退回", "rejected", "bold red"),
    "manual": ("待人工审核", "for a person", "bold yellow"),
}
_VERDICTS = {
    "fail": ("不符合", "fail", "red"),
    "warning": ("提示", "warning", "yellow"),
    "manual": ("人工", "manual", "cyan"),
    "not-applicable": ("未检测", "not looked at", "dim"),
    "pass": ("符合", "pass", "green"),
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """The packages of one folder, or one package, with the lines of the hand-over list that lies beside them."""

    packages: tuple[Path, ...]
    lines: tuple[HandoverLine, ...]
    beside: int
    bytes_beside: int


def check(
    paths: Annotated[list[Path], typer.Argument(help="信息包，或放有信息包的文件夹 packages, or folders of them")],
    rules: Annotated[Path | None, typer.Option(help="导出的规则包 exported rule pack (JSON)")] = None,
    profile: Annotated[str, typer.Option(help="信息包类型 kind of package: fuzhou, generic, wenshu, eep")] = "",
    handover: Annotated[Path | None, typer.Option(help="移交清单 hand-over list, where it lies elsewhere")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="每个信息包一行 JSON one JSON line a package")] = False,
    language: Annotated[str, typer.Option(help="zh, en")] = "zh",
    every: Annotated[bool, typer.Option("--all", help="也列出符合的项 list what passed, too")] = False,
    seconds: Annotated[float, typer.Option(help="每个信息包的秒数上限 seconds one package may take")] = 60.0,
    memory: Annotated[int, typer.Option(help="解析进程的内存上限 MiB of one parser")] = 1536,
) -> None:
    """按规则包检测信息包 Examine packages by a rule pack, as the server would.

    退出码 Exit code: 0 全部通过 all accepted; 1 有退回 one was rejected; 3 有待人工审核 one needs a person, none was
    rejected; 2 用法有误 wrong usage.
    """
    pack = _pack(rules)
    if language not in ("zh", "en"):
        raise typer.BadParameter("zh, en", param_hint="--language")
    if profile and profile not in profiles():
        raise typer.BadParameter(", ".join(profiles()), param_hint="--profile")
    for path in paths:
        if not path.is_file() and not path.is_dir():
            raise typer.BadParameter(f"{_plain(str(path))}: 不是文件或文件夹 is no file or folder", param_hint="PATHS")
    tongue: Language = "en" if language == "en" else "zh"
    console = Console()
    decisions: Counter[str] = Counter()
    unknown: dict[str, None] = {}
    with Sandbox(workers=2, seconds=seconds, memory_bytes=memory << 20) as box:
        for path in paths:
            for delivery in _deliveries(path, box, handover):
                for where, package, examination in _examined(delivery, box, pack, profile):
                    decisions[examination.decision] += 1
                    if as_json:
                        typer.echo(_line({"path": str(where), **report(examination, package)}))
                        continue
                    console.print(_page(where, examination, tongue, every=every))
                    unknown |= dict.fromkeys(_not_known(examination, tongue))
    if not as_json:
        console.print(_summary(decisions, list(unknown), pack, tongue))
    raise typer.Exit(REJECTED if decisions["rejected"] else MANUAL if decisions["manual"] else ACCEPTED)


def _pack(path: Path | None) -> RulePack:
    if path is None:
        return default_pack()
    try:
        return load_rule_pack(path)
    except RulePackError as fault:
        raise typer.BadParameter("\n".join(fault.errors), param_hint="--rules") from fault
    except OSError as fault:
        raise typer.BadParameter(str(fault), param_hint="--rules") from fault


def _deliveries(path: Path, box: Sandbox, handover: Path | None) -> Iterator[Delivery]:
    """What there is to examine at *path*: itself when it is a file or a folder that is a package, else what lies in it,
    folder by folder. A folder is a package when it holds a profile's base information, or is a bag."""
    if not path.is_dir() or _is_package_folder(path):
        beside = _packages_in(path.resolve().parent)
        yield _delivery((path,), beside, handover or _list_in(path.resolve().parent), box)
        return
    try:
        here = _packages_in(path)
        folders = sorted(each for each in path.iterdir() if each.is_dir() and not each.is_symlink())
    except OSError as fault:
        typer.echo(f"{_plain(str(fault))}", err=True)
        return
    if here:
        yield _delivery(here, here, handover or _list_in(path), box)
    for folder in folders:
        if not _is_package_folder(folder) and not folder.name.startswith("."):
            yield from _deliveries(folder, box, handover)


def _delivery(chosen: tuple[Path, ...], beside: tuple[Path, ...], listed: Path | None, box: Sandbox) -> Delivery:
    lines: tuple[HandoverLine, ...] = ()
    if listed is not None:
        try:
            lines, fault = box.call(_READ_LIST, listed, kind=tuple[tuple[HandoverLine, ...], str])
        except (ParserError, OSError) as reason:
            fault = str(reason)
        if fault:
            typer.echo(
                f"{_plain(str(listed))}: 移交清单无法读取 the hand-over list cannot be read: {_plain(fault)}", err=True
            )
    return Delivery(chosen, lines, len(beside), sum(_size(each) for each in beside))


def _examined(
    delivery: Delivery, box: Sandbox, pack: RulePack, profile: str
) -> Iterator[tuple[Path, Package, Examination]]:
    """Read and examine a delivery's packages, a few at a time; each knows the codes of those before it."""
    lines = {each.name: each for each in delivery.lines}
    seen: set[str] = set()
    for start in range(0, len(delivery.packages), _BATCH):
        chosen = delivery.packages[start : start + _BATCH]
        codes = [profile] * len(chosen) if profile else _recognised(chosen, box)
        requests = [
            ReadRequest(each, code, lines.get(_stem(each)), _stem(each), want_text=True)
            for each, code in zip(chosen, codes, strict=True)
        ]
        for where, code, package in zip(chosen, codes, box.read_many(requests), strict=True):
            kind = load_profile(code)
            holdings = _holdings(delivery, package, code, frozenset(seen))
            seen.add(package.metadata.get(kind.package_name_element, "").strip())
            yield where, package, examine(package, profile=kind, pack=pack, holdings=holdings)


def _recognised(chosen: Sequence[Path], box: Sandbox) -> list[str]:
    """The kind of each package by its base information; the first kind where none fits, so that it is judged by one."""
    calls: list[tuple[str, tuple[Any, ...]]] = [(_RECOGNISE, (each,)) for each in chosen]
    return [each.value or _FIRST_KIND for each in box.call_many(calls)]


def _holdings(delivery: Delivery, package: Package, profile: str, seen: frozenset[str]) -> Holdings:
    """What a lone machine knows: the day, the totals of the hand-over list, and the packages before this one."""
    today = date.today().isoformat()  # noqa: DTZ011 - the day on this machine's wall
    if not delivery.lines:
        return Holdings(today=today, record_codes=seen)
    head = delivery.lines[0].values
    return Holdings(
        known=frozenset({"batch"}),
        today=today,
        record_codes=seen,
        batch_count=_number(head.get("send_number", "")),
        batch_count_found=delivery.beside,
        batch_bytes=_number(head.get("send_size", "")),
        batch_bytes_found=delivery.bytes_beside,
        batch_serials=_serials(delivery.lines, package.name, profile),
    )


def _serials(lines: Sequence[HandoverLine], name: str, profile: str) -> tuple[str, ...]:
    """The running numbers of the list that belong to the same sequence as the package *name*."""
    grammar = load_profile(profile)
    own = grammar.parse_name(name)
    if not own or "serial" not in own:
        return ()
    found = []
    for line in lines:
        parts = grammar.parse_name(line.name)
        if parts and {**parts, "serial": ""} == {**own, "serial": ""}:
            found.append(parts["serial"])
    return tuple(found)


def _packages_in(folder: Path) -> tuple[Path, ...]:
    return tuple(
        sorted(
            each
            for each in folder.iterdir()
            if not each.name.startswith(".") and (_is_package_folder(each) if each.is_dir() else _is_package_file(each))
        )
    )


def _is_package_file(path: Path) -> bool:
    """Told by its name, but for XML: an EEP is looked for at its beginning."""
    if not path.is_file():
        return False
    return path.name.lower().endswith(_ENDINGS) or (path.suffix.lower() == ".xml" and looks_like_eep(path))


def _is_package_folder(path: Path) -> bool:
    if not path.is_dir():
        return False
    names = {name for each in profiles().values() for name in each.base.files} | {"bagit.txt"}
    return any((path / name).is_file() for name in names)


def _list_in(folder: Path) -> Path | None:
    return next(
        (
            each
            for each in sorted(folder.iterdir())
            if each.is_file() and each.name.lower().startswith(_LIST_NAMES) and each.suffix.lower() in _LIST_ENDINGS
        ),
        None,
    )


def _stem(path: Path) -> str:
    return path.stem if path.suffix.lower() in (*_ENDINGS, ".xml") else path.name


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    return path.stat().st_size


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() else None


def _page(where: Path, examination: Examination, language: Language, *, every: bool) -> Group:
    """One package on the screen: the decision, the problems first, and a count of each nature."""
    at = 0 if language == "zh" else 1
    words = _DECISIONS[examination.decision]
    head = Text.assemble((f"{words[at]}  ", words[2]), (_plain(where.name), "bold"))
    table = Table(expand=True, show_edge=False, pad_edge=False)
    table.add_column(("检测项", "Check")[at], overflow="fold")
    table.add_column(("结论", "Verdict")[at], no_wrap=True)
    table.add_column(("说明与处理", "What, and what to do")[at], ratio=1, overflow="fold")
    faults = examination.faults
    manual = [each for each in examination.findings if each.verdict == "manual"]
    rest = [each for each in examination.findings if every and each.verdict in ("pass", "not-applicable")]
    for finding in (*faults, *manual, *rest):
        table.add_row(*_row(finding, language))
    return Group(head, table, _natures(examination, language), Text())


def _row(finding: Finding, language: Language) -> tuple[Text, Text, Text]:
    at = 0 if language == "zh" else 1
    definition = definitions()[finding.code]
    word = _VERDICTS[finding.verdict]
    said = Text(_plain(message(finding, language)))
    todo = advice(finding, language)
    if todo:
        said.append(f"\n→ {_plain(todo)}", "dim")
    name = definition.name_zh if language == "zh" else definition.name_en
    return Text(f"{finding.code}\n{name}"), Text(word[at], word[2]), said


def _natures(examination: Examination, language: Language) -> Text:
    at = 0 if language == "zh" else 1
    parts = []
    for nature, names in NATURES.items():
        found = [each for each in examination.findings if definitions()[each.code].nature == nature]
        good = len({each.code for each in found if each.verdict == "pass"})
        total = len({each.code for each in found})
        parts.append(f"{names[at]} {good}/{total}")
    return Text(("符合：" if at == 0 else "passed: ") + "  ".join(parts), "dim")


def _not_known(examination: Examination, language: Language) -> Iterator[str]:
    """What could not be looked at on this machine, as sentences."""
    for each in examination.findings:
        if each.verdict == "not-applicable" and (each.reason.startswith("offline-") or each.reason == "not-scanned"):
            yield f"{each.code}  {_plain(message(each, language))}"


def _summary(decisions: Counter[str], unknown: list[str], pack: RulePack, language: Language) -> Group:
    at = 0 if language == "zh" else 1
    counts = "  ".join(f"{words[at]} {decisions[key]}" for key, words in _DECISIONS.items())
    lines = [Text(f"{('合计' if at == 0 else 'In all')}：{counts}   {pack.name}（{pack.label}）", "bold")]
    if not decisions:
        lines.append(Text("没有找到信息包" if at == 0 else "No package was found", "yellow"))
    if unknown:
        lines.append(Text("本机无法知道，须由档案系统检测：" if at == 0 else "Not to be known on this machine:"))
        lines.extend(Text(f"  {each}", "dim") for each in unknown)
    return Group(*lines)


def _line(data: dict[str, Any]) -> str:
    """One line of JSON in readable Chinese; halves of characters, as in names no encoding fits, stay escaped."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)


def _plain(text: str) -> str:
    """*text* without what could steer a terminal: a stranger named these files."""
    return "".join(each if each.isprintable() or each == "\n" else f"\\x{ord(each):02x}" for each in text)
