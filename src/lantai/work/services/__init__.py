"""The write door of due work, jobs, notices and outgoing messages."""

from lantai.work.bulk import Acting, ActRefused, BulkAct, Doing, Foreseen, LeftOut, Letter, OnwardAct
from lantai.work.lists import Listing, Neighbours, NoSuchList, address_for, filter_asked, listing_called
from lantai.work.sentences import Sentence, said
from lantai.work.services.dispatching import queue_dispatch, send_dispatches
from lantai.work.services.due_work import DutyToRaise, finish_other_work, finish_work, raise_work
from lantai.work.services.heartbeats import beat, forget_heartbeats, stop_beating
from lantai.work.services.jobs import (
    JobContext,
    JobPaused,
    LeaseLost,
    ask_pause,
    others_wait,
    queue_job,
    resume_job,
)
from lantai.work.services.mailing import queue_mail, send_mails
from lantai.work.services.notices import notify
from lantai.work.services.running import current_job, forget_finished_jobs, run_jobs
from lantai.work.services.selecting import clear_selection

__all__ = [
    "ActRefused",
    "Acting",
    "BulkAct",
    "Doing",
    "DutyToRaise",
    "Foreseen",
    "JobContext",
    "JobPaused",
    "LeaseLost",
    "LeftOut",
    "Letter",
    "Listing",
    "Neighbours",
    "NoSuchList",
    "OnwardAct",
    "Sentence",
    "address_for",
    "ask_pause",
    "beat",
    "clear_selection",
    "current_job",
    "filter_asked",
    "finish_other_work",
    "finish_work",
    "forget_finished_jobs",
    "forget_heartbeats",
    "listing_called",
    "notify",
    "others_wait",
    "queue_dispatch",
    "queue_job",
    "queue_mail",
    "raise_work",
    "resume_job",
    "run_jobs",
    "said",
    "send_dispatches",
    "send_mails",
    "stop_beating",
]
