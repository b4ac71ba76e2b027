"""Archive codes (档号): rules as data, writing, reading and judging (DA/T 13-2022, DA/T 22-2015), and check digits."""

from lantai.archival.codes.check_digits import (
    CheckDigit,
    check_identity_number,
    check_organisation_code,
    check_region_code,
    check_social_credit_code,
)
from lantai.archival.codes.grammar import (
    CodeError,
    CodeProblem,
    check_code,
    format_code,
    normalise_code,
    parse_code,
    rules_for_code,
    scope_of,
)
from lantai.archival.codes.rules import (
    CodeComponent,
    CodeRule,
    RuleError,
    preset_rules,
    rule_from_data,
    rule_to_data,
)
from lantai.archival.codes.tables import Category, RecordClass, categories, component_definitions, record_classes

__all__ = [
    "Category",
    "CheckDigit",
    "CodeComponent",
    "CodeError",
    "CodeProblem",
    "CodeRule",
    "RecordClass",
    "RuleError",
    "categories",
    "check_code",
    "check_identity_number",
    "check_organisation_code",
    "check_region_code",
    "check_social_credit_code",
    "component_definitions",
    "format_code",
    "normalise_code",
    "parse_code",
    "preset_rules",
    "record_classes",
    "rule_from_data",
    "rule_to_data",
    "rules_for_code",
    "scope_of",
]
