"""Every table and every column has an answer: kept, put back otherwise, or left with a reason."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import Model

from lantai.site.rebuilding.tables import compared_tables, kept_tables, left_out, seeded_tables

WHY = {"derived", "ephemeral", "secret"}


def tables() -> list[type[Model]]:
    return list(apps.get_models(include_auto_created=True))


@pytest.mark.parametrize("model", tables(), ids=lambda model: model._meta.label_lower)
def test_every_column_is_compared_or_left_with_a_reason(model: type[Model]) -> None:
    label = model._meta.label_lower
    left = {each.name for each in left_out()}
    if {label, f"{model._meta.app_label}.*"} & left:
        return
    told = [each for each in compared_tables() if each.label == label]
    assert len(told) == 1, f"{label}: say in site/rebuilding/tables.toml whether its rows are kept, and if not, why"
    columns = {each.attname for each in model._meta.concrete_fields}
    assert set(told[0].by) <= columns
    assert told[0].without <= columns
    unexplained = told[0].without - {name.removeprefix(f"{label}.") for name in left}
    rebuilt = label not in {each.label for each in kept_tables()}
    assert not unexplained or rebuilt, f"{label}: {sorted(unexplained)} are left without a reason"


def test_reasons_are_of_the_known_kinds_and_say_something() -> None:
    assert {each.why for each in left_out()} == WHY
    assert all(each.says.endswith(".") for each in left_out())
    assert len({each.name for each in left_out()}) == len(left_out())


def test_nothing_is_listed_that_is_not_there() -> None:
    known = {each._meta.label_lower for each in tables()} | {f"{each._meta.app_label}.*" for each in tables()}
    for each in left_out():
        assert each.name in known or each.name.rpartition(".")[0] in known, each.name
    assert seeded_tables() <= {each.label for each in kept_tables()}
    for table in kept_tables():
        assert table.kept


def test_no_password_and_no_second_factor_is_kept() -> None:
    secret = {each.name for each in left_out() if each.why == "secret"}
    assert secret == {
        "administration.passwordhistory",
        "administration.secondfactor",
        "administration.person.password",
    }
