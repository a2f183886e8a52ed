{#
    Pre-hook, after track_changes: rows of creatives whose description in raw is another than the stored row says are
    corrected in place. As changed keys they would have every row of the account read again on all their days.
    `columns` maps stored to raw names; models that follow are told of a day when one of the columns in `told` changed.
#}
{% macro correct_creatives(columns, told) %}
{%- if is_incremental() %}
with present as (select * from ops.model_watermarks where model = '{{ this.identifier }}'),
differing as materialized (
    select
        stored.platform, stored.account_id, stored.date_day, stored.creative_id,
        {% for stored, raw in columns.items() -%} creatives.{{ raw }} as {{ stored }}, {% endfor %}
        (stored.{{ told | join(', stored.') }})
            is distinct from ({% for name in told %}creatives.{{ columns[name] }}{{ ', ' if not loop.last }}{% endfor %})
            as is_told
    from present
    inner join raw.creatives on {{ changed_since('creatives') }}
    inner join {{ this }} as stored using (platform, creative_id)
    where not {{ starts_over() }}
        and (stored.{{ columns.keys() | join(', stored.') }})
            is distinct from (creatives.{{ columns.values() | join(', creatives.') }})
),
noted as (
    insert into ops.model_changes (model, platform, account_id, date_day)
    select distinct '{{ this.identifier }}', platform, account_id, date_day from differing where is_told
    on conflict (model, platform, account_id, date_day) do update set changed_xid = excluded.changed_xid
)
update {{ this }} as stored set
    {% for name in columns %}{{ name }} = differing.{{ name }}{{ ', ' if not loop.last }}{% endfor %}
from differing
where {{ same('stored', 'differing', ['platform', 'account_id', 'date_day', 'creative_id']) }}
{%- endif %}
{% endmacro %}
