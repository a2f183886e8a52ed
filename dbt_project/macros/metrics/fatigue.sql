{#
    The rule of creative fatigue, on counts. A creative is compared with its own best earlier period; wear needs
    both fewer clicks than that rate promises and people seeing it more often, so that neither a frequency that has
    always been high nor a weak week alone is called fatigue.
#}

{#
    How far recent clicks are from the expected number, in standard deviations. A click-through rate drifts by itself,
    so the variance is Poisson plus a share of the expectation (over-dispersion) that volume does not average away.
#}
{% macro fatigue_z(clicks='recent_clicks', expected='expected_clicks') -%}
    case
        when {{ expected }} > 0 then ({{ clicks }} - {{ expected }})
            / sqrt({{ expected }} + ({{ var('fatigue_overdispersion') }} * {{ expected }}) ^ 2)
    end
{%- endmacro %}

{% macro fatigue_status() -%}
    case
        when recent_impressions < {{ var('fatigue_min_impressions') }}
            or coalesce(expected_clicks, 0) < {{ var('fatigue_min_expected_clicks') }}
            or frequency_rise_pct is null
            then 'insufficient_data'
        when z <= -3 and ctr_drop_pct >= 20 and frequency_rise_pct >= 15 then 'fatigued'
        when z <= -2 and ctr_drop_pct >= 15 and frequency_rise_pct >= 10 then 'limited'
        else 'healthy'
    end
{%- endmacro %}

{# The platform's own words for the cost per result against the past: from twice on fatigued, above it limited. #}
{% macro cost_status(cost_ratio='cost_per_result_ratio') -%}
    case
        when {{ cost_ratio }} >= 2 then 'fatigued'
        when {{ cost_ratio }} > 1 then 'limited'
        when {{ cost_ratio }} is not null then 'healthy'
    end
{%- endmacro %}

{# Days back that a verdict can depend on: the search for the onset, its gap, the best period and its length. #}
{% macro fatigue_reach() -%} {{ return(2 * var('fatigue_lookback_days') + 20) }} {%- endmacro %}
