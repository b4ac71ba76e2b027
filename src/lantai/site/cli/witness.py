"""The witness at the command line: run it, say which ledgers it witnesses, see what it holds."""

from __future__ import annotations

import json
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lantai.archival import tlog
from lantai.site.witness.serving import WitnessServer
from lantai.site.witness.state import WitnessState

app = typer.Typer(
    help="见证服务 A witness of other archives' ledgers: its own folder, keys and state, and no archive",
    no_args_is_help=True,
)
Folder = Annotated[Path, typer.Argument(help="见证服务的文件夹 the witness's folder, made at first use")]


@app.command()
def run(
    folder: Folder,
    name: Annotated[str, typer.Option(help="名称，首次启动时确定 its name, chosen once at first use")] = "",
    address: Annotated[str, typer.Option(help="host:port")] = "127.0.0.1:8700",
) -> None:
    """启动见证服务 Run the witness until Ctrl+C."""
    state = _opened(folder, name)
    host, _, port = address.rpartition(":")
    server = WitnessServer((host.strip("[]"), int(port)), state)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: threading.Thread(target=server.shutdown).start())
    typer.echo(f"见证服务 witness {state.name}　http://{host}:{server.server_address[1]}/")
    for signer in state.signers:
        typer.echo(signer.verifier().vkey())
    sys.stdout.flush()
    with server:
        server.serve_forever(poll_interval=0.2)
    state.close()


@app.command()
def trust(folder: Folder, vkey: Annotated[str, typer.Argument(help="账本的公钥 the ledger's public key")]) -> None:
    """见证一个账本 Witness the ledger of this key from now on."""
    try:
        verifier = _opened(folder).trust(vkey)
    except tlog.NoteError as error:
        raise typer.BadParameter(str(error), param_hint="VKEY") from None
    typer.echo(f"已加入 now witnessed: {verifier.name}")


@app.command()
def distrust(folder: Folder, origin: Annotated[str, typer.Argument(help="账本名称 the ledger's name")]) -> None:
    """不再见证 Witness this ledger no longer."""
    known = _opened(folder).distrust(origin)
    typer.echo(f"不再见证 no longer witnessed: {origin}" if known else f"没有这个账本 not witnessed: {origin}")
    raise typer.Exit(0 if known else 1)


@app.command()
def key(folder: Folder) -> None:
    """显示公钥 Show the witness's public keys."""
    for signer in _opened(folder).signers:
        typer.echo(signer.verifier().vkey())


@app.command()
def show(folder: Folder, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """显示见证情况 Show what it holds of every ledger, and evidence; ends with 1 where a ledger contradicts itself."""
    state = _opened(folder)
    held, evidence = state.held(), state.evidence()
    if as_json:
        logs = [{"origin": each.origin, "size": each.size, "time": each.time} for each in held]
        told = [asdict(each) for each in evidence]
        typer.echo(json.dumps({"name": state.name, "logs": logs, "evidence": told}, ensure_ascii=False))
    else:
        for each in held:
            typer.echo(f"{each.origin}　{each.size:,}")
        for found in evidence:
            mark = "✗" if found.kind == "fork" else "!"
            typer.echo(f"\n{mark} {found.origin}: {found.reason}")
            typer.echo(f"--- 见证过的 cosigned\n{found.held}--- 后来出示的 shown\n{found.shown}")
    raise typer.Exit(1 if any(each.kind == "fork" for each in evidence) else 0)


def _opened(folder: Path, name: str = "") -> WitnessState:
    try:
        return WitnessState(folder, name=name)
    except (tlog.NoteError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
