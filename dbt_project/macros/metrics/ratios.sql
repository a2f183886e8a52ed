{#
    Every ratio of the project, once. Arguments are SQL expressions of sums at the grain of the row.
    A ratio is null, never 0, without a positive denominator (the unattributed row can hold negative counts). Zeros
    after the last digit go: 2.5 instead of 2.50000000000000000000.
#}
{% macro ratio(numerator, denominator, scale=none) -%}
    case when {{ denominator }} > 0
        then trim_scale({{ scale ~ ' * ' if scale }}({{ numerator }})::numeric / ({{ denominator }})) end
{%- endmacro %}

{# Clicks of all kinds per impression, in percent points, as Ads Manager's "CTR (all)". #}
{% macro ctr(clicks='clicks', impressions='impressions') -%} {{ ratio(clicks, impressions, 100) }} {%- endmacro %}

{# Link clicks per impression, in percent points. #}
{% macro link_ctr(link_clicks='link_clicks', impressions='impressions') -%}
    {{ ratio(link_clicks, impressions, 100) }}
{%- endmacro %}

{# Money per click of any kind. #}
{% macro cpc(spend='spend', clicks='clicks') -%} {{ ratio(spend, clicks) }} {%- endmacro %}

{# Money per thousand impressions. #}
{% macro cpm(spend='spend', impressions='impressions') -%} {{ ratio(spend, impressions, 1000) }} {%- endmacro %}

{# Money per conversion; also the cost of one action of any type. #}
{% macro cpa(spend='spend', conversions='conversions') -%} {{ ratio(spend, conversions) }} {%- endmacro %}

{# Revenue per unit of money spent. #}
{% macro roas(revenue='revenue', spend='spend') -%} {{ ratio(revenue, spend) }} {%- endmacro %}

{# Average value of a conversion. #}
{% macro aov(revenue='revenue', conversions='conversions') -%} {{ ratio(revenue, conversions) }} {%- endmacro %}

{# Conversions per link click, in percent points: clicks of all kinds count likes and comments too. #}
{% macro conversion_rate(conversions='conversions', link_clicks='link_clicks') -%}
    {{ ratio(conversions, link_clicks, 100) }}
{%- endmacro %}

{# Impressions per person reached; only where Meta delivered the reach of exactly this row. #}
{% macro frequency(impressions='impressions', reach='reach') -%} {{ ratio(impressions, reach) }} {%- endmacro %}

{# Change from one level to another in percent; null without a positive first level. #}
{% macro change_pct(before, after) -%} {{ ratio('(' ~ after ~ ') - (' ~ before ~ ')', before, 100) }} {%- endmacro %}
