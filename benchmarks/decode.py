"""How many insight rows one core decodes per second: `uv run python benchmarks/decode.py`.

A row is about 2 kB of JSON with ten actions and ten action values; pages hold 500.
Beside the client's own decoding stands the floor of the machine: splitting the page without looking inside.
"""

import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from adtrack_pipeline.platforms.base import Account, Report
from adtrack_pipeline.platforms.meta.rows import Expected, decode_page

ROWS = 500
DAY = "2026-11-01"


def page(spend: str = "12.34") -> bytes:
    """The `data` list of one answer."""
    return msgspec.json.encode([_row(number, spend) for number in range(ROWS)])


def _row(number: int, spend: str) -> dict[str, Any]:
    stats = [
        {
            "action_type": f"offsite_conversion.fb_pixel_event_{n}",
            "value": str(n + 1),
            "1d_click": "1",
            "7d_click": "2",
        }
        for n in range(10)
    ]
    return {
        "account_id": "1", "account_currency": "USD", "ad_id": f"2384400000{number:06d}",
        "ad_name": f"Ad {number} spring",
        "adset_id": "23844000001", "adset_name": "Prospecting", "campaign_id": "23844000002",
        "campaign_name": "Spring sale", "objective": "OUTCOME_SALES", "optimization_goal": "OFFSITE_CONVERSIONS",
        "attribution_setting": "7d_click_1d_view", "impressions": str(1000 + number), "clicks": "55",
        "ctr": "1.234567", "inline_link_clicks": "44", "spend": spend, "reach": "900", "frequency": "1.234567",
        "outbound_clicks": [{"action_type": "outbound_click", "value": "40"}],
        "video_play_actions": [{"action_type": "video_view", "value": "120"}],
        "actions": stats, "action_values": [{**stats[0], "value": "99.95"}, {**stats[1], "value": "12.5"}],
        "date_start": DAY, "date_stop": DAY,
    }  # fmt: skip


def rate(work: Callable[[], object]) -> float:
    """Rows per second: median of seven rounds of at least 0.2 s of CPU time each."""
    rates = []
    for _ in range(7):
        rounds, start = 0, time.process_time()
        while time.process_time() - start < 0.2:
            work()
            rounds += 1
        rates.append(rounds * ROWS / (time.process_time() - start))
    return statistics.median(rates)


def main() -> None:
    """Print one line per case."""
    account = Account("1", "Test", "USD", "America/New_York")
    expected = Expected.window(Report.DAILY, account, date.fromisoformat(DAY), date.fromisoformat(DAY))
    good, strange = page(), page("144.")
    split = msgspec.json.Decoder(list[msgspec.Raw]).decode
    print(f"row: {len(good) // ROWS} bytes of JSON, page: {ROWS} rows")
    cases: dict[str, Callable[[], object]] = {
        "floor: split into raw rows": lambda: split(good),
        "client: canonical values": lambda: decode_page(good, expected, good),
        "client: every row needs the strict reader": lambda: decode_page(strange, expected, strange),
    }
    for name, work in cases.items():
        print(f"{name:45} {rate(work):>10,.0f} rows/s")


if __name__ == "__main__":
    main()
