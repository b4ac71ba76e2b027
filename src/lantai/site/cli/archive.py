"""All commands, those of the archive itself and those that need none."""

from __future__ import annotations

import typer

from lantai.site.cli import alone
from lantai.site.cli.backup import app as backup
from lantai.site.cli.credentials import app as credentials
from lantai.site.cli.demo import demo
from lantai.site.cli.formats import app as formats
from lantai.site.cli.importing import import_catalogue_file
from lantai.site.cli.intake import ingest, watch
from lantai.site.cli.keys import app as keys
from lantai.site.cli.ledger import app as ledger
from lantai.site.cli.moving import export, import_archive
from lantai.site.cli.people import app as people
from lantai.site.cli.proof import proof
from lantai.site.cli.rebuild import compare, keep, rebuild
from lantai.site.cli.rules import app as rules
from lantai.site.cli.search import reindex, search
from lantai.site.cli.serve import follow, prepare, run, serve, work
from lantai.site.cli.status import status
from lantai.site.cli.storage import app as storage


def add_commands(app: typer.Typer) -> None:
    """Put them on *app*."""
    for command in (
        run,
        prepare,
        serve,
        work,
        follow,
        ingest,
        watch,
        demo,
        proof,
        search,
        reindex,
        status,
        keep,
        rebuild,
        compare,
        export,
    ):
        app.command()(command)
    app.command(name="import")(import_catalogue_file)
    app.command(name="import-archive")(import_archive)
    alone.add_commands(app)
    app.add_typer(people, name="people")
    app.add_typer(rules, name="rules")
    app.add_typer(credentials, name="credentials")
    app.add_typer(keys, name="keys")
    app.add_typer(ledger, name="ledger")
    app.add_typer(storage, name="storage")
    app.add_typer(formats, name="formats")
    app.add_typer(backup, name="backup")
