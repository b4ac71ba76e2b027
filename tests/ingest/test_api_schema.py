"""The departments' channel is what its OpenAPI says: any request, meant or malformed, gets an answer of the schema."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from lantai.site.wsgi import application
from tests.ingest.county import found_county, key_of, package
from tests.ingest.test_http import Department

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]
EXAMPLES = 80
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
)


def test_no_request_finds_a_fault() -> None:
    found_county()
    secret = key_of(calls_per_minute=100_000)
    department = Department(secret)
    name, data = package(1)
    codes = [department.create(f"{number}-{name}", data).json()["record_code"] for number in range(3)]
    department.send(codes[0], data)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 9
    seen: Counter[tuple[str, int]] = Counter()
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _ask(operation, mode, codes, secret, seen)
    statuses = {status for _label, status in seen}
    assert statuses >= {200, 201, 400, 404, 409, 422}, seen
    assert len({label for label, _status in seen}) == len(operations)


def _ask(operation: Any, mode: GenerationMode, codes: list[str], secret: str, seen: Counter[tuple[str, int]]) -> None:
    """Some requests to one operation, half of them about submissions that are there."""
    strategy = operation.as_strategy(generation_mode=mode)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy, code=st.sampled_from(codes), real=st.booleans())
    def ask(case: Any, code: str, real: bool) -> None:
        if real and "code" in (case.path_parameters or {}):
            case.path_parameters["code"] = code
        answer = case.call(headers={"Authorization": f"Bearer {secret}"})
        seen[operation.label, answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS, headers={"Authorization": f"Bearer {secret}"})

    if mode is GenerationMode.POSITIVE:
        ask()
    else:
        with contextlib.suppress(Unsatisfiable):  # nothing of this operation can be malformed
            ask()


def test_the_schema_names_every_answer_of_a_problem() -> None:
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application).raw_schema
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            refusals = {status: found for status, found in operation["responses"].items() if int(status) >= 400}
            for status, found in refusals.items():
                if method != "head":
                    assert set(found["content"]) == {"application/problem+json"}, (path, method, status)
