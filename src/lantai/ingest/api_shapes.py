"""Shapes of the departments' channel: what its bodies hold, and an OpenAPI that tells the kind of every answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from django.utils import timezone
from ninja import Field, NinjaAPI, Schema
from ninja.openapi.schema import OpenAPISchema
from pydantic import field_validator

TEXT = r"^[^\x00-\x1f\x7f]+$"
PROBLEM = "application/problem+json"


class ChannelAPI(NinjaAPI):
    """An API whose refusals are problems (RFC 9457), in its description as on the line."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description, with the content type of every refusal as it really is."""
        described = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for methods in described["paths"].values():
            for operation in methods.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in answer.get("content", {}):
                        answer["content"] = {PROBLEM: answer["content"]["application/json"]}
        return described


class Digest(Schema):
    """The digest the department computed over the package."""

    algorithm: Literal["sha512", "sha256", "sm3"]
    value: str = Field(pattern=r"^[0-9a-fA-F]{64}([0-9a-fA-F]{64})?$")


class SubmissionIn(Schema):
    """What is said of a package before its bytes are sent."""

    name: str = Field(min_length=1, max_length=400, pattern=r"^[^\x00-\x1f\x7f/]+$")
    profile: str = Field(default="fuzhou", max_length=40, pattern=r"^[a-z0-9_]+$")
    size: int = Field(ge=1, le=1 << 40)
    digest: Digest | None = None
    batch: str = Field(default="", max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")
    replaces: str = Field(default="", max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")
    follows: str = Field(default="", max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")
    webhook: str = Field(default="", max_length=500, pattern=r"^(https?://[!-~]+)?$")


class PackageIn(Schema):
    """What the address says of a package that is sent whole."""

    name: str = Field(min_length=1, max_length=400, pattern=r"^[^\x00-\x1f\x7f/]+$")
    profile: str = Field(default="fuzhou", max_length=40, pattern=r"^[a-z0-9_]+$")
    digest: str = Field(
        default="",
        pattern=r"^((sha512:[0-9a-fA-F]{128})|((sha256|sm3):[0-9a-fA-F]{64}))?$",
        description="algorithm and digest of the package, as sha512:9b1c…; it is refused when its bytes differ",
    )
    batch: str = Field(default="", max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")
    replaces: str = Field(default="", max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")
    follows: str = Field(default="", max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")
    webhook: str = Field(default="", max_length=500, pattern=r"^(https?://[!-~]+)?$")


class ReceiptOut(Schema):
    """One signed receipt; ``body`` is the signed text, byte for byte."""

    number: int
    kind: str
    body: str
    digest: str
    signature: str


class SubmissionOut(Schema):
    """Where a submission stands, with its chain of receipts."""

    record_code: str
    name: str
    state: str
    size: int
    received: int
    sha512: str
    decision: str
    receipts: list[ReceiptOut]


class BatchIn(Schema):
    """A hand-over batch: its number, and what the register says is in it."""

    number: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")
    name: str = Field(default="", max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
    count: int | None = Field(default=None, ge=0, le=10_000_000)
    bytes: int | None = Field(default=None, ge=0, le=1 << 50)


class BatchOut(Schema):
    """A batch and how many of its packages stand where."""

    number: str
    name: str
    declared_count: int | None
    declared_bytes: int | None
    states: dict[str, int]


class HeldIn(Schema):
    """One material (归档文件) of a running case that its department holds: the name its item's catalogue gives it."""

    name: str = Field(min_length=1, max_length=200, pattern=TEXT)
    code: str = Field(default="", max_length=10, pattern=r"^[A-Za-z0-9]*$", description="stage code: A, B0 to B99, C")


class ProgressIn(Schema):
    """One node of a running case."""

    node: str = Field(min_length=1, max_length=60, pattern=TEXT)
    at: datetime
    body: str = Field(min_length=1, max_length=200, pattern=TEXT)
    state: str = Field(min_length=1, max_length=40, pattern=TEXT)
    note: str = Field(default="", max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")
    item: str = Field(
        default="",
        max_length=120,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="code of the service item (事项编码); once is enough for a case",
    )
    item_name: str = Field(default="", max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")
    materials: list[HeldIn] | None = Field(
        default=None,
        max_length=300,
        description="materials held since this node; left out, nothing is said of materials. What is due and not there"
        " by the rules of the item is shown to the department and asked for.",
    )

    @field_validator("at")
    @classmethod
    def in_utc(cls, at: datetime) -> datetime:
        """The moment in UTC; without a zone it is meant as the archive's. No database keeps every zone there is."""
        try:
            return (at if at.tzinfo else timezone.make_aware(at)).astimezone(UTC)
        except OverflowError as error:
            raise ValueError("the time is beyond any calendar") from error


class ProgressOut(Schema):
    """Whether the node was new, and all nodes of the case."""

    new: bool
    nodes: list[dict[str, str]]


class ReportOut(Schema):
    """The report of the examination and the archive's signature over it."""

    report: dict[str, Any]
    signature: str


class KeyOut(Schema):
    """The public key of the receipts."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str


class ProblemOut(Schema):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []
