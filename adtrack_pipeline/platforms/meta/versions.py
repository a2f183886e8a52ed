"""Marketing API versions and their known last days: data, and one sentence about it.

Meta publishes an end date about 90 days ahead; a version without one here was open when this was written.
"""

from datetime import date

LAST_DAY: dict[str, date | None] = {
    "v19.0": date(2025, 2, 4),
    "v20.0": date(2025, 5, 6),
    "v21.0": date(2025, 9, 9),
    "v22.0": date(2026, 2, 19),
    "v23.0": date(2026, 6, 9),
    "v24.0": date(2026, 10, 6),
    "v25.0": None,
    "v26.0": None,
}
WARN_DAYS = 60


def version_problem(version: str, today: date) -> str | None:
    """A sentence when the version is dead, dying or unknown; None when there is nothing to say."""
    if version not in LAST_DAY:
        return f"Marketing API {version} is not known to this release; known are {', '.join(LAST_DAY)}."
    last = LAST_DAY[version]
    newest = list(LAST_DAY)[-1]
    if last is None:
        return None
    if last < today:
        return f"Marketing API {version} stopped working on {last}; set META_API_VERSION={newest}."
    if (last - today).days <= WARN_DAYS:
        return f"Marketing API {version} stops working on {last}; set META_API_VERSION={newest} before."
    return None
