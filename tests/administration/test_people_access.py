"""Who may open which page: what the views declare is what requests of every role meet."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.urls import URLResolver, get_resolver
from tests.make_people import make_person, signed_in

from lantai.administration.models import Organisation, Person, Role
from lantai.administration.queries.people import NOBODY, Reader, reader_of
from lantai.administration.services.people_access import ANONYMOUS, address_of, allowed_roles, roles
from lantai.ledger.queries import list_entries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people_site"), pytest.mark.database]


def person_of(role: Role) -> Person:
    if role == Role.DEPARTMENT:
        organisation, _made = Organisation.objects.get_or_create(code="YL-MZJ", defaults={"name": "云岭县民政局"})
        return make_person(role, f"person-{role.value}", organisation=organisation)
    return make_person(role, f"person-{role.value}")


def addresses() -> dict[str, tuple[str, frozenset[str]]]:
    """Every address of administration: its path, and the roles its view declares."""
    import lantai.administration.urls as urls

    found = {}
    for pattern in urls.urlpatterns:
        if isinstance(pattern, URLResolver):
            continue  # the reference pages: the permission matrix asks them about real objects
        path = "/" + str(pattern.pattern).replace("<int:person_id>", "1000001")
        found[pattern.name] = (path, allowed_roles(pattern.callback))
    return found


@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: role.value if role else "anonymous")
def test_every_address_answers_as_its_view_declares(role):
    client = signed_in(person_of(role)) if role else Client()
    for name, (path, declared) in addresses().items():
        if name in ("sign-out", "language"):
            continue  # these end what the loop stands on; tested with signing in
        for answer in (client.get(path), client.post(path)):
            if role is None and ANONYMOUS not in declared:
                assert answer.status_code == 302, name
                assert answer["Location"].startswith("/sign-in/"), name
            elif (role.value if role else ANONYMOUS) in declared:
                assert answer.status_code in (200, 302, 400, 404, 405), (name, answer.status_code)
                assert "/sign-in/" not in answer.get("Location", "") or ANONYMOUS in declared, name
            else:
                assert answer.status_code == 403, name


def test_a_refusal_says_why_who_may_and_what_to_do_and_is_told():
    person = person_of(Role.ARCHIVIST)
    response = signed_in(person).get("/administration/policy/")
    page = response.content.decode()
    assert response.status_code == 403
    assert "您的角色无权使用此功能。" in page
    assert "安全保密管理员" in page
    assert "请向安全保密管理员申请相应角色" in page
    [entry] = list_entries()
    assert (entry.kind, entry.subject, entry.result) == ("people.refused", "page:security-policy", "refused")
    assert entry.detail == {"method": "GET"}


def test_a_view_that_declares_nothing_is_found():
    match = get_resolver("people_urls").resolve("/undeclared/")
    with pytest.raises(LookupError, match="neither @roles nor @public"):
        allowed_roles(match.func)
    with pytest.raises(ValueError, match="must name the roles"):
        roles()


def test_declared_roles_survive_other_decorators():
    declared = addresses()
    assert declared["people"][1] == {"system-administrator", "security-administrator"}
    assert declared["audit-file"][1] == {"audit-administrator", "security-administrator"}
    assert declared["sign-in"][1] == {*Role.values, ANONYMOUS}


def test_a_reader_is_made_from_the_request():
    organisation = Organisation.objects.create(code="YL-MZJ", name="云岭县民政局")
    person = make_person(Role.DEPARTMENT, "clerk", name="陈晓岚", organisation=organisation, clearance=1)
    request = RequestFactory().get("/")
    request.user, request.session = person, {"purpose": "工作查考"}
    assert reader_of(request) == Reader(
        person.pk, "clerk", "陈晓岚", Role.DEPARTMENT, organisation.pk, "YL-MZJ", 1, "工作查考"
    )
    assert reader_of(request).reference == f"person:{person.pk}"
    assert b"role=Role.ARCHIVIST" in signed_in(make_person(Role.ARCHIVIST, "chen")).get("/desk/").content
    assert Client().get("/").content == b"home of public"
    assert (NOBODY.role, NOBODY.clearance, NOBODY.reference) == (Role.PUBLIC, 0, "anonymous")


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxy", "address"),
    [
        ("192.0.2.1", "", False, "192.0.2.1"),
        ("192.0.2.1:51234", "", False, "192.0.2.1"),
        ("2001:db8::7", "", False, "2001:db8::7"),
        ("[2001:db8::7]:51234", "", False, "2001:db8::7"),
        ("192.0.2.1", "203.0.113.9", False, "192.0.2.1"),
        ("10.0.0.2", "203.0.113.9, 198.51.100.4", True, "198.51.100.4"),
        ("10.0.0.2", "", True, "10.0.0.2"),
        ("10.0.0.2", "<script>", True, "10.0.0.2"),
        ("fe80::1%eth0", "", False, "fe80::1"),
        ("", "", False, ""),
    ],
)
def test_the_address_of_a_request(settings, remote, forwarded, proxy, address):
    settings.LANTAI_PROXY = proxy
    more = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert address_of(RequestFactory().get("/", REMOTE_ADDR=remote, **more)) == address


def test_a_forwarded_header_that_is_no_address_does_not_break_the_page(settings):
    settings.LANTAI_PROXY = True
    make_person(Role.ARCHIVIST, "chen")
    client = Client(HTTP_X_FORWARDED_FOR="<script>")
    assert client.post("/sign-in/", {"username": "chen", "password": "Wrong-1234"}).status_code == 200
