"""The daily report: frames and records in, HTML and JSON out. Pure: no database, no network, no clock.

Belongs here: totals, comparisons, rankings, which reports are due, the page. Does not belong here: reading the
warehouse, keeping and sending reports (`defs/reporting/`), how messages about them look (`notify/channels`).
"""

from adtrack_pipeline.reporting.account import account_report
from adtrack_pipeline.reporting.archive import Entry, render_archive
from adtrack_pipeline.reporting.dashboard import dashboard
from adtrack_pipeline.reporting.due import Standing, due_accounts, due_overall
from adtrack_pipeline.reporting.frames import Account, AccountFrames, Pace, Picture
from adtrack_pipeline.reporting.overall import overall_report
from adtrack_pipeline.reporting.page import render, wanted_thumbnails
from adtrack_pipeline.reporting.report import Report

__all__ = [
    "Account",
    "AccountFrames",
    "Entry",
    "Pace",
    "Picture",
    "Report",
    "Standing",
    "account_report",
    "dashboard",
    "due_accounts",
    "due_overall",
    "overall_report",
    "render",
    "render_archive",
    "wanted_thumbnails",
]
