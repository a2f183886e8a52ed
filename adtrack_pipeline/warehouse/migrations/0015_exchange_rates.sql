-- One rule for comparing amounts of different currencies: every query that ranks by money joins this function.

create function ops.exchange_rates(target text, day date) returns table (currency text, rate numeric)
language sql stable set search_path = pg_catalog, pg_temp as $$
    with published as (
        select from_currency as one, to_currency as other, fx.rate, rate_date, 0 as turned
        from raw.fx_rates as fx where rate_date between exchange_rates.day - 7 and exchange_rates.day
        union all
        select to_currency, from_currency, 1 / fx.rate, rate_date, 1
        from raw.fx_rates as fx where rate_date between exchange_rates.day - 7 and exchange_rates.day
    ),
    newest as (
        select distinct on (one, other) one, other, published.rate
        from published where one <> other order by one, other, rate_date desc, turned
    ),
    direct as (
        select one, newest.rate from newest where other = target
    ),
    over_euro as (
        select into_euro.one, into_euro.rate * out_of_euro.rate as rate
        from newest as into_euro
        inner join newest as out_of_euro on out_of_euro.one = 'EUR' and out_of_euro.other = target
        where into_euro.other = 'EUR' and into_euro.one <> target
    )
    select target, 1::numeric
    union all
    select one, direct.rate from direct
    union all
    select one, over_euro.rate from over_euro where one not in (select direct.one from direct)
$$;
comment on function ops.exchange_rates is
    'What one unit of each currency was worth in the target currency on a day: the newest rate of the week up to it, as loaded, turned round, or over the euro as the ECB publishes. A currency without a rate has no row; it never counts as 1.';
revoke execute on function ops.exchange_rates(text, date) from public;
