"""People for tests of every room: an account that is ready to work, and a browser signed in as it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from lantai.administration.models import PasswordHistory, Person, Role
from lantai.administration.services.people_access import Actor

PASSWORD = "Orchid-7Lake"


def make_person(role: Role | str, username: str = "", **more: Any) -> Person:
    """An active account of *role* with PASSWORD, past every step of the first sign-in; *more* are its fields."""
    username = username or (str(role) or "nobody")
    now = timezone.now()
    fields: dict[str, Any] = {
        "person_number": f"N{username.upper()}",
        "name": f"人{username}",
        "is_active": bool(role),
        "created_at": now,
        "password_changed_at": now,
        "must_change_password": False,
        "password": make_password(PASSWORD),
        **more,
    }
    person = Person.objects.create(username=username, role=role, **fields)
    PasswordHistory.objects.create(person=person, hash=person.password, set_at=now)
    return person


def signed_in(person: Person) -> Client:
    """A browser in which *person* has signed in; tests of signing in itself go through the page instead."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def actor(person: Person) -> Actor:
    """*person* as services take it."""
    return Actor(person.pk, person.username, person.role, "192.0.2.7")
