"""Addresses of digitisation."""

from django.urls import path, register_converter

from lantai.digitisation.pages.placing import LARGE, SMALL
from lantai.digitisation.views import (
    acceptance,
    batches,
    filing,
    form_templates,
    paper,
    read_page,
    reviewing,
    scan_pages,
    seals,
    sorting,
)


class ImageWidth:
    """The widths a page image is made in."""

    regex = f"{SMALL}|{LARGE}"

    def to_python(self, value: str) -> int:
        """The width in pixels."""
        return int(value)

    def to_url(self, value: int) -> str:
        """The width as it stands in the address."""
        return str(value)


class TableKind:
    """What values are taken out as."""

    regex = "csv|json"

    def to_python(self, value: str) -> str:
        """As it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands in the address."""
        return value


register_converter(ImageWidth, "scan_width")
register_converter(TableKind, "table_kind")

urlpatterns = [
    path("digitising/review/", reviewing.batches, name="digitising-reviews"),
    path("digitising/<int:batch_id>/review/", reviewing.queue, name="digitising-review"),
    path("digitising/<int:batch_id>/review/<int:page_id>/", reviewing.page, name="digitising-review-page"),
    path("digitising/<int:batch_id>/review/<int:page_id>/undo/", reviewing.undo, name="digitising-review-undo"),
    path("digitising/<int:batch_id>/review/<int:page_id>/hold/", reviewing.hold, name="digitising-review-hold"),
    path("digitising/forms/", form_templates.templates, name="digitising-form-templates"),
    path("digitising/forms/retire/", form_templates.retire, name="digitising-form-retire"),
    path("digitising/<int:batch_id>/pages/<int:page_id>/form/", form_templates.mark, name="digitising-form-mark"),
    path("digitising/<int:batch_id>/forms/", form_templates.filled, name="digitising-forms"),
    path("digitising/<int:batch_id>/forms/fill/", form_templates.fill, name="digitising-forms-fill"),
    path(
        "digitising/<int:batch_id>/forms/<int:template_id>.<table_kind:kind>",
        form_templates.export,
        name="digitising-forms-export",
    ),
    path("digitising/sorting/", sorting.sorting, name="digitising-sorting"),
    path("digitising/sorting/teach/", sorting.teach, name="digitising-sorting-teach"),
    path("digitising/sorting/choose/", sorting.choose, name="digitising-sorting-choose"),
    path(
        "digitising/<int:batch_id>/review/<int:page_id>/regions/", reviewing.regions, name="digitising-review-regions"
    ),
    path("digitising/<int:batch_id>/review/<int:page_id>/fields/", reviewing.fields, name="digitising-review-fields"),
    path("digitising/seals/", seals.gallery, name="digitising-seals"),
    path("digitising/<int:batch_id>/regions/<int:region_id>.jpg", seals.picture, name="digitising-region-picture"),
    path("digitising/", batches.batches, name="digitising"),
    path("digitising/new/", batches.new, name="digitising-new"),
    path("digitising/<int:batch_id>/", batches.batch, name="digitising-batch"),
    path("digitising/<int:batch_id>/progress/", batches.progress, name="digitising-progress"),
    path("digitising/<int:batch_id>/check/", batches.check, name="digitising-check"),
    path("digitising/<int:batch_id>/read/", batches.read, name="digitising-read"),
    path("digitising/<int:batch_id>/records/", batches.units, name="digitising-units"),
    path("digitising/originals/", paper.loans, name="digitising-loans"),
    path("digitising/originals/lend/", paper.lend, name="digitising-lend"),
    path("digitising/originals/<int:loan_id>/back/", paper.take_back, name="digitising-return"),
    path("digitising/<int:batch_id>/steps/", paper.steps, name="digitising-steps"),
    path("digitising/<int:batch_id>/steps/new/", paper.new_step, name="digitising-step-new"),
    path("digitising/<int:batch_id>/acceptance/", acceptance.acceptance, name="digitising-acceptance"),
    path("digitising/<int:batch_id>/acceptance/conclude/", acceptance.conclude, name="digitising-conclude"),
    path("digitising/<int:batch_id>/acceptance/sign/", acceptance.sign, name="digitising-sign"),
    path("digitising/<int:batch_id>/acceptance/<int:drawn_id>/", acceptance.inspect, name="digitising-inspect"),
    path("digitising/<int:batch_id>/acceptance/report/<int:number>.pdf", acceptance.report, name="digitising-report"),
    path("digitising/<int:batch_id>/filing/", filing.filing, name="digitising-filing"),
    path("digitising/<int:batch_id>/filing/progress/", filing.filing_progress, name="digitising-filing-progress"),
    path("digitising/<int:batch_id>/filing/go/", filing.file_batch, name="digitising-file"),
    path("digitising/<int:batch_id>/pages/", scan_pages.scan_pages, name="digitising-pages"),
    path(
        "digitising/<int:batch_id>/pages/<int:page_id>/<scan_width:width>/", scan_pages.image, name="digitising-image"
    ),
    path("digitising/<int:batch_id>/pages/<int:page_id>/", read_page.page, name="digitising-page"),
    path(
        "digitising/<int:batch_id>/pages/<int:page_id>/repaired/<scan_width:width>/",
        read_page.repaired,
        name="digitising-repaired",
    ),
    path("digitising/<int:batch_id>/pages/<int:page_id>/alto.xml", read_page.alto, name="digitising-alto"),
    path(
        "digitising/<int:batch_id>/pages/<int:page_id>/tables/<int:region_id>.<table_kind:form>",
        read_page.table,
        name="digitising-table",
    ),
]
