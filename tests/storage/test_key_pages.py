"""The pages of the keys over HTTP: what each administrator sees and may do, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.make_people import make_person, signed_in
from tests.storage.test_sealed_content import BOX, box, seal

from lantai.administration.models import Role
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.vault.keys import make_identity, providers
from lantai.ledger.models import Entry
from lantai.storage.keyring import forget_keyring, key_store
from lantai.storage.models import SealingRule
from lantai.storage.services import create_keys, deposit_objects, destroy_keys
from lantai.work.services import run_jobs

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def passphrase(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(providers._COST, "n", 1 << 12)
    settings.LANTAI_KEYS = tmp_path / "keys"
    settings.LANTAI_KEYS_PASSPHRASE = str(tmp_path / "passphrase")
    (tmp_path / "passphrase").write_text("correct horse battery staple\n")
    forget_keyring()
    return tmp_path / "passphrase"


@pytest.fixture
def security() -> Client:
    return signed_in(make_person(username="anquan", role=Role.SECURITY))


@pytest.fixture
def system() -> Client:
    return signed_in(make_person(username="xitong", role=Role.SYSTEM))


def read(client: Client, name: str) -> str:
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_a_key_store_the_page_says_what_to_do(system: Client, security: Client):
    for client in (system, security):
        assert "尚未建立密钥库" in read(client, "keys") and "lantai keys create" in read(client, "keys")
        assert "没有加密规则，内容以明文入库" in read(client, "keys-rules")


def test_the_security_administrator_decides_and_the_system_administrator_looks(system: Client, security: Client):
    create_keys(by=CONSOLE, now=timezone.now())
    rule = {"fonds_code": "X043", "retention": "Y", "algorithm": "AES-256-GCM", "reason": "馆务会"}
    assert "须先设托管人" in security.post(reverse("keys-rule"), rule).content.decode()
    assert not SealingRule.objects.exists()
    _identity, recipient = make_identity()
    wrong = security.post(reverse("keys-recipient"), {"name": "省档案馆", "recipient": "age1nonsense"})
    assert wrong.status_code == 200 and not key_store().recipients()
    done = security.post(reverse("keys-recipient"), {"name": "省档案馆", "recipient": recipient})
    assert done["Location"] == reverse("keys-escrow")
    assert security.post(reverse("keys-rule"), rule)["Location"] == reverse("keys-rules")
    assert (SealingRule.objects.get().searchable, SealingRule.objects.get().sealed) == (False, True)
    told = Entry.objects.get(kind="sealing.decided")
    assert told.role == Role.SECURITY and told.actor.startswith("person:")
    off = {**rule, "algorithm": "", "reason": "磁盘已加密"}
    security.post(reverse("keys-rule"), off)
    assert SealingRule.objects.get().sealed is False
    for name in ("keys", "keys-rules", "keys-escrow", "keys-destroyed"):
        assert reverse("keys-rule") not in read(system, name) and reverse("keys-recipient") not in read(system, name)
    assert "省档案馆" in read(system, "keys-escrow") and reverse("keys-recipient") in read(security, "keys-escrow")
    for name in ("keys-rule", "keys-recipient", "keys-rotation"):
        assert system.post(reverse(name), rule).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_rotation_is_a_job_and_what_was_destroyed_is_listed(security: Client):
    create_keys(by=CONSOLE, now=timezone.now())
    seal()
    deposit_objects(objects=[box()])
    old = key_store().keks()[0].identifier
    assert old in read(security, "keys")
    for _ in range(2):
        assert security.post(reverse("keys-rotation"), {"reason": "定期轮换"})["Location"] == reverse("keys")
    assert security.post(reverse("keys-rotation"), {}).status_code == 200  # no reason, no rotation
    run_jobs(drain=True)
    assert "定期轮换" in (Entry.objects.get(kind="keys.rotation-begun").text or "")
    assert {each.kek for each in key_store().keys_of(BOX)} != {old}
    assert Entry.objects.filter(kind="keys.rotated").count() == 1
    assert old not in read(security, "keys")
    destroy_keys(units=[(BOX, "R1")], subject="R1", reason="销毁批 3", by=CONSOLE, now=timezone.now())
    assert "销毁批 3" in read(security, "keys-destroyed")


def test_a_passphrase_that_does_not_open_is_said_in_both_languages(security: Client, passphrase: Path):
    create_keys(by=CONSOLE, now=timezone.now())
    passphrase.write_text("not the right one\n")
    page = read(security, "keys")
    assert "密钥打不开" in page and "passphrase-wrong" in page
    security.post(reverse("language"), {"language": "en", "next": reverse("keys")})
    assert "The keys do not open." in read(security, "keys") or "密钥打不开" in read(security, "keys")


def test_the_pages_ask_the_database_little(security: Client, django_assert_max_num_queries):
    create_keys(by=CONSOLE, now=timezone.now())
    seal()
    deposit_objects(objects=[box(f"{BOX}{at}") for at in range(5)])
    for name in ("keys", "keys-rules", "keys-escrow", "keys-destroyed", "keys-rule"):
        with django_assert_max_num_queries(12):
            read(security, name)
