{#
    Which campaign a reference in an order means. Ids first, as nothing is more certain; a name only where it is that of
    one campaign in the account, counting every name an object ever had: what a link carries is the name its ad was
    first published with. Several ads of one name are fine as long as they are of one campaign.
#}

{# Campaigns that have, or had, the name. `told` is the row of references. #}
{% macro campaigns_called(name, told) -%}
    select listed.account_id, listed.campaign_id
    from {{ ref('stg_meta__campaigns') }} as listed
    where listed.platform = {{ told }}.platform and listed.campaign_name = {{ name }}
    union
    select known.account_id, known.object_id
    from {{ source('raw', 'object_history') }} as known
    where known.platform = {{ told }}.platform and known.object_type = 'campaign'
        and known.payload ->> 'name' = {{ name }}
{%- endmacro %}

{# Campaigns of the ads that have, or had, the name. #}
{% macro campaigns_of_ads_called(name, told) -%}
    select listed.account_id, listed.campaign_id
    from {{ ref('stg_meta__ads') }} as listed
    where listed.platform = {{ told }}.platform and listed.ad_name = {{ name }}
    union
    select listed.account_id, listed.campaign_id
    from {{ source('raw', 'object_history') }} as known
    inner join {{ ref('stg_meta__ads') }} as listed
        on listed.platform = known.platform and listed.ad_id = known.object_id
    where known.platform = {{ told }}.platform and known.object_type = 'ad' and known.payload ->> 'name' = {{ name }}
{%- endmacro %}

{# The only campaign among these, or no row; an account that was told narrows them. #}
{% macro the_only_campaign(campaigns, told) -%}
    select min(found.account_id) as account_id, min(found.campaign_id) as campaign_id
    from ({{ campaigns }}) as found
    where {{ told }}.account_id in (found.account_id, '*') and found.campaign_id is not null
    having count(distinct found.campaign_id) = 1
{%- endmacro %}

{#
    The references of an order in the order they are trusted: rank, name, condition, campaigns they may mean. A click
    id is in no list: the platform offers no way to look one up.
#}
{% macro order_references(told) -%}
    {%- set by_id -%}
        select listed.account_id, listed.campaign_id from {{ ref('stg_meta__campaigns') }} as listed
        where listed.platform = {{ told }}.platform and listed.campaign_id = {{ told }}.
    {%- endset -%}
    {%- set delivered -%}
        select delivered.account_id, delivered.campaign_id from {{ ref('campaign_metrics') }} as delivered
        where delivered.platform = {{ told }}.platform and delivered.campaign_id = {{ told }}.campaign_id
            and delivered.campaign_id not in ('unattributed', 'unknown')
    {%- endset -%}
    {%- set ad_by_id -%}
        select listed.account_id, listed.campaign_id from {{ ref('stg_meta__ads') }} as listed
        where listed.platform = {{ told }}.platform and listed.ad_id = {{ told }}.
    {%- endset -%}
    {%- set named = ' and ' ~ is_from_platform(told ~ '.utm_source', told) -%}
    {{ return([
        (1, 'campaign_id', told ~ ".campaign_id <> ''", by_id ~ 'campaign_id'),
        (2, 'campaign_id', told ~ ".campaign_id <> ''", delivered),
        (3, 'ad_id', told ~ ".ad_id <> ''", ad_by_id ~ 'ad_id'),
        (4, 'utm_content', told ~ ".utm_content <> ''", ad_by_id ~ 'utm_content'),
        (5, 'utm_campaign', told ~ ".utm_campaign <> ''", by_id ~ 'utm_campaign'),
        (6, 'utm_campaign', told ~ ".utm_campaign <> ''" ~ named, campaigns_called(told ~ '.utm_campaign', told)),
        (7, 'utm_content', told ~ ".utm_content <> ''" ~ named, campaigns_of_ads_called(told ~ '.utm_content', told)),
    ]) }}
{%- endmacro %}

{# The columns of an order that hold its references. #}
{% macro reference_columns() -%}
    {{ return(['campaign_id', 'ad_id', 'utm_source', 'utm_campaign', 'utm_content']) }}
{%- endmacro %}

{# Whether a row of `meant` is about the references of an order, read within an account (a star: any). #}
{% macro are_references_of(order, account_id, meant) -%}
    {%- set columns = ['platform'] + reference_columns() -%}
    {{ meant }}.account_id = {{ account_id }}
    and ({{ meant }}.{{ columns | join(', ' ~ meant ~ '.') }}) = ({{ order }}.{{ columns | join(', ' ~ order ~ '.') }})
{%- endmacro %}
