"""The read door of due work, jobs, notices, selections, saved views and bulk orders."""

from lantai.work.queries.around import MANY, counts_around
from lantai.work.queries.bulk import BulkLine, BulkView, bulk_order, bulk_order_of
from lantai.work.queries.duties import (
    DutyFigures,
    DutyFilter,
    DutyView,
    count_duties,
    duties_by_key,
    duty_figures,
    duty_keys,
    duty_neighbours,
    open_duties,
)
from lantai.work.queries.jobs import (
    ENDED_JOBS,
    OPEN_JOBS,
    JobView,
    ended_jobs,
    job,
    key_rests,
    open_jobs,
    recent_jobs,
    running_jobs,
)
from lantai.work.queries.notices import NoticeView, list_notices, unread_notices
from lantai.work.queries.saved_views import ViewsShown, list_views, view_address
from lantai.work.queries.selections import (
    Chosen,
    bar_above,
    picking,
    selected_count,
    selected_keys,
    selection_of,
)
from lantai.work.queries.walking import Walk, walk, walk_parameters

__all__ = [
    "ENDED_JOBS",
    "MANY",
    "OPEN_JOBS",
    "BulkLine",
    "BulkView",
    "Chosen",
    "DutyFigures",
    "DutyFilter",
    "DutyView",
    "JobView",
    "NoticeView",
    "ViewsShown",
    "Walk",
    "bar_above",
    "bulk_order",
    "bulk_order_of",
    "count_duties",
    "counts_around",
    "duties_by_key",
    "duty_figures",
    "duty_keys",
    "duty_neighbours",
    "ended_jobs",
    "job",
    "key_rests",
    "list_notices",
    "list_views",
    "open_duties",
    "open_jobs",
    "picking",
    "recent_jobs",
    "running_jobs",
    "selected_count",
    "selected_keys",
    "selection_of",
    "unread_notices",
    "view_address",
    "walk",
    "walk_parameters",
]
