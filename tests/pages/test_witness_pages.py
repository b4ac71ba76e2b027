"""The witnesses' page through the door: added, asked for, retired, and the contradiction that it shows."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from lantai.administration.models import Role
from lantai.archival import tlog
from lantai.ledger import queries
from lantai.ledger.models import Checkpoint, Entry, Witness, WitnessConflict
from lantai.ledger.services import Settled
from lantai.site.cosigning import tell_people
from lantai.work.models import DueWork, Notice
from tests.ledger.witness_house import ask_all, entries_told, grow, keys_of, witness_running
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
KEY = tlog.new_signer("w.example/one", kind=tlog.COSIGNATURE_V1).verifier().vkey()


def page(client: Client, name: str, *arguments: object) -> str:
    response = client.get(reverse(name, args=arguments))
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def add(client: Client, **more: str) -> str:
    data = {"body": "邻县档案馆", "address": "https://w.example", "keys": KEY, **more}
    return html.unescape(client.post(reverse("witness-new"), data, follow=True).content.decode())


def test_a_system_administrator_adds_asks_and_retires_and_an_auditor_watches(tmp_path) -> None:
    system, audit = signed_in(make_person(Role.SYSTEM)), signed_in(make_person(Role.AUDIT))
    assert "还没有见证方" in page(audit, "witnesses")
    grow(4)
    with witness_running(tmp_path / "w") as (state, address):
        assert "已增加见证方" in add(system, address=address, keys=keys_of(state))
        assert "没有见证策略" in page(audit, "witnesses")
        refused = system.post(reverse("witness-policy"), {"least": 2})
        assert refused.status_code == 200 and queries.witnesses_asked_for() == 0
        system.post(reverse("witness-policy"), {"least": 1})
        size = grow(1)
        ask_all()
        shown = page(audit, "witnesses")
        assert "最新检查点已得到见证" in shown and state.name in shown and f"{size:,}" in shown
        assert "增加见证方" not in shown and "停用" not in shown and "增加见证方" in page(system, "witnesses")
        assert tlog.cosigned_at(Client().get(reverse("ledger-cosigned")).content.decode(), state.signers[0].verifier())
        policy = tlog.parse_policy(Client().get(reverse("ledger-policy")).content.decode())
        assert policy.met_by(policy.cosigners(Client().get(reverse("ledger-checkpoint")).content.decode()))
    row = Witness.objects.get()
    assert row.body in page(system, "witness-retire", row.pk)
    system.post(reverse("witness-retire", args=[row.pk]))
    assert "已停用" in page(audit, "witnesses") and queries.witnesses_asked_for() == 0
    assert system.get(reverse("witness-retire", args=[row.pk])).status_code == 404
    told = Entry.objects.filter(kind__startswith="witness.").order_by("pk").values_list("kind", "role")
    assert list(told) == [
        (f"witness.{each}", "system-administrator") for each in ("added", "policy-set", "retired", "policy-set")
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"address": "http://10.0.0.1"}, "只能是 https://"),
        ({"address": "javascript:alert(1)"}, "只能是 https://"),
        ({"keys": "nonsense"}, "不是见证方的公钥"),
        ({"keys": ""}, "必填"),
        ({"body": ""}, "必填"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(wrong: dict[str, str], words: str) -> None:
    system = signed_in(make_person(Role.SYSTEM))
    assert words in add(system, **wrong)
    assert not Witness.objects.exists()


def test_the_same_witness_twice_is_refused() -> None:
    system = signed_in(make_person(Role.SYSTEM))
    add(system)
    assert "已经有了" in add(system, body="别处")
    assert Witness.objects.get().body == "邻县档案馆"


def test_a_contradiction_is_shown_with_both_checkpoints_and_is_a_duty_until_it_ends() -> None:
    system, audit, archivist = (signed_in(make_person(each)) for each in (Role.SYSTEM, Role.AUDIT, Role.ARCHIVIST))
    grow(3)
    add(system)
    ours = Checkpoint.objects.get().note
    row = WitnessConflict.objects.create(
        witness=Witness.objects.get(), kind="fork", ours=ours, held="另一本\n", answer="422 other root", found_at=NOW
    )
    settled = Settled("w.example/one", 3, cosigned=False, found=("fork", row.pk))
    for _ in range(2):
        tell_people(settled=settled, now=NOW)
    assert "账本分叉" in page(audit, "witnesses") and "查看证据" in page(audit, "witnesses")
    shown = page(archivist, "witness-conflict", row.pk)
    assert "账目被改过" in shown and "另一本" in shown and ours.split("\n")[0] in shown and "422 other root" in shown
    for side, text in (("held", "另一本\n"), ("ours", ours)):
        answer = audit.get(reverse("witness-conflict-note", args=[row.pk, side]))
        assert answer.content.decode() == text and f"{side}-{row.pk}.txt" in answer["Content-Disposition"]
    for wrong in ("answer", "witness", "nothing"):
        assert audit.get(reverse("witness-conflict-note", args=[row.pk, wrong])).status_code == 404
    assert audit.get(reverse("witness-conflict", args=[row.pk + 1])).status_code == 404
    duty = DueWork.objects.get(kind="witness-conflict", finished_at=None)
    work = archivist.get(reverse("work"))
    assert "见证方与本馆账本矛盾" in work.content.decode()
    assert reverse("witness-conflict", args=[duty.subject]) in work.content.decode()
    assert Notice.objects.filter(text="witness-fork").count() == 4
    tell_people(settled=Settled("w.example/one", 4, cosigned=True, mended=(row.pk,)), now=NOW)
    assert not DueWork.objects.filter(kind="witness-conflict", finished_at=None).exists()
    row.settled_at = NOW
    row.save()
    assert "已解决" in page(audit, "witness-conflict", row.pk)


def test_the_pages_are_english_for_who_reads_english(tmp_path) -> None:
    system = signed_in(make_person(Role.SYSTEM))
    system.post(reverse("language"), {"language": "en"})
    assert "There is no witness yet." in page(system, "witnesses")
    assert "Witness added" not in add(system, address="http://10.0.0.1")
    assert "Only an https:// address" in add(system, address="http://10.0.0.1")
    assert entries_told("witness.added") == []


def test_the_page_asks_few_questions(django_assert_max_num_queries) -> None:
    audit = signed_in(make_person(Role.AUDIT))
    system = signed_in(make_person(Role.SYSTEM, username="sys"))
    for number in range(4):
        name = f"w{number}.example"
        add(system, keys=tlog.new_signer(name, kind=tlog.COSIGNATURE_V1).verifier().vkey(), address=f"https://{name}")
    grow(3)
    audit.get(reverse("witnesses"))
    with django_assert_max_num_queries(13):
        audit.get(reverse("witnesses"))
