"""Judge the signatures and seals inside files, on any machine (验签验章)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from lantai.archival.checks import ParserError, Sandbox
from lantai.archival.formats import sentence
from lantai.archival.render import IMAGES
from lantai.archival.sealing import CertificateRefused, Trust, TrustedCertificate, read_certificates

FINE, INVALID, UNJUDGED = 0, 1, 3
_LOOKING = "lantai.archival.sealing.looking"
_SEEING = "lantai.archival.imaging.seals.looking"
_ON_PAGES = IMAGES | {"pdf"}
_AT_ONCE = 64
_WORST = ("invalid", "unjudged", "untrusted", "valid")
_WORDS = {
    "valid": ("有效", "valid", "bold green"),
    "untrusted": ("有效，但签发者不受信任", "valid, but not trusted", "bold yellow"),
    "invalid": ("无效", "invalid", "bold red"),
    "unjudged": ("不能判定", "cannot be judged", "bold yellow"),
    "unsigned": ("没有签名", "not signed", "dim"),
}
_SHAPES = {
    "round": ("圆章", "round seal"),
    "oval": ("椭圆章", "oval seal"),
    "square": ("方章", "square seal"),
    "rectangle": ("条形章", "rectangular seal"),
    "other": ("印章", "seal"),
}
_COLOURS = {"red": ("红色", "red"), "blue": ("蓝色", "blue"), "black": ("黑色", "black")}
_OUT_OF_BOUNDS = {
    "parser.timeout": ("解析超过时间限制", "reading it took longer than is allowed"),
    "parser.memory": ("解析超过内存限制", "reading it took more memory than is allowed"),
    "parser.crashed": ("解析程序因这个文件中止", "the file ended the program that read it"),
}


def seals(
    files: Annotated[list[Path], typer.Argument(help="文件，或放有文件的文件夹 files, or folders of them")],
    trust: Annotated[
        list[Path] | None, typer.Option(help="信任的证书文件或文件夹 trusted certificates (DER, PEM, P7B)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="每个文件一行 JSON one JSON line a file")] = False,
    language: Annotated[str, typer.Option(help="zh, en")] = "zh",
    seconds: Annotated[float, typer.Option(help="每个文件的秒数上限 seconds one file may take")] = 60.0,
    memory: Annotated[int, typer.Option(help="解析进程的内存上限 MiB of one parser")] = 1536,
) -> None:
    """判定文件内的电子签名、印章和时间戳，找出并识读扫描页上的印章 Judge the signatures, seals and time stamps inside
    PDF and OFD files; find and read the seals on pictures and scanned pages.

    退出码 Exit code: 0 没有无效的 none is invalid; 1 有无效的 one is invalid; 3 有不能判定的 one cannot be judged; 2
    用法有误 wrong usage.
    """
    if language not in ("zh", "en"):
        raise typer.BadParameter("zh, en", param_hint="--language")
    for path in files:
        if not path.is_file() and not path.is_dir():
            raise typer.BadParameter(f"{_plain(str(path))}: 不是文件或文件夹 is no file or folder", param_hint="FILES")
    anchors = Trust(tuple(trusted_certificates(trust or [])), datetime.now(UTC))
    counts: Counter[str] = Counter()
    console = Console()
    with Sandbox(workers=2, seconds=seconds, memory_bytes=memory << 20, modules=(_LOOKING, _SEEING)) as box:
        for answer in _answers(box, list(_files(files)), anchors):
            counts[answer["verdict"]] += 1
            if as_json:
                typer.echo(json.dumps(answer, ensure_ascii=False))
            else:
                console.print(_said(answer, 0 if language == "zh" else 1))
    raise typer.Exit(INVALID if counts["invalid"] else UNJUDGED if counts["unjudged"] else FINE)


def trusted_certificates(paths: list[Path]) -> Iterator[TrustedCertificate]:
    """The certificates of the files given; self-signed or not, whoever names them trusts them."""
    for path in _files(paths):
        try:
            yield from (TrustedCertificate(each) for each in read_certificates(path.read_bytes()))
        except CertificateRefused as refused:
            why = f"{sentence(refused.key, 'zh')} {sentence(refused.key, 'en')}"
            raise typer.BadParameter(f"{_plain(str(path))}: {why}", param_hint="--trust") from None
        except OSError as fault:
            raise typer.BadParameter(_plain(str(fault)), param_hint="--trust") from None


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.is_file())
        else:
            yield path


def _answers(box: Sandbox, paths: list[Path], trust: Trust) -> Iterator[dict[str, Any]]:
    for start in range(0, len(paths), _AT_ONCE):
        chosen = paths[start : start + _AT_ONCE]
        calls: list[tuple[str, tuple[Any, ...]]] = [(f"{_LOOKING}:judge_file", (each, trust)) for each in chosen]
        answers = [
            (path, _answer(path, outcome.value, outcome.error))
            for path, outcome in zip(chosen, box.call_many(calls), strict=True)
        ]
        shown = [(f"{_SEEING}:see_seals", (path,)) for path, answer in answers if answer["format"] in _ON_PAGES]
        pages = iter(list(box.call_many(shown)))
        for _path, answer in answers:
            if answer["format"] in _ON_PAGES:
                outcome = next(pages)
                answer |= _on_pages(outcome.value, outcome.error)
            yield answer


def _on_pages(found: dict[str, Any] | None, error: ParserError | OSError | None) -> dict[str, Any]:
    """The seals on the pages, and why they could not be looked at."""
    if found is None:
        zh, en = _out_of_bounds(error)
        return {"page_seals": [], "pages_seen": 0, "page_fault": zh, "page_fault_en": en}
    return found | {"page_fault": found["page_fault"] or None, "page_fault_en": found["page_fault_en"] or None}


def _out_of_bounds(error: ParserError | OSError | None) -> tuple[str, str]:
    """Why a child could not look at a file, Chinese and English."""
    if not isinstance(error, ParserError):
        return str(error), str(error)
    zh, en = (f"{each} {error.detail}".strip() for each in _OUT_OF_BOUNDS[error.code])
    return zh, en


def _answer(path: Path, found: dict[str, Any] | None, error: ParserError | OSError | None) -> dict[str, Any]:
    """One line: the file, the worst verdict of its signatures, each of them, and why it could not be looked at."""
    told: dict[str, Any] = {"file": _plain(str(path)), "format": None, "verdict": "unjudged", "signatures": []}
    if found is None:
        zh, en = _out_of_bounds(error)
        return told | {"fault": zh, "fault_en": en}
    verdicts = {each["verdict"] for each in found["signatures"]}
    unsigned = "unjudged" if found["fault_zh"] else "unsigned"
    return told | {
        "format": found["format"] or None,
        "verdict": next((each for each in _WORST if each in verdicts), unsigned),
        "signatures": found["signatures"],
        "fault": found["fault_zh"] or None,
        "fault_en": found["fault_en"] or None,
    }


def _said(answer: dict[str, Any], at: int) -> Text:
    """One file on the screen: the verdict, then each signature with why."""
    tongue = ("zh", "en")[at]
    words = _WORDS[answer["verdict"]]
    text = Text.assemble((f"{words[at]}  ", words[2]), (answer["file"], "bold"))
    fault = answer["fault" if at == 0 else "fault_en"]
    if fault:
        text.append(f"\n  {_plain(fault)}")
    for each in answer["signatures"]:
        words = _WORDS[each["verdict"]]
        who = " · ".join(part for part in (each["signer"], each["seal"], each["signed_at"], each["algorithm"]) if part)
        text.append(f"\n  {words[at]}  ", words[2])
        text.append(_plain(who or each["place"]))
        if each[f"reason_{tongue}"]:
            text.append(f"\n    {_plain(each[f'reason_{tongue}'])}", "dim")
    for each in answer.get("page_seals", ()):
        where = f"第{each['page']}页" if at == 0 else f"page {each['page']}"
        kind = f"{_COLOURS[each['colour']][at]}{'' if at == 0 else ' '}{_SHAPES[each['shape']][at]}"
        told = " ".join(part for part in (each["name"], each["middle"]) if part)
        text.append(f"\n  {where}  {kind}  {_plain(told) or ('未识读', 'not read')[at]}")
    if answer.get("page_fault"):
        text.append(f"\n  {_plain(answer['page_fault' if at == 0 else 'page_fault_en'])}", "dim")
    return text


def _plain(name: str) -> str:
    """Text as it can be written to a terminal: no control characters, no halves of characters."""
    whole = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(each if each.isprintable() else "\ufffd" for each in whole)
