"""What is, and will be, true of one account of a world: what the examples err from. No files are made here."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from adtrack_pipeline.sandbox.graph.catalog import Kind
from adtrack_pipeline.sandbox.world import World

DAYS_BACK, DAYS_AHEAD = 37, 8
RIPE = timedelta(days=30)  # after which all conversions are known
SUMS = ("impressions", "clicks", "spend", "purchases", "purchase_value")

Totals = dict[str, float]


class Truth:
    """Totals per object and day."""

    def __init__(self, world: World, account_id: str, now: datetime) -> None:
        self.account_id = account_id
        today = now.astimezone(UTC).date()
        accounts = world.accounts(now)
        row = accounts.position(f"act_{account_id}") or 0
        self.currency = str(accounts.value("currency", row))
        parents = _parents(world, account_id, now)
        span = (today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD))
        self.days: dict[tuple[str, str], dict[date, Totals]] = defaultdict(dict)
        for entry in world.ledger(account_id, span, now + RIPE, ()):
            day = date.fromisoformat(entry["date_day"])
            for name in parents.get(entry["ad_id"], ()):
                totals = self.days[name].setdefault(day, dict.fromkeys(SUMS, 0.0))
                for metric in SUMS:
                    totals[metric] += float(entry[metric])
        campaigns = world.table(Kind.CAMPAIGN, account_id, now)
        self.campaign_names = dict(zip(campaigns.ids, campaigns.column("name") or (), strict=False))

    def largest(self, level: str, most: int) -> list[str]:
        """Objects of a level with most impressions."""
        return self._ranked[level][:most]

    @cached_property
    def _ranked(self) -> Mapping[str, list[str]]:
        sizes = {one: sum(totals["impressions"] for totals in days.values()) for one, days in self.days.items()}
        ranked: dict[str, list[str]] = defaultdict(list)
        for level, name in sorted(sizes, key=lambda one: (-sizes[one], one)):
            ranked[level].append(name)
        return ranked

    def window(self, level: str, name: str, start: date, end: date) -> Totals:
        """Sums over a window."""
        inside = [totals for day, totals in self.days[level, name].items() if start <= day <= end]
        return {metric: sum(totals[metric] for totals in inside) for metric in SUMS}


def _parents(world: World, account_id: str, now: datetime) -> dict[str, list[tuple[str, str]]]:
    """(level, id) of everything an ad counts for, by ad; ads that are not there yet count for nothing."""
    ads, creatives = world.table(Kind.AD, account_id, now), world.table(Kind.CREATIVE, account_id, now)
    videos = dict(zip(creatives.ids, creatives.column("video_id") or (), strict=False))
    found: dict[str, list[tuple[str, str]]] = {}
    for row, ad in enumerate(ads.ids):
        creative = str((ads.value("creative", row) or {}).get("id") or "")
        named = [("ad", ad), ("campaign", ads.value("campaign_id", row)), ("creative", creative)]
        named.append(("video", videos.get(creative)))
        found[ad] = [(level, str(name)) for level, name in named if name]
    return found
