"""Orders that shops of the simulated advertisers took: in the store, by phone, on the web; and refunds."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from adtrack_pipeline.sandbox.examples.truth import Totals, Truth

PER_DAY = 2.0  # per account
DAYS = 30
REFUNDED = 0.06
CHANNELS, SHARES = ("store", "phone", "web"), (0.5, 0.2, 0.3)


def orders_of(
    truth: Truth, today: date, now: datetime, chance: np.random.Generator
) -> Iterator[Mapping[str, Any]]:
    """A few orders a day in proportion to what campaigns sell, and now and then a refund days later."""
    number = 0
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        sellers = {name: truth.window("campaign", name, day, day) for name in truth.largest("campaign", 20)}
        sellers = {name: totals for name, totals in sellers.items() if totals["purchases"] > 0}
        for campaign in _picked(sellers, int(chance.poisson(PER_DAY)), chance):
            number += 1
            order = _order(truth, number, campaign, sellers[campaign], day, chance)
            yield order
            refunded = order["occurred_at"] + timedelta(days=int(chance.integers(1, 9)))
            if chance.random() < REFUNDED and refunded < now:
                yield order | {"value": f"-{order['value']}", "occurred_at": refunded}


def _order(
    truth: Truth, number: int, campaign: str, sold: Totals, day: date, chance: np.random.Generator
) -> dict[str, Any]:
    channel = CHANNELS[int(chance.choice(3, p=SHARES))]
    is_named = channel != "web" or chance.random() < 0.5
    value = sold["purchase_value"] / sold["purchases"] * float(np.exp(chance.normal(0.0, 0.3)))
    return {
        "account_id": truth.account_id,
        "order_id": f"SANDBOX-{truth.account_id.rstrip('0')[-3:]}-{number:04d}",
        "occurred_at": datetime.combine(day, time(9), UTC) + timedelta(minutes=int(chance.integers(0, 600))),
        "value": f"{value:.2f}",
        "currency": truth.currency,
        "channel": channel,
        "is_reported_to_platform": "true" if channel == "web" and chance.random() < 0.6 else "false",
        "campaign_id": campaign if is_named else "",
        "utm_source": "" if is_named else "facebook",
        "utm_medium": "" if is_named else "paid",
        "utm_campaign": "" if is_named else truth.campaign_names.get(campaign, campaign),
        "lead_time_hours": f"{float(chance.uniform(0.5, 150.0)):.1f}",
        "note": "SANDBOX: simulated",
    }


def _picked(sellers: Mapping[str, Totals], count: int, chance: np.random.Generator) -> Iterable[str]:
    if not sellers:
        return ()
    names, sold = list(sellers), np.array([totals["purchases"] for totals in sellers.values()])
    return [names[place] for place in chance.choice(len(names), size=count, p=sold / sold.sum())]
