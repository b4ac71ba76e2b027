"""Who holds a role: for those who have to tell everybody of it."""

from __future__ import annotations

from lantai.administration.models import Person, Role


def people_in_role(*, role: Role) -> list[int]:
    """The numbers of the active accounts of *role*."""
    return list(Person.objects.filter(role=role, is_active=True).order_by("pk").values_list("pk", flat=True))
