"""Addresses of digitisation."""

from django.urls import path, register_converter

from lantai.digitisation import views
from lantai.digitisation.pages import LARGE, SMALL


class ImageWidth:
    """The widths a page image is made in."""

    regex = f"{SMALL}|{LARGE}"

    def to_python(self, value: str) -> int:
        """The width in pixels."""
        return int(value)

    def to_url(self, value: int) -> str:
        """The width as it stands in the address."""
        return str(value)


register_converter(ImageWidth, "scan_width")

urlpatterns = [
    path("digitising/", views.batches, name="digitising"),
    path("digitising/new/", views.new, name="digitising-new"),
    path("digitising/<int:batch_id>/", views.batch, name="digitising-batch"),
    path("digitising/<int:batch_id>/progress/", views.progress, name="digitising-progress"),
    path("digitising/<int:batch_id>/check/", views.check, name="digitising-check"),
    path("digitising/<int:batch_id>/records/", views.units, name="digitising-units"),
    path("digitising/<int:batch_id>/pages/", views.scan_pages, name="digitising-pages"),
    path("digitising/<int:batch_id>/pages/<int:page_id>/<scan_width:width>/", views.image, name="digitising-image"),
]
