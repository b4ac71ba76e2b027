"""Addresses of the sample pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils.translation import get_language

from lantai.common import views
from lantai.common.errors import Refused
from lantai.common.pages import show
from tests.browser.samples import FRAGMENTS, page_image, sample_pages, take_piece


def sample(request: HttpRequest, name: str) -> HttpResponse:
    return show(request, sample_pages(get_language() or "zh-hans")[name])


def image(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(page_image(number), content_type="image/svg+xml")


def fragment(request: HttpRequest, name: str) -> HttpResponse:
    return FRAGMENTS[name](request)


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


def refused(request: HttpRequest) -> HttpResponse:
    raise Refused("这件档案控制使用。", who_may=["本人", "持公函的单位"], advice="可以在线申请查阅。")


def often(request: HttpRequest) -> HttpResponse:
    return views.too_many(request, 30)


urlpatterns = [
    path("sample/<slug:name>/", sample, name="sample"),
    path("page-<int:number>.svg", image),
    path("fragment/<slug:name>/", fragment),
    path("pieces/<str:key>", take_piece),
    path("broken/", broken),
    path("refused/", refused),
    path("often/", often),
    path("api/broken/", broken),
    path("", include("lantai.common.urls")),
]
handler400 = "lantai.common.views.bad_request"
handler403 = "lantai.common.views.forbidden"
handler404 = "lantai.common.views.not_found"
handler500 = "lantai.common.views.server_error"
