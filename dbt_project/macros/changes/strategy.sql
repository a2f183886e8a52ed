{#
    Incremental strategy changed_rows: under the changed keys, rows that vanished are deleted, rows that are new are
    inserted, rows that differ are updated, and rows that are the same are not touched. Readers are never blocked.
    Without a tracked key (meta.change_key) everything the model selects replaces everything the table holds.
#}
{% macro get_incremental_changed_rows_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set fresh = arg_dict['temp_relation'] -%}
    {%- set grain = arg_dict['unique_key'] -%}
    {%- set key = change_key() -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | list -%}
    {%- set compared = [] -%}
    {%- for column in arg_dict['dest_columns'] if column.name not in grain and column.name != 'changed_xid' -%}
        {%- do compared.append(column.quoted) -%}
    {%- endfor %}
    analyze {{ fresh }};
    {% call publishing_changes() %}
        delete from {{ target }} as stale
        {% if key -%} using {{ changed_keys() }} as changed {%- endif %}
        where not exists (select 1 from {{ fresh }} as fresh where {{ same('fresh', 'stale', grain) }})
            {% if key -%} and {{ same('changed', 'stale', key) }} {%- endif %}
        {% if publishes_changes() -%} returning stale.platform, stale.account_id, stale.date_day {%- endif %}
    {% endcall %};
    {% call publishing_changes() %}
        insert into {{ target }} as stored ({{ columns | join(', ') }})
        select {{ columns | join(', ') }} from {{ fresh }}
        on conflict ({{ grain | join(', ') }}) do update set
            {% for column in columns -%}
                {{ column }} = excluded.{{ column }}{{ ', ' if not loop.last }}
            {%- endfor %}
        where (stored.{{ compared | join(', stored.') }})
            is distinct from (excluded.{{ compared | join(', excluded.') }})
        {% if publishes_changes() -%} returning platform, account_id, date_day {%- endif %}
    {% endcall %};
{% endmacro %}

{# Runs a write and, if other models follow this one, notes the days it wrote. Its status counts the rows written. #}
{% macro publishing_changes() %}
    {%- if publishes_changes() -%}
    with written as ({{ caller() }}),
    noted as (
        insert into ops.model_changes (model, platform, account_id, date_day)
        select distinct '{{ this.identifier }}', platform, account_id, date_day from written
        on conflict (model, platform, account_id, date_day) do update set changed_xid = excluded.changed_xid
    )
    select from written
    {%- else -%}
    {{ caller() }}
    {%- endif -%}
{% endmacro %}

{% macro same(left, right, columns) -%}
    {%- for column in columns -%}
        {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
