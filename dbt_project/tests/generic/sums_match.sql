{#
    Per account and day the sums of `columns` are those of another relation; `only` restricts our rows.
    Days that changed after the model `of` was built are left out: they are late, not wrong. For a raw table its own
    changed_xid tells, for a model (`follows`) the days it published.
#}
{% test sums_match(model, of, compare_to, columns, only='true', follows=none) %}
with seen as (
    select seen_xid from {{ source('ops', 'model_watermarks') }} where model = '{{ of }}'
),

ours as (
    select platform, account_id, date_day {%- for column in columns %}, sum({{ column }}) as {{ column }} {%- endfor %}
    from {{ model }}
    where {{ only }}
    group by platform, account_id, date_day
),

theirs as (
    select platform, account_id, date_day {%- for column in columns %}, sum({{ column }}) as {{ column }} {%- endfor %}
    from {{ compare_to }}
    where {{ recent_days() }} {%- if not follows %} and withdrawn_at is null and {{ known_accounts() }} {%- endif %}
    group by platform, account_id, date_day
),

changed_since as (
    select platform, account_id, date_day
    {% if follows -%}
    from {{ source('ops', 'model_changes') }} where model = '{{ follows }}' and changed_xid >= (select seen_xid from seen)
    {%- else -%}
    from {{ compare_to }} where changed_xid >= (select seen_xid from seen)
    {%- endif %}
)

select platform, account_id, date_day
    {%- for column in columns %}, ours.{{ column }} as our_{{ column }}, theirs.{{ column }} as their_{{ column }}
    {%- endfor %}
from ours
full join theirs using (platform, account_id, date_day)
where (
    {%- for column in columns %}coalesce(ours.{{ column }}, 0){{ ', ' if not loop.last }}{% endfor -%}
) is distinct from (
    {%- for column in columns %}coalesce(theirs.{{ column }}, 0){{ ', ' if not loop.last }}{% endfor -%}
)
    and (platform, account_id, date_day) not in (select platform, account_id, date_day from changed_since)
{% endtest %}
