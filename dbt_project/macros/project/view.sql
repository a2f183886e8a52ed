{#
    Views are replaced in place. dbt's own materialization renames and drops with cascade, which takes dependent
    views away under a run that is just reading them; only a changed list of columns needs that here.
#}
{% materialization view, adapter='postgres' -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {%- if existing is not none and not existing.is_view -%}
        {{ drop_relation_if_exists(existing) }}
    {%- endif -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        do $adtrack_view$ begin
            create or replace view {{ target_relation }} as ( {{ sql }} );
        exception when invalid_table_definition then
            drop view {{ target_relation }} cascade;
            create view {{ target_relation }} as ( {{ sql }} );
        end $adtrack_view$;
    {%- endcall %}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=false) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}
