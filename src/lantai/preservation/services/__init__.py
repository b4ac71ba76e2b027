"""The write door of preservation: the register, identification again, normalised copies."""

from lantai.preservation.services.boxing import forget_leftovers
from lantai.preservation.services.counting import FORMATS_FOLLOWER, count_records, follow_formats
from lantai.preservation.services.identifying import VerdictsRefused, order_verdicts, queue_identification
from lantai.preservation.services.normalising import MOST_BY_HAND, ask_copies, queue_copies
from lantai.preservation.services.planning import PlanRefused, decide_format, review_plans, set_copy_rule
from lantai.preservation.services.signing_off import SIGNED_GROUPS, SIGNERS, SignoffRefused, sign_group

__all__ = [
    "FORMATS_FOLLOWER",
    "MOST_BY_HAND",
    "SIGNED_GROUPS",
    "SIGNERS",
    "PlanRefused",
    "SignoffRefused",
    "VerdictsRefused",
    "ask_copies",
    "count_records",
    "decide_format",
    "follow_formats",
    "forget_leftovers",
    "order_verdicts",
    "queue_copies",
    "queue_identification",
    "review_plans",
    "set_copy_rule",
    "sign_group",
]
