"""The register is the standard's: 40 items, and the table of groups with its stage differences."""

from lantai.archival.checks import definitions, groups, register
from lantai.archival.checks.examination import CHECKS


def test_forty_items_in_four_natures() -> None:
    items = register()
    assert [sum(each.nature == nature for each in items) for nature in (1, 2, 3, 4)] == [14, 11, 8, 7]
    expected = [
        f"GD-{nature}-{number}"
        for nature, count in ((1, 14), (2, 11), (3, 8), (4, 7))
        for number in range(1, count + 1)
    ]
    assert [each.code for each in items] == expected
    assert all(each.name_zh and each.name_en for each in items)


def test_every_item_has_its_function_and_no_function_is_left_over() -> None:
    assert set(CHECKS) == set(definitions())
    assert all((function.__doc__ or "").strip() for function in CHECKS.values())


def test_names_not_compared_with_the_standard_say_so() -> None:
    from_memory = {each.code for each in register() if "from memory" in each.clause}
    assert {"GD-1-9", "GD-2-8", "GD-3-5", "GD-3-6", "GD-3-7", "GD-4-4", "GD-4-5", "GD-4-6"} == from_memory


def test_classes_of_method() -> None:
    methods = {each.code: each.method for each in register()}
    assert {code for code, method in methods.items() if method == "M"} == {"GD-4-4", "GD-4-5", "GD-4-6", "GD-4-7"}
    assert {code for code, method in methods.items() if method == "P"} == {
        "GD-1-9",
        "GD-2-7",
        "GD-2-8",
        "GD-3-5",
        "GD-3-6",
        "GD-3-7",
    }


def test_groups_of_three_stages_are_49_rows_and_differ_where_the_standard_does() -> None:
    assert [len(groups(stage)) for stage in ("GD", "YJ", "CQ")] == [16, 16, 17]
    asks = {each.code: each.asks_zh for stage in ("GD", "YJ", "CQ") for each in groups(stage)}
    assert "GD-4-4" not in asks and "国家规定" in asks["CQ-4-4"]
    assert "备份" in asks["CQ-3-4"] and "加密" in asks["GD-3-4"]
    assert "漏洞" in asks["CQ-4-3"]
    assert "不检测过程记录" in asks["CQ-2-2"]
    assert "DA/T 48" in asks["CQ-1-5"]


def test_each_item_belongs_to_a_group_of_its_stage() -> None:
    known = {each.group for each in groups("GD")}
    assert {each.group for each in register()} == known
