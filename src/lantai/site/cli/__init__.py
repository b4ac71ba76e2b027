"""The command line: one module a command."""

from __future__ import annotations

import os

import typer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
app = typer.Typer(
    name="lantai",
    help="兰台：政务数字档案 Lantai, the open digital archive for government",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
