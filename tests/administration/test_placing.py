"""Where a package belongs, for many at once: fonds, classes and code rule, and what happens where nothing fits."""

from __future__ import annotations

import pytest
from django.test.utils import CaptureQueriesContext
from reference_data import NOW, load_reference

from lantai.administration.models import Organisation
from lantai.administration.queries import (
    NoSuchOrganisation,
    PlacementQuestion,
    agreements_of,
    fonds_codes,
    list_classes,
    list_fonds,
    list_organisations,
    organisation_of,
    organisations_by_id,
    placements,
)
from lantai.archival.codes import CodeError, format_code

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def ids() -> dict[str, int]:
    """The bodies of the reference data, by code."""
    load_reference()
    return dict(Organisation.objects.values_list("code", "pk"))


def test_an_items_class_goes_into_the_code(ids: dict[str, int]) -> None:
    question = PlacementQuestion(ids["SCJG"], "generic", {"item_code": "0119000101", "fonds_code": "Z109"})
    [place] = placements(asked=[question], at=NOW)
    assert (place.fonds_code, place.category, place.classes) == ("Z109", "ZY", ("XK", "SP"))
    assert place.organisation_name == "云岭县市场监督管理局"
    assert place.rule.key == "approval-three"
    values = {**place.values, "year": "2024", "retention": "D30"}
    assert format_code(place.rule, values, 7) == "Z109-ZY·XK·SP·2024·D30-000007"


def test_an_unknown_item_goes_by_its_type_and_the_schemes_defaults(ids: dict[str, int]) -> None:
    question = PlacementQuestion(ids["SCJG"], "generic", {"item_code": "new", "item_type": "07"})
    [place] = placements(asked=[question], at=NOW)
    assert place.fonds_code == "Z109", "the body's only fonds"
    assert place.classes == ("QR", "QT")


def test_a_fonds_of_somebody_else_is_not_believed(ids: dict[str, int]) -> None:
    question = PlacementQuestion(ids["SCJG"], "generic", {"fonds_code": "Z020", "item_type": "01"})
    [place] = placements(asked=[question], at=NOW)
    assert place.fonds_code == "Z109"


def test_the_agreed_fonds_decides_between_several(ids: dict[str, int]) -> None:
    agreed = PlacementQuestion(ids["MZJ"], "generic", {"item_type": "07"})
    named = PlacementQuestion(ids["MZJ"], "generic", {"item_type": "07", "fonds_code": "Z020"})
    open_question = PlacementQuestion(ids["MZJ"], "fuzhou", {"task_type": "07"})
    places = placements(asked=[agreed, named, open_question], at=NOW)
    assert [each.fonds_code for each in places] == ["M020", "Z020", ""]
    assert [each.rule.key for each in places] == ["approval"] * 3
    with pytest.raises(CodeError, match="全宗号"):
        format_code(places[2].rule, {**places[2].values, "year": "2024", "retention": "Y"}, 1)


def test_documents_go_by_their_profile_and_department(ids: dict[str, int]) -> None:
    [place] = placements(asked=[PlacementQuestion(ids["SCJG"], "wenshu", {"department": "办公室"})], at=NOW)
    assert (place.category, place.function, place.rule.key) == ("WS", "办公室", "documents")
    values = {**place.values, "year": "2024", "retention": "Y"}
    assert format_code(place.rule, values, 1) == "Z109-WS·2024·Y·办公室-0001"


def test_without_any_scheme_the_code_says_what_is_missing(ids: dict[str, int]) -> None:
    [place] = placements(asked=[PlacementQuestion(0, "generic", {"category_code": "KJ"})], at=NOW)
    assert (place.organisation_name, place.fonds_code) == ("", "")
    with pytest.raises(CodeError, match="全宗号"):
        format_code(place.rule, {**place.values, "year": "2024", "retention": "Y"}, 1)


def test_many_cost_as_many_queries_as_one(
    ids: dict[str, int], django_assert_max_num_queries: CaptureQueriesContext
) -> None:
    question = PlacementQuestion(ids["SCJG"], "generic", {"item_code": "0119000101"})
    with django_assert_max_num_queries(8):
        assert len(placements(asked=[question] * 200, at=NOW)) == 200


def test_agreements_in_force(ids: dict[str, int]) -> None:
    found = agreements_of(organisation_ids=ids.values(), at=NOW)
    assert set(found) == {ids["SCJG"], ids["MZJ"]}
    view = found[ids["SCJG"]]
    assert view.automatic
    assert view.terms == {"fonds": ["Z109"], "items": ["0119000101"], "bytes": 1 << 30, "files": 1000}
    assert not found[ids["MZJ"]].automatic
    assert found[ids["MZJ"]].terms == {"fonds": ["M020"]}
    assert agreements_of(organisation_ids=ids.values(), at=NOW.replace(year=2023)) == {}


def test_bodies_and_fonds(ids: dict[str, int]) -> None:
    assert fonds_codes(organisation_ids=ids.values()) == {
        ids["SCJG"]: frozenset({"Z109"}),
        ids["MZJ"]: frozenset({"Z020", "M020"}),
    }
    assert organisation_of(code="11331199MB00000177").code == "SCJG"
    with pytest.raises(NoSuchOrganisation):
        organisation_of(code="")
    assert organisations_by_id(ids=[ids["MZJ"], 0])[ids["MZJ"]].name == "云岭县民政局"
    assert [each.code for each in list_organisations()] == ["MZJ", "SCJG", "SCJG-XK"]
    assert [each.code for each in list_fonds()] == ["M020", "Z020", "Z109"]
    assert [each.organisation_name for each in list_fonds(codes=["Z109"])] == ["云岭县市场监督管理局"]
    assert [each.path for each in list_classes()] == ["ZY", "ZY·QR", "ZY·XK", "ZY·XK·SP"]
