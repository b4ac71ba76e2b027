"""The second factor: the vectors of RFC 6238, enrolment, the second step of signing in, replay, lock, recovery."""

from __future__ import annotations

import base64
import html
import re

import pytest
from cryptography.exceptions import InvalidTag
from django.test import Client
from tests.make_people import PASSWORD, actor, make_person, signed_in

from lantai.administration.models import Role, SecondFactor
from lantai.administration.services.people_second_factor import (
    begin_second_factor,
    enrol_second_factor,
    matching_step,
    one_time_code,
)
from lantai.common.errors import Refused
from lantai.ledger.queries import list_entries

pytestmark = pytest.mark.database
VECTORS = [  # RFC 6238, appendix B
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]
SEED = b"1234567890" * 7


@pytest.mark.parametrize(("seconds", "sha1", "sha256", "sha512"), VECTORS)
def test_the_vectors_of_rfc_6238(seconds, sha1, sha256, sha512):
    step = seconds // 30
    assert one_time_code(secret=SEED[:20], step=step, digits=8) == sha1
    assert one_time_code(secret=SEED[:32], step=step, digits=8, digest="sha256") == sha256
    assert one_time_code(secret=SEED[:64], step=step, digits=8, digest="sha512") == sha512


@pytest.fixture
def person(people_site, db):
    return make_person(Role.ARCHIVIST, "chen")


def secret_of(person) -> bytes:
    return base64.b32decode(begin_second_factor(person=person, issuer="x").secret.replace(" ", ""))


def enrol(person, clock) -> tuple[bytes, tuple[str, ...]]:
    """Enrol, and let a step pass, so that the next code is a new one."""
    secret = secret_of(person)
    now = clock()
    codes = enrol_second_factor(by=actor(person), person=person, code=code_at(secret, clock), now=now)
    clock.forward(seconds=60)
    return secret, codes


def code_at(secret: bytes, clock, steps: int = 0) -> str:
    return one_time_code(secret=secret, step=int(clock().timestamp()) // 30 + steps)


def half_way(person) -> Client:
    client = Client()
    response = client.post("/sign-in/", {"username": person.username, "password": PASSWORD, "next": "/desk/?a=1"})
    assert response["Location"] == "/sign-in/code/"
    return client


def test_enrolling_through_the_page(person, clock):
    client = signed_in(person)
    page = client.get("/account/second-factor/").content.decode()
    secret = re.search(r'id="second-factor-secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    assert len(base64.b32decode(secret)) == 20
    svg = base64.b64decode(re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', page)[1])
    assert svg.startswith(b"<?xml")
    assert b"<svg" in svg
    wrong = client.post("/account/second-factor/", {"code": "000000"}).content.decode()
    assert "验证码不正确。请核对手机时间" in wrong
    assert secret in wrong.replace(" ", "")  # the same secret: what was scanned stays good
    done = html.unescape(
        client.post("/account/second-factor/", {"code": code_at(base64.b32decode(secret), clock)}).content.decode()
    )
    recovery = re.findall(r"<li>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})</li>", done)
    assert len(set(recovery)) == 10
    factor = SecondFactor.objects.get(person=person)
    assert base64.b32decode(secret) not in bytes(factor.sealed_secret)
    assert not any(code.replace("-", "") in repr(factor.recovery_digests) for code in recovery)
    told = repr(list_entries())
    assert "people.second-factor-enrolled" in told
    assert not any(code in told for code in [secret, *recovery])
    assert secret not in client.get("/account/second-factor/").content.decode()


def test_the_second_step_finishes_signing_in(person, clock):
    secret, _codes = enrol(person, clock)
    client = half_way(person)
    assert client.get("/desk/").status_code == 302  # not signed in yet
    assert "chen" in client.get("/sign-in/code/").content.decode()
    key = client.session.session_key
    response = client.post("/sign-in/code/", {"code": code_at(secret, clock)})
    assert response["Location"] == "/desk/?a=1"
    assert client.session.session_key != key
    assert client.get("/desk/").status_code == 200
    assert list_entries()[0].detail == {"means": "password+code"}


@pytest.mark.parametrize(("steps", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(steps, accepted, clock):
    code = code_at(b"k" * 20, clock, steps)
    assert (matching_step(secret=b"k" * 20, code=code, now=clock(), after=0) is not None) is accepted


def test_a_code_is_good_once(person, clock):
    secret, _codes = enrol(person, clock)
    code = code_at(secret, clock)
    assert half_way(person).post("/sign-in/code/", {"code": code}).status_code == 302
    again = half_way(person).post("/sign-in/code/", {"code": code})
    assert "验证码不正确，或已用过。" in again.content.decode()
    earlier = half_way(person).post("/sign-in/code/", {"code": code_at(secret, clock, -1)})
    assert earlier.status_code == 200


def test_a_recovery_code_is_good_once(person, clock):
    _secret, codes = enrol(person, clock)
    assert half_way(person).post("/sign-in/code/", {"code": codes[3].lower()}).status_code == 302
    assert list_entries()[0].detail == {"means": "password+recovery"}
    assert half_way(person).post("/sign-in/code/", {"code": codes[3]}).status_code == 200
    assert half_way(person).post("/sign-in/code/", {"code": codes[4].replace("-", " ")}).status_code == 302


def test_five_wrong_codes_lock_the_account_from_every_address(person, clock):
    secret, codes = enrol(person, clock)
    for _try in range(4):
        assert "验证码不正确" in half_way(person).post("/sign-in/code/", {"code": "000000"}).content.decode()
    fifth = half_way(person).post("/sign-in/code/", {"code": "000000"})
    assert "请在 10 分钟后再试。" in fifth.content.decode()
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    elsewhere.post("/sign-in/", {"username": "chen", "password": PASSWORD})
    for code in (code_at(secret, clock), codes[0]):
        assert "请在 10 分钟后再试。" in elsewhere.post("/sign-in/code/", {"code": code}).content.decode()
    kinds = [entry.kind for entry in list_entries()]
    assert kinds.count("people.second-factor-failed") == 4
    assert kinds.count("people.locked") == 1
    clock.forward(minutes=10)
    assert half_way(person).post("/sign-in/code/", {"code": code_at(secret, clock)}).status_code == 302


def test_the_security_administrator_unlocks(person, clock):
    secret, _codes = enrol(person, clock)
    for _try in range(5):
        half_way(person).post("/sign-in/code/", {"code": "000000"})
    for _try in range(5):
        Client().post("/sign-in/", {"username": "chen", "password": "Wrong-1234"})
    security = signed_in(make_person(Role.SECURITY, "sec"))
    assert "已解除锁定。" in security.post(f"/administration/people/{person.pk}/unlock/", follow=True).content.decode()
    assert half_way(person).post("/sign-in/code/", {"code": code_at(secret, clock)}).status_code == 302


def test_a_right_password_waits_five_minutes_for_its_code(person, clock):
    secret, _codes = enrol(person, clock)
    client = half_way(person)
    clock.forward(seconds=301)
    response = client.post("/sign-in/code/", {"code": code_at(secret, clock)})
    assert response["Location"] == "/sign-in/"
    assert Client().get("/sign-in/code/")["Location"] == "/sign-in/"
    client = half_way(person)
    type(person).objects.filter(pk=person.pk).update(is_active=False)
    assert client.post("/sign-in/code/", {"code": code_at(secret, clock)})["Location"] == "/sign-in/"


def test_removing_needs_a_code_and_a_policy_that_lets(person, clock):
    secret, _codes = enrol(person, clock)
    client = signed_in(person)
    assert "验证码不正确" in client.post("/account/second-factor/", {"code": "000000"}).content.decode()
    assert client.post("/account/second-factor/", {"code": code_at(secret, clock)})["Location"] == "/account/"
    assert not SecondFactor.objects.filter(person=person).exists()
    assert list_entries()[0].kind == "people.second-factor-removed"


def test_only_the_person_enrols(person, clock):
    other = make_person(Role.SECURITY, "sec")
    with pytest.raises(Refused):
        enrol_second_factor(by=actor(other), person=person, code=code_at(secret_of(person), clock), now=clock())


def test_a_secret_cannot_be_moved_to_another_account(person, clock):
    """The sealed secret is bound to its account: copied in the table, it does not open."""
    secret_of(person)
    other = make_person(Role.ARCHIVIST, "lin")
    sealed = SecondFactor.objects.get(person=person).sealed_secret
    SecondFactor.objects.create(person=other, sealed_secret=sealed)
    with pytest.raises(InvalidTag):
        begin_second_factor(person=other, issuer="x")
