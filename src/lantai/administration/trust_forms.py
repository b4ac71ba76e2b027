"""What people type about the trust list, read and bounded."""

from __future__ import annotations

import base64
import binascii

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lantai.administration.body_forms import date_field
from lantai.administration.services.trust import NewIssuer
from lantai.archival.formats import sentence
from lantai.archival.sealing import CertificateRefused, read_certificates

MOST = 64 * 1024


class CertificateFileForm(forms.Form):
    """A file with certificates; after reading, `certificates` holds them."""

    file = forms.FileField(label=_("证书文件"), help_text=_("CER、CRT、PEM 或 P7B，至多 64 KB；可含多张证书。"))

    def clean_file(self) -> object:
        """Read the certificates."""
        file = self.cleaned_data["file"]
        if file.size > MOST:
            raise forms.ValidationError(_("文件超过 64 KB。"))
        self.certificates = _read(file.read())
        return file


class TrustForm(forms.Form):
    """How the certificates that were read are trusted."""

    certificates = forms.CharField(widget=forms.HiddenInput, max_length=2 * MOST)
    use = forms.ChoiceField(
        label=_("用途"),
        choices=[("anchor", _("信任起点：证书链可以到此为止")), ("link", _("中间证书：只用来接续证书链"))],
        initial="anchor",
    )
    valid_from = date_field(_("信任起始"), required=False, hint=_("只信任这一天以后的签名；不填则不限。"))
    valid_until = date_field(_("信任截止"), required=False, hint=_("只信任这一天以前的签名；不填则不限。"))
    basis = forms.CharField(label=_("依据"), max_length=300, help_text=_("例如颁发机构的公告、来函文号。"))
    compared = forms.BooleanField(label=_("已用别的途径与颁发机构核对过指纹"))

    def clean_certificates(self) -> list[bytes]:
        """Read them again: what comes back from a page is nobody's word."""
        try:
            return _read(base64.b64decode(self.cleaned_data["certificates"], validate=True))
        except binascii.Error:
            raise forms.ValidationError(_("请重新选择证书文件。")) from None

    def clean(self) -> dict[str, object]:
        """The last day lies not before the first."""
        data = super().clean() or {}
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("截止日期不得早于起始日期。"))
        return data

    def issuers(self) -> list[NewIssuer]:
        """The certificates as the service takes them; call it on a valid form."""
        data = self.cleaned_data
        more = {name: data[name] for name in ("valid_from", "valid_until", "basis")}
        return [NewIssuer(der=each, anchor=data["use"] == "anchor", **more) for each in data["certificates"]]


def as_hidden(certificates: list[bytes]) -> str:
    """Certificates as the hidden field carries them to the second step."""
    joined = b"".join(
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(each) + b"-----END CERTIFICATE-----\n"
        for each in certificates
    )
    return base64.b64encode(joined).decode("ascii")


def _read(data: bytes) -> list[bytes]:
    try:
        return read_certificates(data)
    except CertificateRefused as refused:
        raise forms.ValidationError(sentence(refused.key, "en" if get_language() == "en" else "zh")) from None
