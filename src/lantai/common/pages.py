"""The pages: one frozen dataclass each, named with its template, built in a view and shown by ``show``.

A template gets values, never querysets. Each template under ``templates/lantai/pages/`` says in its head which of these
it takes; a room that needs more derives a class of its own and a template that extends the one here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.forms import BaseForm
from django.http import HttpRequest
from django.template.response import TemplateResponse

from lantai.common.components import (
    Act,
    Bulk,
    CheckGroup,
    Chip,
    Empty,
    Event,
    Facet,
    Hit,
    JobRow,
    Link,
    Notice,
    Pager,
    Pair,
    PairGroup,
    ReceiptLink,
    Row,
    Step,
    Tab,
    Table,
    Tile,
)
from lantai.common.components_lists import ViewBar
from lantai.common.shown_documents import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page has. ``here`` is the key of its line in the menu; ``back`` is the crumb (层级), last part without
    address; ``facts`` stand small below the title; ``acts`` beside it."""

    template: ClassVar[str]
    title: str
    here: str = ""
    back: Sequence[Link] = ()
    facts: str = ""
    acts: Sequence[Act] = ()


def show(
    request: HttpRequest, page: Page, *, status: int = 200, headers: dict[str, str] | None = None
) -> TemplateResponse:
    """Answer with *page* in its own template; the template knows it as ``page``."""
    return TemplateResponse(request, page.template, {"page": page}, status=status, headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatePage(Page):
    """A refusal or failure (400, 403, 404, 429, 500, 503): what happened, who may, what to do, the number."""

    template: ClassVar[str] = "lantai/states/state.html"
    icon: str = "info-circle"
    text: str = ""
    who_may: Sequence[str] = ()
    advice: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage(Page):
    """Sign-in: a form with ``next`` and the fields of *form*; ``notice`` says why one is here (idle, refused);
    ``carried`` is what somebody sent after the session had ended."""

    template: ClassVar[str] = "lantai/pages/sign_in.html"
    form: BaseForm
    action: str
    next: str = ""
    carried: str = ""
    notice: Notice | None = None
    text: str = ""
    advice: str = ""
    submit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage(Page):
    """A page with one form: account, policy, settings. ``notices`` stand above, ``warning`` beside the buttons says
    what will happen (rule 5); ``cancel`` leads back."""

    template: ClassVar[str] = "lantai/pages/form.html"
    form: BaseForm
    action: str = ""
    submit: Act
    cancel: str = ""
    warning: str = ""
    notices: Sequence[Notice] = ()
    beside: Sequence[PairGroup] = ()
    two_columns: bool = False
    more_acts: Sequence[Act] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(Page):
    """Any list with views, filters, selection and pager: submissions, accounts, channels. ``form`` is a GET form."""

    template: ClassVar[str] = "lantai/pages/list.html"
    table: Table
    tiles: Sequence[Tile] = ()
    tabs: Sequence[Tab] = ()
    form: BaseForm | None = None
    chips: Sequence[Chip] = ()
    reset: str = ""
    notices: Sequence[Notice] = ()
    views: ViewBar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPage(Page):
    """Upload of packages. Without script *form* is posted to ``action`` whole. With script each file goes in pieces of
    ``piece`` bytes to ``pieces_at`` followed by its key, the other fields in the query: PUT with Content-Range, HEAD
    answers Upload-Offset; the last answer's Location is the submission. ``unfinished`` lists what was begun and not
    sent whole, ``recent`` what came lately."""

    template: ClassVar[str] = "lantai/pages/upload.html"
    form: BaseForm
    action: str = ""
    pieces_at: str = ""
    piece: int = 8 * 1024 * 1024
    notices: Sequence[Notice] = ()
    unfinished: Table | None = None
    recent: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPage(ListPage):
    """My work (我的工作): the list, and beside it running jobs and the next due dates."""

    template: ClassVar[str] = "lantai/pages/work.html"
    jobs: Sequence[JobRow] = ()
    jobs_href: str = ""
    dues: Sequence[Row] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionPage(Page):
    """One submission with its report (四性检测报告): steps, problems first, rules folded, receipts, decision.

    ``problems`` is the table of faults; ``ruling`` says rule pack, time and profile; ``form`` and ``decisions`` are the
    archivist's decision, ``consequence`` what it will do. ``queue`` says the place in the list one came from.
    """

    template: ClassVar[str] = "lantai/pages/submission.html"
    code: str
    state: str
    state_text: str = ""
    steps: Sequence[Step] = ()
    notices: Sequence[Notice] = ()
    problems: Table | None = None
    problems_title: str = ""
    problem_tabs: Sequence[Tab] = ()
    groups: Sequence[CheckGroup] = ()
    ruling: str = ""
    pairs: Sequence[PairGroup] = ()
    files: Table | None = None
    signatures: Table | None = None
    receipts: Sequence[ReceiptLink] = ()
    form: BaseForm | None = None
    action: str = ""
    decisions: Sequence[Act] = ()
    consequence: str = ""
    queue: str = ""
    queue_at: str = ""
    previous: str = ""
    following: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofView:
    """The proof of a record: where it stands in the ledger, and the command that checks it outside."""

    state: str
    pairs: Sequence[Pair]
    command: str = ""
    download: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage(Page):
    """A record: page images | text | tabs with description, checks, relations, history, proof.

    ``tab`` is the open one of ``tabs``; only its content needs to be filled. ``documents`` are the files of the record,
    ``shown`` the place of the one on view. ``refused`` stands instead of the content that this reader may not see.
    """

    template: ClassVar[str] = "lantai/pages/record.html"
    code: str
    states: Sequence[tuple[str, str]] = ()
    queue: str = ""
    queue_at: str = ""
    previous: str = ""
    following: str = ""
    documents: Sequence[Tab] = ()
    document: Document | None = None
    refused: Notice | None = None
    tabs: Sequence[Tab] = ()
    tab: str = "description"
    description: Sequence[PairGroup] = ()
    groups: Sequence[CheckGroup] = ()
    ruling: str = ""
    relations: Table | None = None
    history: Sequence[Event] = ()
    proof: ProofView | None = None
    notices: Sequence[Notice] = ()
    decisions: Sequence[Act] = ()
    consequence: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage(Page):
    """Search with facets. ``found`` is the sentence above the results; ``announce`` the same for screen readers.
    Staff have ``tabs`` and ``views`` of kept searches and the bar ``bulk`` over results they select.
    """

    template: ClassVar[str] = "lantai/pages/search.html"
    query: str
    action: str
    found: str = ""
    hits: Sequence[Hit] = ()
    facets: Sequence[Facet] = ()
    chips: Sequence[Chip] = ()
    kept: Sequence[tuple[str, str]] = ()
    sorts: Sequence[Tab] = ()
    clear: str = ""
    pager: Pager | None = None
    empty: Empty | None = None
    notices: Sequence[Notice] = ()
    bulk: Bulk | None = None
    tabs: Sequence[Tab] = ()
    views: ViewBar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage(Page):
    """The ledger (账本): the latest checkpoint, its parts, how to check it, and the entries this reader may see."""

    template: ClassVar[str] = "lantai/pages/ledger.html"
    tiles: Sequence[Tile] = ()
    checkpoint: str = ""
    checkpoint_href: str = ""
    pairs: Sequence[Pair] = ()
    commands: str = ""
    entries: Table | None = None
    notices: Sequence[Notice] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsPage(Page):
    """Background jobs (后台任务). ``refresh`` is the address asked again every few seconds while one is running."""

    template: ClassVar[str] = "lantai/pages/jobs.html"
    running: Sequence[JobRow] = ()
    finished: Sequence[JobRow] = ()
    refresh: str = ""
    tabs: Sequence[Tab] = ()
    pager: Pager | None = None
    empty: Empty | None = None
