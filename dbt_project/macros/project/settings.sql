{#
    What a model may know of the world outside the warehouse. The environment is read while running, never while
    parsing, so that a ready manifest stays valid and partial parsing does not start over for each new instant.
#}

{# "Now" as SQL: the injected instant ADTRACK_NOW (an instant without an offset is UTC) or the database's clock. #}
{% macro adtrack_now() -%}
    {%- set injected = env_var('ADTRACK_NOW', '') | trim if execute else '' -%}
    {%- if not injected -%}
        now()
    {%- else -%}
        {%- set instant = modules.datetime.datetime.fromisoformat(injected) -%}
        timestamptz '{{ instant.isoformat(sep=" ") }}{{ "" if instant.tzinfo else "+00:00" }}'
    {%- endif -%}
{%- endmacro %}

{# Days Meta may still restate: an older account-local day is final. #}
{% macro restatement_days() -%}
    {%- set configured = env_var('ADTRACK_RESTATEMENT_DAYS', '') | trim if execute else '' -%}
    {{ (configured or var('restatement_days')) | int }}
{%- endmacro %}

{# The currency blended figures are reported in, as an SQL text literal. #}
{% macro reporting_currency() -%}
    {%- set configured = env_var('ADTRACK_REPORTING_CURRENCY', '') | trim if execute else '' -%}
    '{{ (configured or var("reporting_currency")) | replace("'", "''") }}'
{%- endmacro %}

{# What this installation calls itself in events, as an SQL text literal. #}
{% macro project_id() -%}
    {%- set configured = env_var('ADTRACK_PROJECT_ID', '') | trim if execute else '' -%}
    '{{ (configured or "adtrack") | replace("'", "''") }}'
{%- endmacro %}

{#
    Whether to recompute the whole restatement window, as the daily job asks for. The environment is quicker than a
    variable: dbt parses the project again for each new set of variables.
#}
{% macro refresh_window() -%}
    {%- set asked = env_var('ADTRACK_REFRESH_WINDOW', '') | trim if execute else '' -%}
    {{ return(asked not in ['', '0', 'false'] if asked else var('refresh_window')) }}
{%- endmacro %}

{#
    The days data tests look at in an hourly run, as a condition; tested_days (variable or ADTRACK_TESTED_DAYS) 0 means
    all of them. Also what `where: __recent__` in the configuration of a test stands for.
#}
{% macro recent_days() -%}
    {%- set asked = env_var('ADTRACK_TESTED_DAYS', '') | trim if execute else '' -%}
    {%- set days = (asked or var('tested_days')) | int -%}
    {{ 'date_day >= (' ~ adtrack_now() ~ ')::date - ' ~ days if days else 'true' }}
{%- endmacro %}

{#
    Accounts that were ever listed or asked for, so that the few recent days are found by the primary key of a raw table
    however long its history is. Not needed when everything is looked at.
#}
{% macro known_accounts() -%}
    {%- if recent_days() | trim == 'true' -%}
        true
    {%- else -%}
        platform = 'meta' and account_id = any(array(
            select account_id from {{ source('raw', 'accounts') }}
            union
            select account_id from {{ source('ops', 'insight_coverage') }}
        ))
    {%- endif -%}
{%- endmacro %}

{# dbt's own, with the placeholder filled in. #}
{% macro get_where_subquery(relation) -%}
    {%- set where = (config.get('where') or '') | replace('__recent__', recent_days()) -%}
    {%- if where -%}
        (select * from {{ relation }} where {{ where }}) as recent_rows
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
