"""Write the proof of a record: what anybody can check with one small script and nothing of Lantai."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from rich.console import Console

from lantai.archival.vault import VaultFault
from lantai.catalog.queries import NoSuchRecord
from lantai.ledger.queries import NotYetSequenced
from lantai.site.proofs import NothingSealed, digest_keys_of, proof_of

console = Console()


def proof(
    code: Annotated[str, typer.Argument(help="档号或电子文件号 archive code or record code")],
    target: Annotated[Path | None, typer.Option("--to", help="file to write; standard output if none")] = None,
    digest_key_to: Annotated[
        Path | None,
        typer.Option(help="加密档案的摘要密钥写到此文件，交给持有内容的人 file for the digest key of a sealed record"),
    ] = None,
) -> None:
    """写出一件档案的存证 Write the proof bundle of a record."""
    if digest_key_to is not None:
        _write_digest_keys(code, digest_key_to)
    try:
        bundle = json.dumps(proof_of(code=code), ensure_ascii=False, indent=2)
    except NoSuchRecord:
        console.print(f"[red]没有档号或电子文件号为 {code} 的档案[/red]")
        raise typer.Exit(1) from None
    except NotYetSequenced:
        console.print("[yellow]台账尚未编入这件档案，请稍候片刻再试[/yellow]")
        raise typer.Exit(2) from None
    if target is None:
        print(bundle)
    else:
        target.write_text(bundle + "\n", encoding="utf-8")
        console.print(f"已写入 {target}。离线验证：python3 tools/verify_proof.py {target}")


def _write_digest_keys(code: str, target: Path) -> None:
    try:
        keys = digest_keys_of(code=code, now=timezone.now())
    except NoSuchRecord:
        console.print(f"[red]没有档号或电子文件号为 {code} 的档案[/red]")
        raise typer.Exit(1) from None
    except NothingSealed:
        console.print("[red]这件档案没有加密，核对不需要摘要密钥 it is not sealed, no key is needed[/red]")
        raise typer.Exit(1) from None
    except VaultFault as fault:
        console.print(f"[red]{fault.code}: {fault}[/red]")
        raise typer.Exit(1) from None
    with target.open("x", encoding="utf-8") as file:
        target.chmod(0o600)
        json.dump(keys, file, ensure_ascii=False, indent=2)
    console.print(f"摘要密钥已写入 {target}，只能核对内容，不能打开内容 it confirms the content, and opens nothing")
