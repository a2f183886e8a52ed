"""A report as one HTML page: no script, nothing from outside, every name escaped.

Belongs here: putting records, numbers and pictures into the templates. Does not belong here: computing
(`account.py`, `overall.py`), the look itself (`templates/`).
"""

import base64
from collections.abc import Iterable, Mapping

from markupsafe import Markup

from adtrack_pipeline.reporting.frames import Picture
from adtrack_pipeline.reporting.ranking import Ranking
from adtrack_pipeline.reporting.report import Report
from adtrack_pipeline.reporting.sentences import ripeness_note
from adtrack_pipeline.reporting.sums import BY_NAME
from adtrack_pipeline.reporting.templating import environment

SHOWN_FATIGUE, SHOWN_ALERTS, SHOWN_RESTATED = 5, 10, 10
# What browsers and mail programs show without running anything in it; SVG is not among them.
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
MAX_PICTURE = 100_000


def render(report: Report, thumbnails: Mapping[str, Picture] | None = None) -> str:
    """The page.

    Args:
        report: what it tells.
        thumbnails: pictures by hash; those that are missing, too large or of another kind are left out.
    """
    # Drawing needs matplotlib, whose import takes a second: only who renders pays for it.
    from adtrack_pipeline.reporting.charts import draw_charts  # noqa: PLC0415

    pictures = {key: _uri(one) for key, one in (thumbnails or {}).items() if _is_shown(one)}
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            lines=report.compared_by_name(),
            note=ripeness_note(report),
            charts=[
                (_uri(Picture("image/png", chart.png)), chart.alt)
                for chart in draw_charts(report.days, report.day, report.currency)
            ],
            thumbnails=pictures,
            metrics=BY_NAME,
            limits={"fatigue": SHOWN_FATIGUE, "alerts": SHOWN_ALERTS, "restated": SHOWN_RESTATED},
        )
    )


def wanted_thumbnails(report: Report) -> list[str]:
    """Hashes of the pictures the page has room for."""
    found: Iterable[str | None] = [
        *(one.thumbnail for ranking in _rankings(report) for one in (*ranking.top, *ranking.bottom)),
        *(one.thumbnail for one in report.fatigue[:SHOWN_FATIGUE]),
    ]
    return sorted({one for one in found if one})


def _rankings(report: Report) -> list[Ranking]:
    return [report.creatives] if report.creatives else []


def _is_shown(picture: Picture) -> bool:
    return picture.media_type in PICTURES and 0 < len(picture.content) <= MAX_PICTURE


def _uri(picture: Picture) -> Markup:
    data = base64.b64encode(picture.content).decode()
    return Markup(f"data:{picture.media_type};base64,{data}")  # noqa: S704 - both parts are ours
