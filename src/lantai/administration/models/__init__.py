"""Tables of the people and bodies, and of the rules they made."""

from lantai.administration.models.people import PasswordHistory, Person, Role, SecondFactor, SecurityPolicy

__all__ = ["PasswordHistory", "Person", "Role", "SecondFactor", "SecurityPolicy"]
