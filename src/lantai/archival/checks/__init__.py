"""Four-nature detection (四性检测, DA/T 70-2018): the checks, the rule packs they go by, the decision, the sandbox."""

from lantai.archival.checks.authenticity_checks import key_values
from lantai.archival.checks.examination import decide, examine, judge_again, report
from lantai.archival.checks.materials import rules_in_force, unmet_rules
from lantai.archival.checks.messages import advice, can_be_said, message
from lantai.archival.checks.metadata_checks import examine_metadata
from lantai.archival.checks.model import (
    CheckDefinition,
    Decision,
    Examination,
    Finding,
    Holdings,
    Severity,
    ValueList,
    Verdict,
)
from lantai.archival.checks.pack import RulePack
from lantai.archival.checks.pack_data import (
    RulePackError,
    default_pack,
    load_rule_pack,
    read_rule_pack,
    rule_pack_from_data,
    rule_pack_to_data,
    write_rule_pack,
)
from lantai.archival.checks.register import GroupDefinition, definitions, groups, register
from lantai.archival.checks.retention import RetentionDecision, choose_retention
from lantai.archival.checks.sandbox import ParserError, ReadRequest, Sandbox, SandboxClosed
from lantai.archival.checks.scheme import rule_values

__all__ = [
    "CheckDefinition",
    "Decision",
    "Examination",
    "Finding",
    "GroupDefinition",
    "Holdings",
    "ParserError",
    "ReadRequest",
    "RetentionDecision",
    "RulePack",
    "RulePackError",
    "Sandbox",
    "SandboxClosed",
    "Severity",
    "ValueList",
    "Verdict",
    "advice",
    "can_be_said",
    "choose_retention",
    "decide",
    "default_pack",
    "definitions",
    "examine",
    "examine_metadata",
    "groups",
    "judge_again",
    "key_values",
    "load_rule_pack",
    "message",
    "read_rule_pack",
    "register",
    "report",
    "rule_pack_from_data",
    "rule_pack_to_data",
    "rule_values",
    "rules_in_force",
    "unmet_rules",
    "write_rule_pack",
]
