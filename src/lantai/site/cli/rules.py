"""The rules of the archive at the command line: export the rule pack, load reference data, publish."""

from __future__ import annotations

import json
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from django.utils import timezone
from rich.console import Console

from lantai.administration.queries import NoSuchRulePack, list_rule_packs, rule_pack, rule_pack_labelled
from lantai.administration.services import ReferenceRefused, load_reference_data, publish_rule_pack
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.checks import write_rule_pack

app = typer.Typer(help="规则包与参考数据 / rule packs and reference data", no_args_is_help=True)
_console = Console(stderr=True)


def _refuse(reason: str) -> NoReturn:
    _console.print(reason, style="red", markup=False)
    raise typer.Exit(1)


@app.command("export")
def export_rules(
    file: Annotated[Path, typer.Argument(help="写入的文件，- 为标准输出 / file to write, - for standard output")],
    label: Annotated[
        str, typer.Option(help="规则包名称与版本 / label of a published pack; now in force if empty")
    ] = "",
) -> None:
    """导出规则包，供 lantai check --rules 使用 / export the rule pack for `lantai check --rules`."""
    try:
        pack = rule_pack_labelled(label=label) if label else rule_pack()
    except NoSuchRulePack:
        _refuse(f"没有名为 {label} 的规则包 / no rule pack is called {label}")
    data = write_rule_pack(pack)
    if str(file) == "-":
        sys.stdout.buffer.write(data)
    else:
        file.write_bytes(data)
        _console.print(f"{pack.label} → {file}", markup=False)


@app.command("load")
def load_rules(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="TOML 或 JSON / TOML or JSON")],
) -> None:
    """载入机构、全宗、事项、规则和协议，可重复执行 / load bodies, fonds, items, rules, agreements; safe to repeat.

    Ends with 1, and nothing loaded, when the data are refused.
    """
    text = file.read_text(encoding="utf-8")
    try:
        data = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
        loaded = load_reference_data(data=data, by=CONSOLE, now=timezone.now())
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as fault:
        _refuse(f"{file}: {fault}")
    except ReferenceRefused as refused:
        _refuse(str(refused))
    for kind, count in loaded.counts.items():
        _console.print(f"{kind}: {count}", markup=False)
    if loaded.rule_pack:
        _console.print(loaded.rule_pack, markup=False)


@app.command("publish")
def publish_rules(
    day: Annotated[str, typer.Option("--from", help="生效日期 YYYY-MM-DD / first day; today if empty")] = "",
    note: Annotated[str, typer.Option(help="说明 / note")] = "",
) -> None:
    """把现行规则冻结为新规则包 / freeze the present rules into a new rule pack."""
    try:
        begins = date.fromisoformat(day) if day else timezone.localdate()
        row = publish_rule_pack(effective_from=begins, by=CONSOLE, now=timezone.now(), note=note)
    except ValueError as fault:
        _refuse(str(fault))
    _console.print(f"{row.label} {row.effective_from} sha256:{row.digest}", markup=False)


@app.command("list")
def list_rules() -> None:
    """列出已发布的规则包 / list the published rule packs."""
    for row in list_rule_packs():
        _console.print(f"{row.effective_from} {row.label} sha256:{row.digest} {row.note}", markup=False)
