"""Checkpoints anchored in an EVM chain: sent once, found again, judged anew; and never needed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import typer
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from tests.ledger.chain_house import TestChain, chain_running
from tests.ledger.witness_house import entries_told, grow
from tests.make_people import make_person, signed_in
from typer.testing import CliRunner, Result

from lantai.administration.models import Person, Role
from lantai.archival import tlog
from lantai.ledger import queries, services
from lantai.ledger.chains import ChainFailed
from lantai.ledger.models import Anchor
from lantai.site.anchoring import queue_anchor
from lantai.site.cli.ledger import app as ledger_app
from lantai.site.cli.verify import verify
from lantai.work.models import Job, JobState
from lantai.work.services import run_jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
NOW = timedelta()


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[TestChain]:
    """A chain that holds money for our account, named in the settings; an anchor counts at once."""
    with (
        chain_running() as (running, address),
        override_settings(LANTAI_HOME=tmp_path, LANTAI_EVM=address, LANTAI_EVM_BLOCKS=0),
    ):
        running.fund(queries.anchoring_account())
        yield running


def run(*words: str) -> Result:
    return CliRunner().invoke(ledger_app, list(words))


def anchor_now() -> bool:
    due = queries.due_anchor(now=timezone.now(), every=NOW)
    assert due is not None
    return services.anchor_checkpoint(due=due, chain=queries.open_chain(), now=timezone.now())


def test_a_checkpoint_is_anchored_by_the_digest_of_its_first_three_lines(chain: TestChain) -> None:
    size = grow(5)
    told = json.loads(run("anchor", "--json").stdout)["anchored"]
    row = Anchor.objects.get()
    assert (told["size"], told["transaction"], told["block"]) == (size, row.transaction, row.block)
    note = queries.latest_checkpoint().note
    lines = "".join(note.splitlines(keepends=True)[:3])
    wanted = b"lantai\x01" + sha256(lines.encode()).digest()
    sent = chain.web3.eth.get_transaction(row.transaction)
    assert bytes(sent["input"]) == wanted == tlog.anchor_data(note) and told["data"] == "0x" + wanted.hex()
    assert sent["from"] == sent["to"] == row.sender == run("account").stdout.strip() and sent["value"] == 0
    entry = entries_told("ledger.anchored")[0]
    assert (entry["size"], entry["transaction"], entry["block"]) == (size, row.transaction, row.block)
    assert row.block_at.timestamp() == chain.web3.eth.get_block(row.block)["timestamp"]


def test_what_is_new_is_anchored_and_nothing_twice(chain: TestChain) -> None:
    grow(5)
    assert run("anchor").exit_code == 0
    services.sequence_entries()  # the anchor's own entry is no reason for another
    assert "没有新的检查点" in run("anchor").stdout
    grow(2)
    tomorrow = timezone.now() + timedelta(hours=25)
    assert queries.due_anchor(now=timezone.now(), every=timedelta(hours=24)) is None
    assert queries.due_anchor(now=tomorrow, every=timedelta(hours=24)) is not None
    assert run("anchor").exit_code == 0 and Anchor.objects.count() == 2
    assert chain.sent_by(queries.anchoring_account()) == 2


def test_a_transaction_is_waited_for_until_it_stands_deep_enough(chain: TestChain) -> None:
    size = grow(5)
    chain.tester.disable_auto_mine_transactions()
    waiting = run("anchor", "--wait", "0")
    assert waiting.exit_code == 3 and Anchor.objects.get().block is None and not entries_told("ledger.anchored")
    assert not anchor_now()
    with override_settings(LANTAI_EVM_BLOCKS=2):
        chain.tester.mine_blocks(2)
        assert not anchor_now()
        chain.tester.mine_block()
        assert anchor_now()
    assert Anchor.objects.get().block is not None and entries_told("ledger.anchored")[0]["size"] == size
    assert chain.sent_by(queries.anchoring_account()) == 1


def test_a_transaction_that_never_left_is_sent_again(chain: TestChain) -> None:
    grow(5)
    chain.refuse = lambda method: method == "eth_sendRawTransaction"
    with pytest.raises(ChainFailed, match="503"):
        anchor_now()
    assert Anchor.objects.get().block is None and not entries_told("ledger.anchored")
    chain.refuse = lambda _method: False
    assert anchor_now()
    assert Anchor.objects.count() == 1 == len(entries_told("ledger.anchored"))
    assert chain.sent_by(queries.anchoring_account()) == 1


def test_a_transaction_whose_answer_was_lost_is_found_and_not_sent_twice(chain: TestChain) -> None:
    grow(5)
    chain.lose = lambda method: method == "eth_sendRawTransaction"
    with pytest.raises(ChainFailed):
        anchor_now()
    chain.lose = lambda _method: False
    assert anchor_now()
    assert chain.sent_by(queries.anchoring_account()) == 1 == Anchor.objects.count()


def test_the_faster_of_two_workers_sends(chain: TestChain) -> None:
    grow(5)
    due = queries.due_anchor(now=timezone.now(), every=NOW)
    assert anchor_now()
    assert not services.anchor_checkpoint(due=due, chain=queries.open_chain(), now=timezone.now())
    assert Anchor.objects.count() == 1 == len(entries_told("ledger.anchored"))


@pytest.mark.parametrize(
    "method", ["eth_chainId", "eth_getBlockByNumber", "eth_getTransactionCount", "eth_estimateGas"]
)
def test_a_chain_that_does_not_answer_leaves_nothing(chain: TestChain, method: str) -> None:
    grow(3)
    chain.refuse = lambda asked: asked == method
    result = run("anchor")
    assert result.exit_code == 2 and "503" in result.stderr
    assert not Anchor.objects.exists() and not entries_told("ledger.anchored")


def test_an_account_without_money_is_told(tmp_path: Path) -> None:
    grow(3)
    with chain_running() as (_chain, address), override_settings(LANTAI_HOME=tmp_path, LANTAI_EVM=address):
        result = run("anchor")
    assert result.exit_code == 2 and "afford" in result.stderr and not entries_told("ledger.anchored")


@pytest.mark.parametrize("address", ["", "http://10.0.0.1:8545", "ftp://127.0.0.1", "https://user@chain.example"])
def test_only_addresses_that_may_be_called_are_called(address: str) -> None:
    grow(3)
    with override_settings(LANTAI_EVM=address):
        result = run("anchor")
    assert result.exit_code == 2 and "neither https" in result.stderr


def verified() -> tuple[int, dict[str, object]]:
    app = typer.Typer()
    app.command()(verify)
    result = CliRunner().invoke(app, ["ledger", "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_the_walk_looks_anchors_up_again(chain: TestChain) -> None:
    before = chain.tester.take_snapshot()
    size = grow(5)
    assert anchor_now()
    services.sequence_entries()
    code, told = verified()
    assert (code, told["verdict"], told["anchors"]) == (0, "valid", "1") and run("anchors").exit_code == 0
    other = chain.web3.eth.send_transaction({"from": chain.web3.eth.accounts[0], "to": chain.web3.eth.accounts[1]})
    Anchor.objects.update(transaction=other.to_0x_hex())
    code, told = verified()
    assert code == 1 and "another checkpoint" in told["findings"][0]["values"]["detail"]
    chain.tester.revert_to_snapshot(before)
    code, told = verified()
    assert code == 1 and told["findings"][0]["code"] == "ledger.anchor.wrong"
    assert "no block" in told["findings"][0]["values"]["detail"]
    judged = run("anchors", "--json")
    assert judged.exit_code == 1 and str(size) in json.loads(judged.stdout)["wrong"]


def test_a_chain_that_is_away_says_nothing_about_the_ledger(chain: TestChain) -> None:
    grow(5)
    assert anchor_now()
    services.sequence_entries()
    chain.refuse = lambda _method: True
    code, told = verified()
    assert (code, told["verdict"]) == (0, "valid") and "503" in told["anchors"]
    assert run("anchors").exit_code == 2


def test_the_steward_anchors_where_a_chain_is_named(chain: TestChain) -> None:
    grow(5)
    with override_settings(LANTAI_EVM=""):
        assert not queue_anchor(now=timezone.now())
    assert queue_anchor(now=timezone.now()) and not queue_anchor(now=timezone.now())
    run_jobs(until=lambda: False, drain=True)
    assert Anchor.objects.exclude(block=None).count() == 1 and not queue_anchor(now=timezone.now())
    grow(2)
    chain.refuse = lambda _method: True
    tomorrow = timezone.now() + timedelta(hours=25)
    with override_settings(LANTAI_EVM_HOURS=0):
        assert queue_anchor(now=timezone.now())
        run_jobs(until=lambda: False, drain=True)
    assert Job.objects.filter(state=JobState.FAILED).count() == 1
    assert not queue_anchor(now=timezone.now()) and queue_anchor(now=tomorrow)


def test_the_page_shows_anchors_only_where_there_are_any(chain: TestChain) -> None:
    grow(5)
    audit = signed_in(make_person(Role.AUDIT))
    with override_settings(LANTAI_EVM=""):
        assert "链上锚定" not in audit.get(reverse("witnesses")).content.decode()
    assert "还没有锚定" in audit.get(reverse("witnesses")).content.decode()
    assert anchor_now()
    row = Anchor.objects.get()
    shown = audit.get(reverse("witnesses")).content.decode()
    assert row.transaction in shown and f"区块 {row.block:,}" in shown
    assert "0x" + tlog.anchor_data(queries.latest_checkpoint().note).hex() in shown
    Person.objects.filter(role=Role.AUDIT).update(language="en")
    english = audit.get(reverse("witnesses")).content.decode()
    assert f"Block {row.block:,}" in english and "Anchors in a chain" in english


def test_without_the_extra_all_runs_and_the_command_says_what_is_missing(
    chain: TestChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(3)
    monkeypatch.setitem(sys.modules, "web3", None)
    monkeypatch.delitem(sys.modules, "lantai.ledger.evm", raising=False)
    result = run("anchor")
    assert result.exit_code == 2 and "extra evm is not installed: web3" in result.stderr


def test_nothing_of_the_archive_loads_the_extra() -> None:
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'lantai.site.settings'; django.setup();"
        "import typer, lantai.site.urls, lantai.site.steward, lantai.site.cli.archive;"
        "lantai.site.cli.archive.add_commands(typer.Typer());"
        "sys.exit([each for each in ('web3', 'eth_account') if each in sys.modules] != [])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_asking_a_chain_leaves_deeply_nested_json_harmless() -> None:
    code = (
        "import json, lantai.ledger.evm\n"
        "try: json.loads('[' * 100_000)\n"
        "except RecursionError: print('refused')\n"
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr
