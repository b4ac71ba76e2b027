"""Signing in and out, through the pages: password, lock, forced change, idle end, redirects, evidence."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher
from django.test import Client
from django.utils import timezone
from tests.make_people import PASSWORD, make_person, signed_in

from lantai.administration.models import Person, Role
from lantai.administration.services.people_signin import SEEN_COOKIE
from lantai.ledger.queries import list_entries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people_site"), pytest.mark.database]


def sign_in(client: Client, username: str, password: str, **more):
    return client.post("/sign-in/", {"username": username, "password": password}, **more)


def kinds(**asked) -> list[str]:
    return [entry.kind.removeprefix("people.") for entry in list_entries(**asked)]


def test_a_right_password_signs_in_under_a_new_session_key_and_is_told():
    person = make_person(Role.ARCHIVIST, "chen")
    client = Client()
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    before = session.session_key
    response = sign_in(client, "  ＣＨＥＮ ", PASSWORD)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session.session_key != before
    assert client.get("/").content == b"home of archivist"
    [entry] = list_entries()
    assert (entry.kind, entry.subject, entry.actor) == (
        "people.signed-in",
        f"person:{person.pk}",
        f"person:{person.pk}",
    )
    assert (entry.role, entry.address, entry.result) == ("archivist", "127.0.0.1", "done")
    assert entry.detail == {"means": "password"}


def test_the_real_hasher_signs_in_too(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    person = make_person(Role.ARCHIVIST, "chen")
    assert person.password.startswith(f"pbkdf2_sha256${PBKDF2PasswordHasher.iterations}$")
    assert sign_in(Client(), "chen", PASSWORD).status_code == 302


@pytest.mark.parametrize("username", ["chen", "nobody-of-this-name", "asleep"])
def test_wrong_unknown_and_inactive_get_the_same_answer(username):
    make_person(Role.ARCHIVIST, "chen")
    make_person(Role.ARCHIVIST, "asleep", is_active=False)
    password = PASSWORD if username == "asleep" else "Wrong-1234"
    response = sign_in(Client(), username, password)
    page = response.content.decode().replace(username, "")
    assert response.status_code == 200
    assert "账号或口令不正确，或账号未启用。" in page
    assert password not in page
    assert kinds() == ["sign-in-failed"]


@pytest.mark.parametrize("username", ["chen", "unknown", "asleep"])
def test_each_kind_of_failure_costs_one_hash(username, monkeypatch):
    make_person(Role.ARCHIVIST, "chen")
    make_person(Role.ARCHIVIST, "asleep", is_active=False)
    spent = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *given: spent.append(1) or encode(self, *given))
    sign_in(Client(), username, "Wrong-1234")
    assert len(spent) == 1


def test_what_was_typed_for_an_unknown_account_is_not_kept():
    sign_in(Client(), "My-Secret-1", "Wrong-1234")
    [entry] = list_entries()
    assert entry.subject == "person:unknown"
    assert "secret" not in repr(entry).lower()
    assert re.fullmatch(r"[0-9a-f]{16}", entry.detail["typed"])


def local(clock, **later):
    return f"{timezone.localtime(clock.now + timedelta(**later)):%H:%M}"


def test_five_failures_lock_for_ten_minutes_and_the_page_says_how_long(clock):
    person = make_person(Role.ARCHIVIST, "chen")
    client = Client()
    for _try in range(4):
        assert sign_in(client, "chen", "Wrong-1234").status_code == 200
        clock.forward(seconds=10)
    fifth = sign_in(client, "chen", "Wrong-1234")
    assert fifth.status_code == 429
    assert fifth["Retry-After"] == "600"
    assert f"请在 10 分钟后（{local(clock, minutes=10)} 起）再试；" in fifth.content.decode()
    clock.forward(minutes=4, seconds=30)
    right = sign_in(client, "chen", PASSWORD)
    assert right.status_code == 429  # the right password does not open a lock either
    assert "请在 6 分钟后（" in right.content.decode()
    clock.forward(minutes=5, seconds=31)  # the try in between has not made the lock longer
    assert sign_in(client, "chen", PASSWORD).status_code == 302
    told = kinds(subject=f"person:{person.pk}")
    assert told == ["signed-in", "locked"] + ["sign-in-failed"] * 5


def test_the_lock_in_english_and_for_a_machine(clock):
    make_person(Role.ARCHIVIST, "chen")
    for _try in range(4):
        sign_in(Client(), "chen", "Wrong-1234")
    page = sign_in(Client(headers={"accept": "text/html", "accept-language": "en"}), "chen", "Wrong-1234")
    assert page.status_code == 429
    assert f"try again in 10 min (from {local(clock, minutes=10)} on)" in page.content.decode()
    told = sign_in(Client(headers={"accept": "application/json"}), "chen", "Wrong-1234")
    assert (told.status_code, told["Retry-After"]) == (429, "600")
    assert told["Content-Type"] == "application/problem+json"
    problem = told.json()
    assert problem["type"].endswith("/locked")
    assert (problem["title"], problem["status"]) == ("账号暂时锁定", 429)
    assert "请在 10 分钟后（" in problem["detail"]


def test_an_unknown_account_is_locked_like_a_known_one():
    client = Client()
    statuses = [sign_in(client, "ghost", "Wrong-1234").status_code for _try in range(6)]
    assert statuses == [200, 200, 200, 200, 429, 429]
    assert kinds() == ["locked"] + ["sign-in-failed"] * 5


def test_the_lock_is_for_account_and_address_together():
    make_person(Role.ARCHIVIST, "chen")
    make_person(Role.ARCHIVIST, "lin")
    client = Client()
    for _try in range(5):
        sign_in(client, "chen", "Wrong-1234")
    assert sign_in(Client(), "lin", PASSWORD).status_code == 302
    assert sign_in(Client(REMOTE_ADDR="192.0.2.9"), "chen", PASSWORD).status_code == 302
    assert sign_in(Client(), "chen", PASSWORD).status_code == 429


def test_another_browser_name_does_not_get_more_tries():
    make_person(Role.ARCHIVIST, "chen")
    statuses = [
        sign_in(Client(HTTP_USER_AGENT=f"browser {number}"), "chen", "Wrong-1234").status_code for number in range(6)
    ]
    assert statuses == [200, 200, 200, 200, 429, 429]


def test_success_forgets_earlier_failures():
    make_person(Role.ARCHIVIST, "chen")
    for _round in range(3):
        client = Client()
        for _try in range(4):
            assert sign_in(client, "chen", "Wrong-1234").status_code == 200
        assert sign_in(client, "chen", PASSWORD).status_code == 302


def test_without_a_proxy_the_forwarded_header_is_not_believed(settings):
    make_person(Role.ARCHIVIST, "chen")
    statuses = []
    for number in range(6):
        client = Client(HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
        statuses.append(sign_in(client, "chen", "Wrong-1234").status_code)
    assert statuses[-1] == 429
    settings.LANTAI_PROXY = True
    behind = Client(HTTP_X_FORWARDED_FOR="203.0.113.1, 192.0.2.77")
    assert sign_in(behind, "chen", PASSWORD).status_code == 302
    assert list_entries()[0].address == "192.0.2.77"


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/desk/?q=1", "/desk/?q=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("desk/", "/"),
    ],
)
def test_nobody_is_led_to_another_site(target, leads_to):
    make_person(Role.ARCHIVIST, "chen")
    given = {"username": "chen", "password": PASSWORD, "next": target}
    assert Client().post("/sign-in/", given)["Location"] == leads_to


def test_a_page_that_needs_signing_in_is_come_back_to():
    make_person(Role.ARCHIVIST, "chen")
    client = Client()
    asked = client.get("/desk/?year=2024")
    assert asked["Location"] == "/sign-in/?next=%2Fdesk%2F%3Fyear%3D2024"
    form = client.get(asked["Location"]).content.decode()
    assert '<input type="hidden" name="next" value="/desk/?year=2024">' in form
    part = Client().get("/desk/", headers={"hx-request": "true", "hx-current-url": "http://testserver/search/?q=a"})
    assert (part.status_code, part["HX-Redirect"]) == (401, "/sign-in/?next=%2Fsearch%2F%3Fq%3Da")


def test_signing_in_needs_the_csrf_token_and_no_script():
    make_person(Role.ARCHIVIST, "chen")
    client = Client(enforce_csrf_checks=True)
    page = client.get("/sign-in/").content.decode()
    assert "<script" not in page.split("<form", 1)[1].split("</form>", 1)[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    assert sign_in(client, "chen", PASSWORD).status_code == 403
    given = {"username": "chen", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/sign-in/", given).status_code == 302


def test_signing_out_ends_the_session_and_is_told():
    person = make_person(Role.ARCHIVIST, "chen")
    client = Client()
    sign_in(client, "chen", PASSWORD)
    key = client.session.session_key
    assert client.get("/sign-out/").status_code == 405
    response = client.post("/sign-out/")
    assert response["Location"] == "/sign-in/?reason=out"
    assert client.session.session_key != key
    assert client.get("/desk/").status_code == 302
    entry = list_entries()[0]
    assert (entry.kind, entry.actor, entry.detail) == ("people.signed-out", f"person:{person.pk}", {"reason": "asked"})


def test_half_an_hour_without_activity_ends_the_session(clock):
    make_person(Role.ARCHIVIST, "chen")
    client = Client()
    sign_in(client, "chen", PASSWORD)
    for _step in range(3):
        clock.forward(minutes=29)
        assert client.get("/desk/").status_code == 200
    clock.forward(minutes=30)
    over = client.get("/desk/")
    assert over["Location"] == "/sign-in/?next=%2Fdesk%2F&reason=idle"
    assert "超过 30 分钟没有操作，已自动退出，请重新登录。" in client.get(over["Location"]).content.decode()
    assert list_entries()[0].detail == {"reason": "idle"}
    assert client.get("/").content == b"home of public"


@pytest.mark.parametrize("pause", [1, 30, 59])
def test_the_idle_time_is_exact_to_the_second(clock, pause, django_assert_num_queries):
    make_person(Role.ARCHIVIST, "chen")
    client = Client()
    sign_in(client, "chen", PASSWORD)
    clock.forward(seconds=pause)
    with django_assert_num_queries(3):  # nothing was written, and yet it is known
        client.get("/desk/")
    clock.forward(minutes=29, seconds=59)
    assert client.get("/progress/").content == b"57 %"  # asks by itself: it counts for nothing
    clock.forward(seconds=1)
    assert client.get("/desk/")["Location"] == "/sign-in/?next=%2Fdesk%2F&reason=idle"


def test_a_mark_that_is_lost_forged_or_of_another_session_prolongs_nothing(clock):
    make_person(Role.ARCHIVIST, "chen")
    make_person(Role.ARCHIVIST, "lin")
    other = Client()
    sign_in(other, "lin", PASSWORD)
    clients = [Client() for _mark in range(5)]
    for client in clients:
        sign_in(client, "chen", PASSWORD)
        clock.forward(seconds=1)
    clock.forward(seconds=40)
    for client in (*clients, other):
        client.get("/desk/")
    mark = other.cookies[SEEN_COOKIE].value
    for client, cookie in zip(clients, ("", "9999999999", f"9999999999.{'0' * 64}", mark, "²5.é"), strict=True):
        client.cookies[SEEN_COOKIE] = cookie
    clock.forward(minutes=29, seconds=25)
    assert all(client.get("/desk/").status_code == 302 for client in clients)
    assert other.get("/desk/").status_code == 200


def test_the_mark_is_not_for_scripts_and_is_kept_while_the_browser_is_open(clock):
    make_person(Role.ARCHIVIST, "chen")
    client = Client()
    assert SEEN_COOKIE not in client.get("/sign-in/").cookies
    sign_in(client, "chen", PASSWORD)
    clock.forward(seconds=1)
    mark = client.get("/desk/").cookies[SEEN_COOKIE]
    assert (mark["httponly"], mark["samesite"], mark["max-age"], mark["expires"]) == (True, "Lax", "", "")
    assert SEEN_COOKIE not in client.get("/desk/").cookies  # within the same second nothing is told again
    clock.forward(seconds=1)
    assert SEEN_COOKIE not in client.get("/progress/").cookies
    assert SEEN_COOKIE not in client.post("/sign-out/").cookies


def test_a_page_that_asks_by_itself_does_not_keep_the_session(clock):
    make_person(Role.ARCHIVIST, "chen")
    client = Client()
    sign_in(client, "chen", PASSWORD)
    for _minute in range(29):
        clock.forward(minutes=1)
        assert client.get("/progress/").content == b"57 %"
    clock.forward(minutes=1)
    assert client.get("/progress/").status_code == 302


def test_a_session_in_use_is_written_at_most_once_a_minute(clock, django_assert_num_queries):
    make_person(Role.ARCHIVIST, "chen")
    client = Client()
    sign_in(client, "chen", PASSWORD)
    clock.forward(seconds=59)
    with django_assert_num_queries(3) as asked:  # session, person, policy
        client.get("/desk/")
    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)
    clock.forward(seconds=2)
    client.get("/desk/")
    assert client.session["seen"] == int(clock().timestamp())


def test_a_session_of_an_earlier_role_does_not_go_on_in_a_later_one():
    person = make_person(Role.ARCHIVIST, "chen")
    client = Client()
    sign_in(client, "chen", PASSWORD)
    Person.objects.filter(pk=person.pk).update(role=Role.LEADER)
    assert client.get("/account/")["Location"] == "/sign-in/?next=%2Faccount%2F&reason=role"


def test_a_deactivated_person_is_out_with_the_next_request():
    person = make_person(Role.ARCHIVIST, "chen")
    client = Client()
    sign_in(client, "chen", PASSWORD)
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get("/desk/").status_code == 302


def test_a_one_time_password_opens_nothing_but_its_change():
    person = make_person(Role.ARCHIVIST, "chen", must_change_password=True)
    client = Client()
    sign_in(client, "chen", PASSWORD)
    assert client.get("/desk/")["Location"] == "/account/password/"
    assert client.get("/")["Location"] == "/account/password/"
    page = client.get("/account/password/").content.decode()
    assert "当前口令是一次性口令或已过期" in page
    given = {"present": PASSWORD, "new": "Another-Lake-8", "again": "Another-Lake-8"}
    key = client.session.session_key
    assert client.post("/account/password/", given)["Location"] == "/account/"
    assert client.session.session_key != key
    assert client.get("/desk/").status_code == 200
    person.refresh_from_db()
    assert person.must_change_password is False
    assert kinds()[0] == "password-changed"
    assert "Lake" not in repr([entry.detail for entry in list_entries()])


def test_a_password_is_changed_every_90_days(clock):
    make_person(Role.ARCHIVIST, "chen")
    clock.forward(days=89, hours=23)
    client = Client()
    sign_in(client, "chen", PASSWORD)
    assert client.get("/desk/").status_code == 200
    clock.forward(hours=1)
    client = Client()
    sign_in(client, "chen", PASSWORD)
    assert client.get("/desk/")["Location"] == "/account/password/"


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        ("Ab1-xyz", "口令至少 8 个字符。"),
        ("abcdefgh9", "口令须含大写字母、小写字母、数字、符号四类中的至少 3 类。"),
        ("Zhang.San-2024", "口令不得包含账号或人员编号。"),
        ("XN10086-abc", "口令不得包含账号或人员编号。"),
        ("P@ssw0rd", "此口令过于常见，容易被猜中。"),
        (PASSWORD, "不得使用最近 5 次用过的口令。"),
        ("Aa1-" + "x" * 130, "128"),
    ],
)
def test_bad_new_passwords_are_refused_with_their_reason(new, problem):
    person = make_person(Role.ARCHIVIST, "zhang.san", person_number="N10086")
    client = signed_in(person)
    response = client.post("/account/password/", {"present": PASSWORD, "new": new, "again": new})
    assert response.status_code == 200
    assert problem in response.content.decode()
    assert new not in response.content.decode()
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_two_new_passwords_must_be_the_same():
    client = signed_in(make_person(Role.ARCHIVIST, "chen"))
    given = {"present": PASSWORD, "new": "Another-Lake-8", "again": "Another-Lake-9"}
    assert "两次输入的新口令不一致。" in client.post("/account/password/", given).content.decode()


def test_the_last_five_passwords_do_not_come_back_and_the_sixth_may():
    client = signed_in(make_person(Role.ARCHIVIST, "chen"))
    present = PASSWORD
    for number in range(5):
        new = f"River-Stone-{number}"
        assert client.post("/account/password/", {"present": present, "new": new, "again": new}).status_code == 302
        present = new
    given = {"present": present, "new": "River-Stone-0", "again": "River-Stone-0"}
    assert "最近 5 次" in client.post("/account/password/", given).content.decode()
    given = {"present": present, "new": PASSWORD, "again": PASSWORD}
    assert client.post("/account/password/", given).status_code == 302


def test_a_wrong_present_password_is_told_and_five_end_the_session():
    client = signed_in(make_person(Role.ARCHIVIST, "chen"))
    given = {"present": "Wrong-1234", "new": "Another-Lake-8", "again": "Another-Lake-8"}
    for _try in range(4):
        response = client.post("/account/password/", given)
        assert "当前口令不正确。" in response.content.decode()
    assert client.post("/account/password/", given)["Location"] == "/sign-in/?reason=wrong"
    assert client.get("/desk/").status_code == 302
    assert [entry.result for entry in list_entries(kinds=["people.password-changed"])] == ["failed"] * 5


def test_other_sessions_end_when_the_password_changes():
    person = make_person(Role.ARCHIVIST, "chen")
    here, elsewhere = signed_in(person), signed_in(person)
    assert elsewhere.get("/desk/").status_code == 200
    given = {"present": PASSWORD, "new": "Another-Lake-8", "again": "Another-Lake-8"}
    here.post("/account/password/", given)
    assert here.get("/desk/").status_code == 200
    assert elsewhere.get("/desk/").status_code == 302


def test_preferences_are_kept_and_the_pages_speak_the_chosen_language():
    person = make_person(Role.ARCHIVIST, "chen")
    client = signed_in(person)
    wanted = {"language": "en", "text_size": "large", "contrast": "more"}
    assert client.post("/account/", wanted).status_code == 302
    person.refresh_from_db()
    assert (person.language, person.text_size, person.contrast, person.single_keys) == ("en", "large", "more", False)
    page = client.get("/account/").content.decode()
    assert "My account" in page
    assert "保存偏好" not in page
    assert 'data-size="large" data-contrast="more" data-keys="off"' in page
    refused = client.post("/account/", {**wanted, "text_size": "gigantic"})
    assert refused.status_code == 200
    person.refresh_from_db()
    assert person.text_size == "large"


def test_the_language_can_be_chosen_before_signing_in():
    client = Client()
    response = client.post("/language/", {"language": "en", "next": "/sign-in/"})
    assert response["Location"] == "/sign-in/"
    page = client.get("/sign-in/").content.decode()
    assert "Sign in" in page
    client.post("/language/", {"language": "tlh", "next": "//evil.example"})
    assert "Sign in" in client.get("/sign-in/").content.decode()


def test_signed_in_pages_are_not_kept_by_the_browser():
    client = signed_in(make_person(Role.ARCHIVIST, "chen"))
    assert "no-store" in client.get("/desk/")["Cache-Control"]


@pytest.mark.parametrize("field", ["username", "password"])
def test_naughty_input_is_refused_in_words(field):
    given = {"username": "chen", "password": "x", field: "\x00' OR 1=1 --" + "长" * 3000}
    response = Client().post("/sign-in/", given)
    assert response.status_code == 200
    assert list_entries() == []
