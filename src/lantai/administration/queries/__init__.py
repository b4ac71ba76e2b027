"""The read door of the people, the bodies, and the rules they made."""

from lantai.administration.queries.agreements import AgreementView, agreements_of
from lantai.administration.queries.bodies import (
    FondsView,
    NoSuchOrganisation,
    OrganisationView,
    body_and_class,
    fonds_codes,
    list_fonds,
    list_organisations,
    organisation_of,
    organisations_by_id,
)
from lantai.administration.queries.classes import ClassScheme, ClassView, class_scheme, list_classes
from lantai.administration.queries.credentials import CredentialView, credential_of, list_credentials, webhook_secrets
from lantai.administration.queries.numbering import CodingScheme, coding_schemes
from lantai.administration.queries.placing import Placement, PlacementQuestion, placements
from lantai.administration.queries.rules import (
    NoSuchRulePack,
    RulePackRow,
    drafted_rule_pack,
    list_rule_packs,
    rule_pack,
    rule_pack_labelled,
)
from lantai.administration.queries.trust import trust_changed_at, trust_list

__all__ = [
    "AgreementView",
    "ClassScheme",
    "ClassView",
    "CodingScheme",
    "CredentialView",
    "FondsView",
    "NoSuchOrganisation",
    "NoSuchRulePack",
    "OrganisationView",
    "Placement",
    "PlacementQuestion",
    "RulePackRow",
    "agreements_of",
    "body_and_class",
    "class_scheme",
    "coding_schemes",
    "credential_of",
    "drafted_rule_pack",
    "fonds_codes",
    "list_classes",
    "list_credentials",
    "list_fonds",
    "list_organisations",
    "list_rule_packs",
    "organisation_of",
    "organisations_by_id",
    "placements",
    "rule_pack",
    "rule_pack_labelled",
    "trust_changed_at",
    "trust_list",
    "webhook_secrets",
]
