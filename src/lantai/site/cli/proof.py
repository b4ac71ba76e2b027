"""Write the proof of a record: what anybody can check with one small script and nothing of Lantai."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lantai.catalog.queries import NoSuchRecord
from lantai.ledger.queries import NotYetSequenced
from lantai.site.proofs import proof_of

console = Console()


def proof(
    code: Annotated[str, typer.Argument(help="档号或电子文件号 archive code or record code")],
    target: Annotated[Path | None, typer.Option("--to", help="file to write; standard output if none")] = None,
) -> None:
    """写出一件档案的存证 Write the proof bundle of a record."""
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
