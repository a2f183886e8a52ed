{# Orders and refunds in a currency without an exchange rate: their rows have no sums of money until there is one. #}
{% test every_order_has_a_rate(model) %}
select platform, account_id, date_day, campaign_id, missing_currencies, unconverted_orders
from {{ model }}
where unconverted_orders > 0
{% endtest %}
