"""Tables of the people and bodies, and of the rules they made."""

from lantai.administration.models.bodies import Fonds, Organisation, OrganisationKind, RecordClass
from lantai.administration.models.channels import AccessionPolicy, Agreement, Credential
from lantai.administration.models.dated import DatedChange, DatedKind
from lantai.administration.models.history import (
    ChangedOrganisation,
    ChangeKind,
    FondsEntry,
    FondsGuide,
    FondsSuccession,
    OrganisationChange,
    Side,
)
from lantai.administration.models.lists import CodeListVersion, ItemImport
from lantai.administration.models.people import PasswordHistory, Person, Role, SecondFactor, SecurityPolicy
from lantai.administration.models.rules import (
    BaseRules,
    CodeScheme,
    ItemVersion,
    MaterialRuleSet,
    Mode,
    PackageProfile,
    RetentionRule,
    RetentionTable,
    RuleLevel,
    RulePackVersion,
    ServiceItem,
)
from lantai.administration.models.scheme import ClassAct, SchemeChange
from lantai.administration.models.trust import TrustedIssuer

__all__ = [
    "AccessionPolicy",
    "Agreement",
    "BaseRules",
    "ChangeKind",
    "ChangedOrganisation",
    "ClassAct",
    "CodeListVersion",
    "CodeScheme",
    "Credential",
    "DatedChange",
    "DatedKind",
    "Fonds",
    "FondsEntry",
    "FondsGuide",
    "FondsSuccession",
    "ItemImport",
    "ItemVersion",
    "MaterialRuleSet",
    "Mode",
    "Organisation",
    "OrganisationChange",
    "OrganisationKind",
    "PackageProfile",
    "PasswordHistory",
    "Person",
    "RecordClass",
    "RetentionRule",
    "RetentionTable",
    "Role",
    "RuleLevel",
    "RulePackVersion",
    "SchemeChange",
    "SecondFactor",
    "SecurityPolicy",
    "ServiceItem",
    "Side",
    "TrustedIssuer",
]
