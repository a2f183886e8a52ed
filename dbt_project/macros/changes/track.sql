{#
    Incremental on changed rows, not on dates. Every raw row carries the transaction that last changed it
    (changed_xid). A model keeps in ops.model_watermarks the oldest transaction that was still open when it last
    looked (seen_xid); rows of that transaction or a later one may be new to it. Because the watermark is taken
    before anything is read, a row committed late by a concurrent load is seen by the next run, never skipped.

    track_changes (pre-hook)      takes the watermark and lists the changed keys in a temporary table
    changed_rows (strategy)       replaces what differs under those keys
    remember_changes (post-hook)  moves the watermark
    All in the model's one transaction: a kill leaves all or nothing, and readers see the old rows until commit.
    Compiling these short statements (jit) costs more than running them: 1.6 s of a 0.6 s hour.
#}

{# The temporary table of changed keys of the model being built. #}
{% macro changed_keys() -%} pg_temp.{{ this.identifier }}__changed {%- endmacro %}

{#
    Pre-hook. `changes` holds selects of the columns in meta.change_key (see macros/changes/sources.sql).
    `facts` names columns of int_accounts the rows depend on too: an account whose facts changed is read again whole.
    `definition` is an SQL text the whole model depends on. Everything counts as changed when it, the default rules,
    the length of the window or the database cluster (a restored dump) is another than last time.
#}
{% macro track_changes(changes, facts=[], definition="''") %}
{%- set key = change_key() %}
set local jit = off;
insert into ops.model_watermarks (model, seen_xid) values ('{{ this.identifier }}', '0') on conflict do nothing;
update ops.model_watermarks set
    pending_xid = pg_snapshot_xmin(pg_current_snapshot()),
    pending_context = jsonb_build_object(
        'cluster', (select system_identifier::text from pg_control_system()),
        'definition', {{ definition }},
        'rules', {{ default_rules() ~ "::text" if facts else "''" }},
        'restatement_days', {{ restatement_days() if facts else 0 }},
        'accounts', {{ account_facts(facts) if facts else "'{}'::jsonb" }}
    )
where model = '{{ this.identifier }}';
{% if is_incremental() and key %}
create temporary table {{ this.identifier }}__changed on commit drop as
with model_watermark as (select * from ops.model_watermarks where model = '{{ this.identifier }}'),
present as (
    select
        pending_context,
        context,
        case when {{ starts_over() }} then '0'::xid8 else seen_xid end as seen_xid,
        {{ starts_over() }} as starts_over
    from model_watermark
),
changed_accounts as (
    select platform, account_id from {{ facts_that_differ() }} where facts_differ
),
newly_final_days as (
    select platform, account_id, day::date as date_day
    from {{ facts_that_differ() }}
    cross join lateral generate_series(
        least(final_before, was_final_before)::timestamp,
        greatest(final_before, was_final_before)::timestamp - interval '1 day',
        interval '1 day'
    ) as days (day)
)
select {{ key | join(', ') }} from (
    {{ changes | join('\n    union all\n    ') }}
    union all
    select {{ key | join(', ') }} from {{ this }} where (select starts_over from present)
) as keys
group by {{ key | join(', ') }};
analyze {{ this.identifier }}__changed;
{% endif %}
{% endmacro %}

{# Whether all rows must be looked at again: another cluster (transaction numbers mean nothing there), other rules. #}
{% macro starts_over() -%}
    (context - 'accounts' is distinct from pending_context - 'accounts'
        or seen_xid > pg_snapshot_xmax(pg_current_snapshot()))
{%- endmacro %}

{# Per account what a row depends on besides raw insights: {platform/account: {facts, final_before}}. #}
{% macro account_facts(facts) -%}
    (
        select coalesce(jsonb_object_agg(platform || '/' || account_id, jsonb_build_object(
            'facts', md5(row({{ facts | join(', ') }})::text),
            'final_before', final_before_day
        )), '{}')
        from intermediate.int_accounts
    )
{%- endmacro %}

{# The accounts whose facts are not those the rows were computed with. #}
{% macro facts_that_differ() -%}
    (
        select
            split_part(account.key, '/', 1) as platform,
            split_part(account.key, '/', 2) as account_id,
            account.value ->> 'facts' is distinct from known.value ->> 'facts' as facts_differ,
            (account.value ->> 'final_before')::date as final_before,
            (known.value ->> 'final_before')::date as was_final_before
        from present
        cross join lateral jsonb_each(pending_context -> 'accounts') as account
        left join lateral jsonb_each(context -> 'accounts') as known on known.key = account.key
        where account.value is distinct from known.value
    ) as differing
{%- endmacro %}

{# Post-hook of tables. After a full build there is no list of changes: every day the model holds or held counts as changed. #}
{% macro remember_changes() %}
{%- if model.config.materialized != 'view' %}
update ops.model_watermarks
set seen_xid = pending_xid, context = pending_context, pending_xid = null, pending_context = null, refreshed_at = now()
where model = '{{ this.identifier }}' and pending_xid is not null;
{% if publishes_changes() %}
update ops.model_changes set changed_xid = pg_current_xact_id()
where model = '{{ this.identifier }}' and to_regclass('{{ changed_keys() }}') is null;
insert into ops.model_changes (model, platform, account_id, date_day)
select distinct '{{ this.identifier }}', platform, account_id, date_day
from {{ this }} where to_regclass('{{ changed_keys() }}') is null
on conflict (model, platform, account_id, date_day) do update set changed_xid = excluded.changed_xid;
{% endif %}
do $adtrack$ begin
    if to_regclass('{{ changed_keys() }}') is null then analyze {{ this }}; end if;
end $adtrack$;
{%- endif %}
{% endmacro %}

{# Whether other models follow this one by account and day (meta.publishes_changes). #}
{% macro publishes_changes() -%} {{ return(model.config.meta.get('publishes_changes', false)) }} {%- endmacro %}

{# The columns changes are tracked by (meta.change_key); none means that every build looks at everything. #}
{% macro change_key() -%} {{ return(model.config.meta.get('change_key', [])) }} {%- endmacro %}
