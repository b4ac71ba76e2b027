"""Verify what is kept: the whole archive, or a stranger's storage root, object, bag, EEP or proof bundle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import django
import typer

from lantai.archival.checks import ParserError, Sandbox
from lantai.archival.formats import SignatureFact
from lantai.archival.sealing import Trust
from lantai.archival.sealing.telling import signature_data
from lantai.archival.verification import Found, Language, Verified, verify_path
from lantai.archival.verification.strangers import looks_like_eep
from lantai.site.cli.seals import trusted_certificates
from lantai.site.cli.verify_shown import FOUND, SOUND, UNREADABLE, finding_lines, plain, progress_shown

SCRIPT = "verify_proof.py"
_FORMAT = '"lantai-proof/'
_KINDS = {
    "ocfl-root": ("OCFL 存储根", "OCFL storage root"),
    "ocfl-object": ("OCFL 对象", "OCFL object"),
    "bag": ("BagIt 信息包", "BagIt bag"),
    "eep": ("电子文件封装包", "EEP"),
    "proof": ("存证证明", "proof bundle"),
    "unknown": ("未知", "unknown"),
}
_SIGNATURES = {
    "valid": ("有效", "valid"),
    "untrusted": ("有效，但签发者不受信任", "valid, but not trusted"),
    "invalid": ("无效", "invalid"),
    "unjudged": ("不能判定", "cannot be judged"),
}
_JUDGING = "lantai.archival.verification.strangers"
_SECONDS, _MEMORY = 3600.0, 1 << 30
_VERDICTS = {"valid": ("通过", "valid"), "invalid": ("不通过", "invalid"), "unreadable": ("无法核验", "unreadable")}


def verify(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="OCFL 存储根或对象、BagIt 包、EEP、证明 storage root, object, bag, EEP, proof; "
            "ledger: 只核验账本 the ledger; "
            "不给则核验本馆 none: the archive"
        ),
    ] = None,
    trust: Annotated[
        list[Path] | None, typer.Option(help="EEP 签名信任的证书 certificates trusted for signatures of an EEP")
    ] = None,
    vkey: Annotated[str, typer.Option(help="证明的公钥 the ledger's public key, from where it is published")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="每个对象一行 JSON one JSON line an input")] = False,
    again: Annotated[bool, typer.Option("--again", help="账本从头核验 the ledger from its first entry")] = False,
    language: Annotated[str, typer.Option(help="zh, en")] = "zh",
) -> None:
    """核验 Verify the whole archive, or what lies at PATHS, whoever made it.

    退出码 Exit code: 0 全部通过 all is sound; 1 发现问题 something is not; 2 无法核验 something cannot be judged.
    """
    if language not in ("zh", "en"):
        raise typer.BadParameter("zh, en", param_hint="--language")
    tongue: Language = "en" if language == "en" else "zh"
    if not paths:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
        django.setup()
        from lantai.site.cli.verify_archive import verify_whole_archive

        raise typer.Exit(verify_whole_archive(as_json=as_json, language=tongue))
    if paths == [Path("ledger")] and not Path("ledger").exists():
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
        django.setup()
        from lantai.site.cli.verify_ledger import verify_ledger_alone

        raise typer.Exit(verify_ledger_alone(as_json=as_json, language=tongue, again=again))
    verdicts = set()
    anchors = Trust(tuple(trusted_certificates(trust or [])), datetime.now(UTC))
    for path in paths:
        judged, lines = _proof(path, vkey) if _is_proof(path) else (_judged(path, anchors), [])
        verdicts.add(judged.verdict)
        typer.echo(_line(path, judged, lines) if as_json else _page(path, judged, lines, tongue))
    raise typer.Exit(FOUND if "invalid" in verdicts else UNREADABLE if "unreadable" in verdicts else SOUND)


def _judged(path: Path, trust: Trust) -> Verified:
    try:
        if looks_like_eep(path):
            return _encapsulated(path, trust)
    except OSError as error:
        told = {"detail": error.strerror or type(error).__name__}
        return Verified("unknown", (Found("input.unreadable", str(path), told),), readable=False)
    with progress_shown() as shown:
        line = shown.add_task(plain(path.name))
        return verify_path(path, progress=lambda objects: shown.update(line, completed=objects))


def _encapsulated(path: Path, trust: Trust) -> Verified:
    """An EEP, read by a limited child as every stranger's document."""
    with Sandbox(workers=1, seconds=_SECONDS, memory_bytes=_MEMORY, modules=(_JUDGING,)) as box:
        try:
            judged: Verified = box.call(f"{_JUDGING}:verify_eep", path, trust, kind=Verified)
            return judged
        except ParserError as error:
            told = {"detail": f"{error.code} {error.detail}".strip()}
            return Verified("eep", (Found("input.unreadable", path.name, told),), readable=False)


def _is_proof(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    return head.lstrip()[:1] == b"{" and (path.suffix == ".json" or _FORMAT.encode() in head)


def _proof(path: Path, vkey: str) -> tuple[Verified, list[str]]:
    """What the same stand-alone script says that goes to strangers, and its lines."""
    command = [sys.executable, "-I", str(_script()), str(path), *(["--vkey", vkey] if vkey else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    judged = Verified("proof", readable=done.returncode != UNREADABLE)
    if done.returncode == SOUND:
        return judged, lines
    reason = next((each for each in lines if each.startswith(("[FAIL]", "[ ?? ]"))), "[ ?? ]  | ")
    chinese, _, english = reason[len("[FAIL]") :].strip().partition(" | ")
    code = "proof.not-proven" if done.returncode == FOUND else "proof.unreadable"
    return replace(judged, findings=(Found(code, path.name, {"detail": chinese, "detail_en": english}),)), lines


def _script() -> Path:
    """The script: beside this package in a wheel, under tools/ in a checkout."""
    packed = Path(__file__).resolve().parents[1] / SCRIPT
    return packed if packed.exists() else Path(__file__).resolve().parents[4] / "tools" / SCRIPT


def _line(path: Path, judged: Verified, lines: list[str]) -> str:
    answer = {"input": str(path), "kind": judged.kind, "verdict": judged.verdict}
    counted = {"objects": judged.objects} if judged.objects else {}
    told: dict[str, object] = {"lines": lines} if lines else {}
    if judged.kind == "eep":
        told["signatures"] = [signature_data(each) for each in judged.signatures]
    return (
        json.dumps(
            answer | counted | {"findings": [each.as_data() for each in judged.findings]} | told, ensure_ascii=False
        )
        .encode("utf-8", "backslashreplace")
        .decode()
    )


def _page(path: Path, judged: Verified, lines: list[str], language: Language) -> str:
    at = 1 if language == "en" else 0
    head = f"{_VERDICTS[judged.verdict][at]}  {plain(str(path))}  {_KINDS[judged.kind][at]}"
    if judged.kind == "ocfl-root":
        head += f"  {judged.objects:,} {('个对象', 'objects')[at]}"
    signed = [f"  {'✓' if each.verdict == 'valid' else '·'} {_signed(each, at)}" for each in judged.signatures]
    return "\n".join([*lines, head, *signed, *(finding_lines(each, language) for each in judged.findings)])


def _signed(signature: SignatureFact, at: int) -> str:
    """One signature on the screen: what it is, by whom, when, and the verdict."""
    kind = ("锁定签名", "locking signature") if signature.kind == "eep-lock" else ("电子签名", "signature")
    parts = (kind[at], signature.place, signature.signer, signature.signed_at, _SIGNATURES[signature.verdict][at])
    return plain("  ".join(each for each in parts if each))
