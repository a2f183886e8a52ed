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

{# The account-local days of an hourly run need no full history in data tests: `where: __recent__` in a test. #}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where') or '' -%}
    {%- if '__recent__' in where -%}
        {%- set days = var('tested_days') | int -%}
        {%- set recent = 'date_day >= (' ~ adtrack_now() ~ ')::date - ' ~ days if days else 'true' -%}
        {%- set where = where | replace('__recent__', recent) -%}
    {%- endif -%}
    {%- if where -%}
        (select * from {{ relation }} where {{ where }}) as recent_rows
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
