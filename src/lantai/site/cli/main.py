"""The ``lantai`` command. What judges files alone needs no archive; everything else loads the rooms first."""

from __future__ import annotations

import os
import sys

import django
import typer

HELP = "兰台：政务数字档案　Lantai, the open digital archive for government"
ALONE = ("check", "drill", "read", "restore", "seals", "verify", "witness")


def main() -> None:
    """Run the command named on the command line."""
    app = typer.Typer(
        name="lantai", help=HELP, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
    )
    if len(sys.argv) > 1 and sys.argv[1] in ALONE:
        from lantai.site.cli.alone import add_commands

        add_commands(app)
    else:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
        django.setup()
        from lantai.site.cli.archive import add_commands as add_all

        app.callback()(_several)
        add_all(app, asked=sys.argv[1] if len(sys.argv) > 1 else "")
    app()


def _several() -> None:  # with one command loaded typer would take its name for an argument
    return
