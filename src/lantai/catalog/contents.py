"""The bytes of a record as they go out: page images, files, the whole package."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.archival.packages import open_component
from lantai.catalog.components import StoredComponent, as_component
from lantai.catalog.documents import THUMBNAIL, WIDTH
from lantai.catalog.looks import is_of_a_look, noted_record, record_or_refusal
from lantai.catalog.queries import Act, RecordView
from lantai.catalog.queries.composition import StoredPackage
from lantai.catalog.services.looking import COPIED, VIEWED
from lantai.catalog.viewing import NotShown, viewed_image
from lantai.common.errors import Refused
from lantai.common.ranges import send_ranges
from lantai.storage.queries import ContentMissing, content_file, open_content


def page_image(
    request: HttpRequest, code: str, reader: Reader, file: int, page: int, width: int, now: datetime
) -> HttpResponse:
    """Page *page* of file number *file* as an image; kept by the reader's own browser for an hour.

    Raises NoSuchRecord, Http404 for a page that is not there, common's Refused.
    """
    if is_of_a_look(request.GET.get("look", ""), reader=reader, code=code, file=file, now=now):
        record = record_or_refusal(code, reader, act=Act.READ)
    else:
        what = f"file {file}, page {page}"
        record = noted_record(request, code, reader, act=Act.READ, kind=VIEWED, what=what, now=now)
    package = _package(record)
    component = _component(package, file)
    if width not in (WIDTH, THUMBNAIL) or not 0 < page <= 1_000_000:
        raise Http404
    object_id, path = component.held_in or (package.object_id, package.path)
    try:
        shown = viewed_image(
            object_id=object_id,
            path=path,
            component=component,
            number=page,
            width=width,
        )
    except NotShown as reason:
        raise Http404(str(reason)) from None
    return HttpResponse(
        shown.data, content_type=shown.mime, headers={"Cache-Control": "private, max-age=3600", "Vary": "Cookie"}
    )


def package_download(request: HttpRequest, code: str, reader: Reader, now: datetime) -> HttpResponseBase:
    """The package as received. Raises NoSuchRecord, Http404 for a record without one, common's Refused."""
    record = noted_record(request, code, reader, act=Act.COPY, kind=COPIED, what="package", now=now)
    package = _package(record)
    if not package.whole:
        raise Refused(_("这一件的文件经过拆分或合并，不再与一个原包对应。"), advice=_("请在“文件”里逐个下载。"))
    try:
        stream = open_content(object_id=package.object_id, path=package.path)
    except (ContentMissing, OSError):
        raise _missing() from None
    name = f"{record.summary.archive_code or record.summary.record_code}{PurePosixPath(package.path).suffix}"
    return send_ranges(request, stream=stream, size=package.bytes, name=name)


def file_download(request: HttpRequest, code: str, reader: Reader, file: int, now: datetime) -> HttpResponseBase:
    """File number *file* of the package, read in place. Raises as ``package_download``."""
    record = noted_record(request, code, reader, act=Act.COPY, kind=COPIED, what=f"file {file}", now=now)
    package = _package(record)
    component = _component(package, file)
    try:
        object_id, held_path = component.held_in or (package.object_id, package.path)
        package_file = content_file(object_id=object_id, path=held_path)
        stream: BinaryIO = open_component(package_file, as_component(component))
    except (ContentMissing, OSError):
        raise _missing() from None
    return send_ranges(request, stream=stream, size=component.size, name=PurePosixPath(component.path).name)


def _package(record: RecordView) -> StoredPackage:
    """The package of the record. Raises Http404 for a record without one."""
    if record.package is None:
        raise Http404
    return record.package


def _component(package: StoredPackage, file: int) -> StoredComponent:
    """File number *file* of the package, from 1. Raises Http404."""
    if not 1 <= file <= len(package.components):
        raise Http404
    return package.components[file - 1]


def _missing() -> Refused:
    return Refused(_("存储中暂时读不到这件档案的内容。"), advice=_("请联系系统管理员；档案的登记和凭证不受影响。"))
