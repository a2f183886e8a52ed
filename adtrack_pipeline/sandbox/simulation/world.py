"""The simulated world behind the interface that the API serves. Caches only what is a pure function anyway."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from adtrack_pipeline.sandbox.graph.catalog import Kind
from adtrack_pipeline.sandbox.options import SandboxOptions
from adtrack_pipeline.sandbox.simulation import catalogue, naming
from adtrack_pipeline.sandbox.simulation.breakdowns import is_combination
from adtrack_pipeline.sandbox.simulation.calendar import day_number, day_of
from adtrack_pipeline.sandbox.simulation.changes import change_log
from adtrack_pipeline.sandbox.simulation.creatives import creative_table
from adtrack_pipeline.sandbox.simulation.delivery import IN_VALUE, Block, compute_block
from adtrack_pipeline.sandbox.simulation.frames import Keep, Selection, bucket_frame
from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints
from adtrack_pipeline.sandbox.simulation.knowledge import Known
from adtrack_pipeline.sandbox.simulation.layout import Plan, build_plans
from adtrack_pipeline.sandbox.simulation.rows import money
from adtrack_pipeline.sandbox.simulation.rowset import FilteredRows, SimulatedRows, filtered
from adtrack_pipeline.sandbox.simulation.snapshot import Snapshot
from adtrack_pipeline.sandbox.world import InsightQuery, Level, ObjectTable, Restatement, table_of

_CACHED_CELLS = 5_000_000  # slots times hours kept in blocks: about 240 MB at most
_KINDS = {
    naming.CAMPAIGN: Kind.CAMPAIGN,
    naming.ADSET: Kind.ADSET,
    naming.AD: Kind.AD,
    naming.CREATIVE: Kind.CREATIVE,
}


class SimulatedWorld:
    """A pure function of (seed, now)."""

    keeps_everything = False

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self._plans = {plan.account_id: plan for plan in build_plans(options)}
        self._blocks: OrderedDict[tuple[str, int], Block] = OrderedDict()
        self._cells = 0
        self._tables: OrderedDict[tuple[Kind, str, datetime], ObjectTable] = OrderedDict()

    def accounts(self, as_of: datetime) -> ObjectTable:
        """All accounts."""
        return table_of(Kind.ACCOUNT, [self._account(plan, as_of) for plan in self._plans.values()])

    def _account(self, plan: Plan, as_of: datetime) -> dict[str, Any]:
        zone = ZoneInfo(plan.advertiser.timezone)
        opened = datetime.combine(day_of(self._opening(plan, as_of)), datetime.min.time(), zone)
        utc_offset = as_of.astimezone(zone).utcoffset() or timedelta()
        return {
            "id": f"act_{plan.account_id}",
            "account_id": plan.account_id,
            "name": plan.name,
            "account_status": 1,
            "currency": plan.advertiser.currency,
            "timezone_name": plan.advertiser.timezone,
            "timezone_id": plan.advertiser.timezone_id,
            "timezone_offset_hours_utc": utc_offset.total_seconds() / 3600,
            "spend_cap": "0",
            "min_daily_budget": max(round(plan.units_per_dollar), 1),
            "business": {"id": f"77{plan.index:02d}", "name": plan.name},
            "business_name": plan.name,
            "disable_reason": 0,
            "created_time": opened.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "age": float(self._options.days),
        }

    def _opening(self, plan: Plan, as_of: datetime) -> int:
        today = as_of.astimezone(ZoneInfo(plan.advertiser.timezone)).date()
        return day_number(today) - self._options.days + 1

    def _snapshot(self, plan: Plan, as_of: datetime) -> Snapshot:
        return Snapshot(plan, as_of, self._opening(plan, as_of))

    def table(self, kind: Kind, account_id: str, as_of: datetime) -> ObjectTable:
        """Objects of one kind, archived and deleted ones included."""
        key = (kind, account_id, as_of)
        if key not in self._tables:
            self._tables[key] = self._build_table(kind, self._plans[account_id], as_of)
            if len(self._tables) > len(_KINDS) * (len(self._plans) + 1):  # one instant's tables and a few
                self._tables.popitem(last=False)
        return self._tables[key]

    def _build_table(self, kind: Kind, plan: Plan, as_of: datetime) -> ObjectTable:
        if plan.slots == 0:
            return table_of(kind, [])
        snapshot = self._snapshot(plan, as_of)
        if kind is Kind.CAMPAIGN:
            return catalogue.campaign_table(snapshot)
        if kind is Kind.ADSET:
            return catalogue.adset_table(snapshot, lambda: self._spent_today(snapshot))
        return catalogue.ad_table(snapshot) if kind is Kind.AD else creative_table(snapshot)

    def _spent_today(self, snapshot: Snapshot) -> Ints:
        plan = snapshot.plan
        spend = self._known(plan, snapshot.today, snapshot.as_of).spend.sum(axis=1)
        adsets = len(plan.adset_campaign)
        return np.bincount(plan.slot_adset, weights=spend, minlength=adsets).astype(np.int64)

    def locate(self, object_id: str, as_of: datetime) -> tuple[Kind, str] | None:
        """Kind and account that an id names."""
        parsed = naming.parse_id(object_id)
        if parsed is None or parsed[0] != self._options.seed % 10_000:
            return None
        _, number, index = parsed
        plans = list(self._plans)
        if number not in _KINDS or not 0 <= index < len(plans):
            return None
        return _KINDS[number], plans[index]

    def insights(self, query: InsightQuery) -> SimulatedRows | FilteredRows:
        """The rows of a report."""
        plan = self._plans[query.account_id]
        keep = Keep(plan, _numbers(query.only), _numbers(query.without))
        today = day_number(query.as_of.astimezone(ZoneInfo(plan.advertiser.timezone)).date())
        span = (self._opening(plan, query.as_of), today if plan.slots else 0)
        rows = SimulatedRows(
            query,
            Selection(plan, query.level, query.hourly, keep),
            lambda number: self._known(plan, number, query.as_of, query.restated),
            span,
            (self._options.hourly_reach == "zero", self._options.hourly_key_missing),
        )
        return filtered(rows, query)

    def _known(self, plan: Plan, number: int, as_of: datetime, restated: Sequence[Restatement] = ()) -> Known:
        block = self._block(plan, number)
        return Known(block, as_of.timestamp(), _scale(plan, block, restated))

    def _block(self, plan: Plan, number: int) -> Block:
        key = (plan.account_id, number)
        if key in self._blocks:
            self._blocks.move_to_end(key)
            return self._blocks[key]
        block = compute_block(plan, number)
        self._blocks[key] = block
        self._cells += block.impressions.size
        while self._cells > _CACHED_CELLS and len(self._blocks) > 1:
            _, old = self._blocks.popitem(last=False)
            self._cells -= old.impressions.size
        return block

    def activities(self, account_id: str, since: datetime, until: datetime) -> ObjectTable:
        """The change log between two instants."""
        snapshot = self._snapshot(self._plans[account_id], until)
        return table_of(Kind.ACTIVITY, change_log(snapshot, since, until))

    def timezone(self, account_id: str) -> str:
        """The account's IANA time zone."""
        return self._plans[account_id].advertiser.timezone

    def can_break_down(self, breakdowns: Sequence[str]) -> bool:
        """Whether the combination is simulated."""
        return is_combination(breakdowns)

    def ads_in_market(self, account_id: str, as_of: datetime) -> int:
        """About the number of active ads."""
        return self._plans[account_id].slots

    def ledger(
        self, account_id: str, span: tuple[date, date], as_of: datetime, restatements: tuple[Restatement, ...]
    ) -> list[dict[str, Any]]:
        """What is true per ad and day, deleted ads included."""
        plan = self._plans[account_id]
        if plan.slots == 0:
            return []
        today = day_number(as_of.astimezone(ZoneInfo(plan.advertiser.timezone)).date())
        selection = Selection(plan, "ad", False, Keep(plan, {}, {}))
        entries: list[dict[str, Any]] = []
        first, last = day_number(span[0]), day_number(span[1])
        for number in range(max(first, self._opening(plan, as_of)), min(last, today) + 1):
            frame = bucket_frame(selection, [self._known(plan, number, as_of, restatements)])
            sums = {name: column.tolist() for name, column in frame.metrics.items()}
            ids = naming.ad_ids(plan, frame.slot, frame.generation)
            entries.extend(
                {
                    "date_day": day_of(number).isoformat(),
                    "ad_id": ad_id,
                    "impressions": str(sums["impressions"][row]),
                    "clicks": str(sums["clicks"][row]),
                    "spend": money(sums["spend"][row], plan.offset),
                    "purchases": str(_counted(sums, "orders", row)),
                    "purchase_value": money(_counted(sums, "value", row), plan.offset),
                }
                for row, ad_id in enumerate(ids)
            )
        return entries


def _counted(sums: Mapping[str, list[int]], kind: str, row: int) -> int:
    """7-day click plus 1-day view."""
    return sum(sums[f"{kind} {way}"][row] for way in IN_VALUE)


def _scale(plan: Plan, block: Block, restated: Sequence[Restatement]) -> Floats | None:
    """Restatement factors per slot on a block's day, None when there are none."""
    mine = [
        one for one in restated if one.account_id == plan.account_id and day_number(one.day) == block.day.number
    ]
    if not mine:
        return None
    scale = np.ones(plan.slots)
    ads = block.lives.slot * naming.GENERATIONS + block.lives.generation
    for one in mine:
        hit = np.ones(plan.slots, dtype=np.bool_) if one.ad_id is None else ads == naming.number_in(one.ad_id)
        scale[hit] *= one.factor
    return scale


def _numbers(ids: Mapping[Level, frozenset[str]]) -> dict[Level, Ints]:
    """Object ids as owner-and-generation numbers; ids of another make match nothing."""
    return {
        level: np.array(
            [naming.number_in(one) if naming.parse_id(one) else -1 for one in sorted(values)], dtype=np.int64
        )
        for level, values in ids.items()
        if level != "account"
    }
