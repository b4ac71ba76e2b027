"""The read door of preservation: the register, the counts, what stands behind them, what is to be decided."""

from lantai.preservation.queries.counts import (
    BOUND,
    FormatLine,
    Scope,
    format_lines,
    places_of_format,
    records_behind,
    scopes_to_copy,
    unplanned_formats,
)
from lantai.preservation.queries.register import (
    DecisionView,
    RuleView,
    copied_families,
    copy_rules,
    decisions_about,
    format_entry,
    format_register,
    register_number,
)
from lantai.preservation.queries.signoffs import SignoffView, newest_signoffs, signoffs_of
from lantai.preservation.queries.verdicts import (
    VerdictGroup,
    VerdictLine,
    refused_copies,
    undecided_count,
    verdict_groups,
    verdict_lines,
)

__all__ = [
    "BOUND",
    "DecisionView",
    "FormatLine",
    "RuleView",
    "Scope",
    "SignoffView",
    "VerdictGroup",
    "VerdictLine",
    "copied_families",
    "copy_rules",
    "decisions_about",
    "format_entry",
    "format_lines",
    "format_register",
    "newest_signoffs",
    "places_of_format",
    "records_behind",
    "refused_copies",
    "register_number",
    "scopes_to_copy",
    "signoffs_of",
    "undecided_count",
    "unplanned_formats",
    "verdict_groups",
    "verdict_lines",
]
