-- One rule for exchange rates, in one place: marts, reports and alerts all ask these functions.

create index fx_rates_pair_idx on raw.fx_rates (from_currency, to_currency, rate_date);

create function ops.published_rate(from_currency text, to_currency text, day date) returns numeric
language sql stable parallel safe set search_path = pg_catalog, pg_temp as $$
    select newest.rate from (
        (
            select fx.rate, fx.rate_date, 0 as turned
            from raw.fx_rates as fx
            where fx.from_currency = published_rate.from_currency
                and fx.to_currency = published_rate.to_currency
                and fx.rate_date between published_rate.day - 7 and published_rate.day
            order by fx.rate_date desc
            limit 1
        )
        union all
        (
            select 1 / fx.rate, fx.rate_date, 1
            from raw.fx_rates as fx
            where fx.from_currency = published_rate.to_currency
                and fx.to_currency = published_rate.from_currency
                and fx.rate_date between published_rate.day - 7 and published_rate.day
            order by fx.rate_date desc
            limit 1
        )
    ) as newest
    order by newest.rate_date desc, newest.turned
    limit 1
$$;
comment on function ops.published_rate is
    'The newest rate between two currencies in the week up to a day, as loaded or turned round; null without one.';

create function ops.exchange_rate(from_currency text, to_currency text, day date) returns numeric
language sql stable parallel safe set search_path = pg_catalog, pg_temp as $$
    select case
        when exchange_rate.from_currency = exchange_rate.to_currency then 1
        else coalesce(
            ops.published_rate(exchange_rate.from_currency, exchange_rate.to_currency, exchange_rate.day),
            ops.published_rate(exchange_rate.from_currency, 'EUR', exchange_rate.day)
                * ops.published_rate('EUR', exchange_rate.to_currency, exchange_rate.day)
        )
    end
$$;
comment on function ops.exchange_rate is
    'What one unit of a currency was worth in another on a day: the newest rate of the week up to it, as loaded, turned round, or over the euro as the ECB publishes. Null without a rate; it never counts as 1.';

create or replace function ops.exchange_rates(target text, day date) returns table (currency text, rate numeric)
language sql stable set search_path = pg_catalog, pg_temp as $$
    select rated.currency, rated.rate
    from (
        select known.currency, ops.exchange_rate(known.currency, exchange_rates.target, exchange_rates.day) as rate
        from (
            select exchange_rates.target as currency
            union
            select unnest(array[fx.from_currency, fx.to_currency])
            from raw.fx_rates as fx
            where fx.rate_date between exchange_rates.day - 7 and exchange_rates.day
        ) as known
        offset 0  -- each is asked for once
    ) as rated
    where rated.rate is not null
$$;
comment on function ops.exchange_rates is
    'ops.exchange_rate of every currency into the target currency on a day. A currency without a rate has no row; it never counts as 1.';

revoke execute on function ops.published_rate(text, text, date) from public;
revoke execute on function ops.exchange_rate(text, text, date) from public;

-- Marts knew direct rates only: amounts that had none may have one now.
update ops.fx_rate_days set changed_xid = pg_current_xact_id();
