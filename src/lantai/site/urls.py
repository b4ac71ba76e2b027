"""All addresses of Lantai, room by room."""

from django.urls import URLPattern, URLResolver, include, path

from lantai.ingest.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("ledger/", include("lantai.ledger.urls")),
    path("", include("lantai.administration.urls")),
    path("", include("lantai.common.urls")),
]

handler400 = "lantai.common.views.bad_request"
handler403 = "lantai.common.views.forbidden"
handler404 = "lantai.common.views.not_found"
handler500 = "lantai.common.views.server_error"
