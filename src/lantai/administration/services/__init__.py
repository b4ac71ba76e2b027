"""The write door of the people, the bodies, and the rules they made."""

from lantai.administration.services.agreements import NewAgreement, end_agreement, sign_agreement
from lantai.administration.services.bodies import (
    NewClass,
    NewFonds,
    NewOrganisation,
    change_organisation,
    end_organisation,
    open_fonds,
    register_classes,
    register_organisations,
)
from lantai.administration.services.coming_into_force import bring_changes_into_force, changes_in_force
from lantai.administration.services.credentials import (
    CallsExceeded,
    IssuedCredential,
    count_call,
    issue_credential,
    revoke_credential,
)
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.items import (
    NewItem,
    NewItemVersion,
    NewRuleSet,
    publish_item_versions,
    publish_rule_sets,
    register_items,
)
from lantai.administration.services.reference import ReferenceLoaded, load_reference_data
from lantai.administration.services.rules import (
    NewCodeScheme,
    NewRetentionRule,
    NewRetentionTable,
    publish_base_rules,
    publish_code_scheme,
    publish_retention_table,
    publish_rule_pack,
)
from lantai.administration.services.trust import NewIssuer, distrust_issuer, trust_issuers

__all__ = [
    "CallsExceeded",
    "IssuedCredential",
    "NewAgreement",
    "NewClass",
    "NewCodeScheme",
    "NewFonds",
    "NewIssuer",
    "NewItem",
    "NewItemVersion",
    "NewOrganisation",
    "NewRetentionRule",
    "NewRetentionTable",
    "NewRuleSet",
    "ReferenceLoaded",
    "ReferenceRefused",
    "bring_changes_into_force",
    "change_organisation",
    "changes_in_force",
    "count_call",
    "distrust_issuer",
    "end_agreement",
    "end_organisation",
    "issue_credential",
    "load_reference_data",
    "open_fonds",
    "publish_base_rules",
    "publish_code_scheme",
    "publish_item_versions",
    "publish_retention_table",
    "publish_rule_pack",
    "publish_rule_sets",
    "register_classes",
    "register_items",
    "register_organisations",
    "revoke_credential",
    "sign_agreement",
    "trust_issuers",
]
