"""The rules of signing in, decided by the security administrator and never weaker than the baseline."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lantai.administration.models import Person, Role, SecurityPolicy
from lantai.administration.queries.people import POLICY_RULES, PolicyValues, current_policy
from lantai.administration.services.people_access import Actor, require_role
from lantai.administration.services.people_evidence import record_act


class PolicyRefused(ValueError):
    """A policy is weaker than the baseline or otherwise impossible; `problems` names the field of each reason."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def policy_problems(*, values: PolicyValues) -> dict[str, str]:
    """What is wrong with *values*, by field; empty when they may become the policy."""
    problems = {}
    for rule in POLICY_RULES:
        value = getattr(values, rule.name)
        if not rule.least <= value <= rule.most:
            problems[rule.name] = _("%(label)s须在 %(least)d 至 %(most)d 之间；基线为 %(baseline)d，不得放宽。") % {
                "label": rule.label,
                "least": rule.least,
                "most": rule.most,
                "baseline": rule.baseline,
            }
    if not set(values.second_factor_roles) <= set(Role.values):
        problems["second_factor_roles"] = _("没有这样的角色。")
    return problems


def change_security_policy(*, by: Actor, values: PolicyValues, reason: str, now: datetime) -> PolicyValues:
    """Decide a new version of the policy, by the security administrator, and return it.

    `values.version` names the version it was made from. Each value may be made stricter, or go back as far as the
    baseline, never below. Raises Refused, PolicyRefused (below the baseline, no reason, nothing changed, or another
    version was decided meanwhile).
    """
    require_role(by=by, among=(Role.SECURITY,))
    problems = policy_problems(values=values)
    reason = " ".join(reason.split())
    if not reason or len(reason) > 200:
        problems["reason"] = _("请填写修改理由（至多 200 字）。")
    if problems:
        raise PolicyRefused(problems)
    try:
        with transaction.atomic():
            return _decide(by, values, reason, now)
    except IntegrityError as error:
        raise PolicyRefused({"": _("策略刚刚被他人修改，请核对新版本后重试。")}) from error


def _decide(by: Actor, values: PolicyValues, reason: str, now: datetime) -> PolicyValues:
    before = current_policy()
    if before.version != values.version:
        raise PolicyRefused({"": _("策略刚刚被他人修改，请核对新版本后重试。")})
    wanted = {rule.name: getattr(values, rule.name) for rule in POLICY_RULES}
    required = tuple(role for role in Role.values if role in values.second_factor_roles)
    after = PolicyValues(**wanted, second_factor_roles=required, version=before.version + 1)
    changed = {key: value for key, value in asdict(after).items() if value != asdict(before)[key]}
    if changed.keys() == {"version"}:
        raise PolicyRefused({"": _("没有任何改动。")})
    SecurityPolicy.objects.create(
        **wanted,
        second_factor_roles=list(required),
        version=after.version,
        reason=reason,
        decided_by=Person.objects.get(username=by.username),
        decided_at=now,
    )
    record_act(
        action="policy-changed",
        by=by,
        subject="security-policy",
        at=now,
        before={key: asdict(before)[key] for key in changed},
        after=changed,
        more={"reason": reason},
    )
    return after
