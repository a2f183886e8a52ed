"""Weeks of daily CTR predictions of many ads, written with a few statements.

Each ad has a CTR of its own around 2.5 % and 8,000 impressions a day; clicks and predictions scatter a little, the
same way every time. Predictions are made at noon of the day before.
"""

from datetime import date, timedelta

from tests.defs.accuracy.world import Shop

ADS = 60
_DAYS = """
    insert into marts.ad_performance_daily (
        platform, account_id, date_day, ad_id, currency, impressions, clicks, spend, conversions, revenue,
        is_final, conversions_nowcast, revenue_nowcast
    )
    select 'meta', '100', day::date, 'ad' || ad, 'EUR', 8000,
        round(8000 * (0.02 + 0.01 * ad / %(ads)s) * (1 + 0.05 * sin(ad * 7.3 + extract(doy from day) * 3.1))),
        10, 0, 0, false, 0, 0
    from generate_series(1, %(ads)s) as ad
    cross join generate_series(%(since)s::timestamp, %(until)s::timestamp, '1 day') as days (day)
"""
_NOTE = """
    insert into ops.model_changes (model, platform, account_id, date_day)
    select 'ad_performance_daily', 'meta', '100', day::date
    from generate_series(%(since)s::timestamp, %(until)s::timestamp, '1 day') as days (day)
    on conflict (model, platform, account_id, date_day) do update set changed_xid = excluded.changed_xid
"""
_ADS = """
    insert into raw.ads (platform, account_id, ad_id, payload, content_hash, first_seen_at, fetched_at)
    select 'meta', '100', 'ad' || ad, '{}', '', now(), now() from generate_series(1, %(ads)s) as ad
    on conflict do nothing
"""
_PREDICTIONS = """
    insert into raw.predictions (
        prediction_id, level, object_id, model_name, model_version, predicted_at, window_start, window_end,
        predicted_ctr, predicted_ctr_lower, predicted_ctr_upper
    )
    select %(version)s || '-' || ad || '-' || day::date, 'ad', 'ad' || ad, %(model)s, %(version)s,
        day - interval '12 hours', day::date, day::date, value, value * 0.8, value * 1.2
    from generate_series(1, %(ads)s) as ad
    cross join generate_series(%(since)s::timestamp, %(until)s::timestamp, '1 day') as days (day)
    cross join lateral (
        select ((2 + 1.0 * ad / %(ads)s) * (1 + 0.06 * sin(ad * 3.7 + extract(doy from day) * 1.9)))::numeric
            * %(times)s::numeric as value
    ) as predicted
"""


def deliver(shop: Shop, since: date, until: date, ads: int = ADS) -> None:
    """Days of all ads."""
    for statement in (_ADS, _DAYS, _NOTE):
        shop.conn.execute(statement.encode(), {"since": since, "until": until, "ads": ads})


def predict_days(
    shop: Shop,
    since: date,
    until: date,
    *,
    times: float = 1.0,
    model: str = "net",
    version: str = "1",
    ads: int = ADS,
) -> None:
    """A prediction per ad and day, `times` what is right; written again, it is a correction."""
    values = {"since": since, "until": until, "times": times, "model": model, "version": version, "ads": ads}
    shop.conn.execute(_PREDICTIONS.encode(), values)


def before(day: date, days: int) -> date:
    """So many days earlier."""
    return day - timedelta(days=days)
