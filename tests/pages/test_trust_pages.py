"""The trust list and what hangs on it: verdicts at accession, on pages and in reports, and judging again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asn1crypto import cms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Role, TrustedIssuer
from lantai.administration.queries import trust_list
from lantai.administration.services import NewIssuer, ReferenceRefused, distrust_issuer, trust_issuers
from lantai.administration.services.people_access import CONSOLE
from lantai.ledger.queries import list_entries
from tests.archival.sealing.issuing import county
from tests.make_people import signed_in
from tests.pages.archive import Archive

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("index")]

BODY = "云岭县行政审批局"


@pytest.fixture
def security(archive: Archive) -> Client:
    return signed_in(archive.people[Role.SECURITY])


@pytest.fixture
def archivist(archive: Archive) -> Client:
    return signed_in(archive.people[Role.ARCHIVIST])


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def said(kind: str) -> list[Any]:
    return list_entries(kinds=(kind,), limit=2000)


def upload(client: Client, data: bytes) -> str:
    return text_of(client.post(reverse("trust-new"), {"file": SimpleUploadedFile("root.cer", data)}))


def hidden(page: str) -> str:
    return page.split('name="certificates" value="')[1].split('"')[0]


FILLED = {"use": "anchor", "valid_from": "2020-01-01", "valid_until": "", "basis": "省密码局公告", "compared": "on"}


def test_a_certificate_is_shown_compared_and_trusted(security: Client) -> None:
    root = county()["root"]
    page = upload(security, root.der)
    digits = root_digits = json.loads(json.dumps(trust_digits(root.der)))
    assert digits in page, "the fingerprint stands there to be compared"
    assert TrustedIssuer.objects.count() == 0
    refused = security.post(reverse("trust-new"), FILLED | {"certificates": hidden(page), "compared": ""})
    assert (refused.status_code, TrustedIssuer.objects.count()) == (200, 0)
    assert root_digits in text_of(refused)
    done = security.post(reverse("trust-new"), FILLED | {"certificates": hidden(page)})
    assert done.status_code == 302
    row = TrustedIssuer.objects.get()
    assert (row.subject, row.anchor, str(row.valid_from), row.basis) == (
        "云岭根证书",
        True,
        "2020-01-01",
        "省密码局公告",
    )
    (entry,) = said("administration.trust-added")
    assert entry.detail["after"]["fingerprint"] == row.fingerprint
    twice = security.post(reverse("trust-new"), FILLED | {"certificates": hidden(page)})
    assert (twice.status_code, TrustedIssuer.objects.count()) == (200, 1)
    assert "已经在信任列表里" in text_of(twice)
    assert len(trust_list(at=timezone.now()).certificates) == 1


def trust_digits(der: bytes) -> str:
    import hashlib

    digits = hashlib.sha256(der).hexdigest().upper()
    return " ".join(digits[at : at + 4] for at in range(0, 64, 4))


def test_a_chain_of_several_comes_in_together(security: Client) -> None:
    bundle = cms.ContentInfo(
        {
            "content_type": "signed_data",
            "content": cms.SignedData(
                {
                    "version": "v1",
                    "digest_algorithms": [],
                    "encap_content_info": {"content_type": "data"},
                    "certificates": [cms.CertificateChoices.load(county()[name].der) for name in ("root", "middle")],
                    "signer_infos": [],
                }
            ),
        }
    ).dump()
    page = upload(security, bundle)
    assert page.count("由自己颁发（根证书）") == 1
    security.post(reverse("trust-new"), FILLED | {"certificates": hidden(page), "use": "link"})
    assert list(TrustedIssuer.objects.values_list("anchor", flat=True)) == [False, False]


@pytest.mark.parametrize(
    "data", [b"", b"noise", b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----", b"0" * 70_000]
)
def test_what_is_no_certificate_is_refused_with_a_sentence(security: Client, data: bytes) -> None:
    page = upload(security, data)
    assert "lt-field__error" in page or "aria-invalid" in page
    assert TrustedIssuer.objects.count() == 0
    forged = security.post(reverse("trust-new"), FILLED | {"certificates": "???"})
    assert (forged.status_code, TrustedIssuer.objects.count()) == (200, 0)


def test_removal_has_a_reason_and_an_entry(archive: Archive, security: Client, archivist: Client) -> None:
    (row,) = trust_issuers(
        issuers=[NewIssuer(der=county()["root"].der, anchor=True, basis="公告")], by=CONSOLE, now=timezone.now()
    )
    assert archivist.get(reverse("trust")).status_code == 200
    assert reverse("trust-new") not in text_of(archivist.get(reverse("trust")))
    assert archivist.get(reverse("trust-new")).status_code == 403
    assert archivist.post(reverse("trust-remove", args=[row.pk]), {"reason": "试"}).status_code == 403
    assert signed_in(archive.people[Role.DEPARTMENT]).get(reverse("trust")).status_code == 403
    assert security.get(reverse("trust-one", args=[99_999])).status_code == 404
    assert security.post(reverse("trust-remove", args=[row.pk]), {"reason": ""}).status_code == 200
    assert security.post(reverse("trust-remove", args=[row.pk]), {"reason": "机构停业"}).status_code == 302
    assert security.post(reverse("trust-remove", args=[row.pk]), {"reason": "再来"}).status_code == 404
    (entry,) = said("administration.trust-removed")
    assert (entry.detail["reason"], trust_list(at=timezone.now()).certificates) == ("机构停业", ())
    assert "机构停业" in text_of(security.get(reverse("trust-one", args=[row.pk])))
    assert "机构停业" in text_of(security.get(reverse("trust") + "?which=removed"))
    with pytest.raises(ReferenceRefused):
        distrust_issuer(number=row.pk, reason="再来", by=CONSOLE, now=timezone.now())


def test_who_may_ask_for_another_judgement(archive: Archive) -> None:
    code = archive.open_record.record_code
    for role in (Role.DEPARTMENT, Role.PUBLIC, Role.SECURITY):
        assert signed_in(archive.people[role]).post(reverse("record-rejudge", args=[code])).status_code == 403
    keeper = signed_in(archive.people[Role.ARCHIVIST])
    assert keeper.get(reverse("record-rejudge", args=[code])).status_code == 405
    assert keeper.post(reverse("record-rejudge", args=["E0"])).status_code == 404
