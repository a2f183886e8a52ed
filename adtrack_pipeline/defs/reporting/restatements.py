# ruff: noqa: S608 - the statement is put together from constants only
"""What past days changed by since a moment: what is held now minus what was held then, by account-local day.

The account's own row of a day where the platform gives one, else the rows of its ads, as everywhere. Only what was
known at that moment counts: a day that was read later for the first time is new, not restated.
Parameters: `platform`, `account`, `day`, `since`.
"""

from psycopg import sql

_REVISIONS = """
    select date_day, ad_id, report, spend, actions, action_values, was_withdrawn
    from raw.insight_revisions
    where platform = %(platform)s and account_id = %(account)s and report = '{report}' and hour = -1
        and date_day between %(day)s::date - 62 and %(day)s::date - 1
        and observed_at <= %(since)s and superseded_at > %(since)s
"""
_IS_NUMBER = r"entry ->> 'value' ~ '^\s*[-+]?[0-9]{1,40}(\.[0-9]{0,40})?([eE][-+]?[0-9]{1,2})?\s*$'"


def _first_listed(column: str) -> str:
    """The rule of conversions: the first listed action type that is present wins, never a sum."""
    return f"""coalesce((
        select (entry ->> 'value')::numeric
        from jsonb_array_elements(case when jsonb_typeof({column}) = 'array' then {column} end) as listed (entry)
        where entry ->> 'action_type' = any(conversion_action_types) and {_IS_NUMBER}
        order by array_position(conversion_action_types, entry ->> 'action_type'),
            (entry ->> 'value')::numeric desc
        limit 1
    ), 0)"""


RESTATED = sql.SQL(f"""
    with rules as (
        select conversion_action_types from intermediate.int_accounts
        where platform = %(platform)s and account_id = %(account)s
    ),
    of_accounts as ({_REVISIONS.format(report="account_insights_daily")}),
    own_days as (
        select date_day from raw.account_insights_daily
        where platform = %(platform)s and account_id = %(account)s
            and date_day between %(day)s::date - 62 and %(day)s::date - 1 and withdrawn_at is null
    ),
    of_ads as (
        select * from ({_REVISIONS.format(report="insights_daily")}) as revised
        where date_day not in (select date_day from own_days)
    ),
    changed as (
        select held.date_day, -1 as sign, spend, actions, action_values
        from (select * from of_accounts union all select * from of_ads) as held
        where not was_withdrawn
        union all
        select date_day, 1, now.spend, now.actions, now.action_values
        from of_accounts inner join raw.account_insights_daily as now using (date_day)
        where now.platform = %(platform)s and now.account_id = %(account)s and now.withdrawn_at is null
        union all
        select date_day, 1, now.spend, now.actions, now.action_values
        from of_ads inner join raw.insights_daily as now using (date_day, ad_id)
        where now.platform = %(platform)s and now.account_id = %(account)s and now.withdrawn_at is null
    )
    select date_day, sum(sign * spend) as spend,
        sum(sign * {_first_listed("actions")}) as conversions,
        sum(sign * {_first_listed("action_values")}) as revenue
    from changed cross join rules
    group by date_day
""")
