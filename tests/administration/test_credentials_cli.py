"""Keys of departments' systems at the command line."""

from __future__ import annotations

import re

import pytest
from tests.ingest.county import BODY, found_county
from typer.testing import CliRunner

from lantai.administration.queries import credential_of
from lantai.administration.services.credentials import forget_credentials
from lantai.site.cli.credentials import app

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def run(*words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, list(words))
    return answer.exit_code, answer.output


def test_a_key_is_issued_listed_and_revoked() -> None:
    found_county()
    code, told = run("issue", BODY, "审批系统", "--calls", "60")
    assert code == 0
    secret = re.search(r"lt_\S+", told)
    assert secret is not None
    held = credential_of(secret=secret[0])
    assert held is not None
    assert (held.organisation_code, held.name, held.calls_per_minute) == (BODY, "审批系统", 60)
    listed = run("list")[1]
    assert held.prefix in listed
    assert secret[0] not in listed
    assert run("revoke", held.prefix, "--reason", "系统下线")[0] == 0
    forget_credentials()
    assert credential_of(secret=secret[0]) is None
    assert "已撤销" in run("list")[1]


def test_an_unknown_body_or_key_is_refused() -> None:
    found_county()
    assert run("issue", "NOBODY", "x")[0] == 1
    assert run("revoke", "abcdefghij", "--reason", "x")[0] == 1
