"""Tables of the people and bodies, and of the rules they made."""

from lantai.administration.models.people import Person, Role

__all__ = ["Person", "Role"]
