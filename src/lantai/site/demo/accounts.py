"""The people of the demo county: one account for every role, made in the two steps that every account takes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from lantai.administration.models import Person, Role
from lantai.administration.models.people import ADMINISTRATOR_ROLES, Clearance
from lantai.administration.queries import organisation_of
from lantai.administration.services.people_access import CONSOLE, Actor
from lantai.administration.services.people_accounts import (
    Named,
    NewAccount,
    activate_account,
    create_account,
    create_first_administrators,
    grant_role,
)
from lantai.administration.services.people_evidence import record_act, subject_of
from lantai.administration.services.people_passwords import store_password
from lantai.site.demo.county import county

PASSWORD = "Yunling#2026-demo"
"""The password of every demo account: known to all, so an archive with the demo county holds nothing real."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo county, with its password."""

    role: str
    username: str
    password: str


def demo_accounts() -> tuple[DemoAccount, ...]:
    """The accounts of the county, as its data file tells them."""
    return tuple(
        DemoAccount(f"{Role(row['role']).label}　{row['name']}", row["username"], PASSWORD)
        for row in county()["account"]
    )


def create_people(*, now: datetime) -> None:
    """Make the county's accounts: three administrators first, by the console; then everybody by system and security
    administrator. Their passwords need no change, unlike those of any other new account."""
    rows = county()["account"]
    with ThreadPoolExecutor(2) as hashing:  # a hash takes a third of a second and lets others run meanwhile
        hashes = list(hashing.map(make_password, [PASSWORD] * len(rows)))
    hashed = {row["username"]: each for row, each in zip(rows, hashes, strict=True)}
    named = {
        row["username"]: Named(row["username"], row["number"], row["name"], row.get("position", "")) for row in rows
    }
    first = {row["role"]: named[row["username"]] for row in rows if row["role"] in ADMINISTRATOR_ROLES}
    with transaction.atomic():
        made = create_first_administrators(
            by=CONSOLE, system=first[Role.SYSTEM], security=first[Role.SECURITY], audit=first[Role.AUDIT], now=now
        )
        system, security = _actor(made[0].person), _actor(made[1].person)
        accounts: list[NewAccount] = list(made)
        for row in rows:
            if row["role"] in ADMINISTRATOR_ROLES:
                continue
            new = create_account(by=system, who=named[row["username"]], now=now)
            role = Role(row["role"])
            body = organisation_of(code=row["body"]).id if "body" in row and role == Role.DEPARTMENT else None
            grant_role(
                by=security,
                person_id=new.person.pk,
                role=role,
                organisation_id=body,
                clearance=Clearance(row.get("clearance", 0)),
                now=now,
            )
            activate_account(by=security, person_id=new.person.pk, now=now)
            accounts.append(new)
        for each in accounts:
            person = Person.objects.get(pk=each.person.pk)
            store_password(person=person, hashed=hashed[person.username], one_time=False, now=now)
            record_act(action="password-changed", by=_actor(person), subject=subject_of(person=person), at=now)


def _actor(person: Person) -> Actor:
    return Actor(person.pk, person.username, person.role, "console")
