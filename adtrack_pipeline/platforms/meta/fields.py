"""What is asked of Meta, as data: fields per report and object, statuses, breakdowns.

Belongs here: names of the API. Does not belong here: how a value is read (`rows.py`, `objects.py`).
The names hold for v25.0 and v26.0.
"""

from adtrack_pipeline.platforms.base import ObjectKind, Report

HOURLY_BREAKDOWN = "hourly_stats_aggregated_by_advertiser_time_zone"

_KEYS = ("account_id", "account_currency")
_AD = ("campaign_id", "campaign_name", "adset_id", "adset_name", "ad_id", "ad_name")
# `ctr` is asked for because some accounts answer it without `clicks`: then clicks = ctr * impressions / 100.
_DELIVERY = ("impressions", "clicks", "ctr", "inline_link_clicks", "outbound_clicks", "spend")
_PEOPLE = ("reach", "frequency")
_ACTIONS = ("actions", "action_values")
_VIDEO = (
    "video_play_actions",
    "video_p25_watched_actions",
    "video_p50_watched_actions",
    "video_p75_watched_actions",
    "video_p100_watched_actions",
    "video_thruplay_watched_actions",
    "video_avg_time_watched_actions",
)

REPORT_FIELDS: dict[Report, tuple[str, ...]] = {
    Report.DAILY: (
        *_KEYS, *_AD, "objective", "optimization_goal", "attribution_setting",
        *_DELIVERY, *_PEOPLE, *_VIDEO, *_ACTIONS,
    ),
    # Meta refuses video_* by hour and gives neither reach nor anything that happened off Meta.
    Report.HOURLY: (*_KEYS, *_AD, *_DELIVERY, "actions"),
    Report.ACCOUNT_DAILY: (*_KEYS, *_DELIVERY, *_PEOPLE, *_ACTIONS),
}  # fmt: skip

REPORT_LEVEL: dict[Report, str] = {
    Report.DAILY: "ad",
    Report.HOURLY: "ad",
    Report.ACCOUNT_DAILY: "account",
}

KEY_FIELDS = frozenset({"account_id", "campaign_id", "adset_id", "ad_id"})
"""Asked for in every part of a request that had to be split by fields."""

ESSENTIAL_FIELDS = KEY_FIELDS | {
    "impressions", "clicks", "inline_link_clicks", "spend", "actions", "action_values",
}  # fmt: skip
"""Without one of these a row would be wrong, not poorer; they are never dropped from a request."""

AD_STATUSES = (
    "ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "IN_PROCESS", "WITH_ISSUES", "CAMPAIGN_PAUSED",
    "ADSET_PAUSED", "DISAPPROVED", "PENDING_REVIEW", "PREAPPROVED", "PENDING_BILLING_INFO",
)  # fmt: skip
CAMPAIGN_STATUSES = ("ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "IN_PROCESS", "WITH_ISSUES")
STATUSES: dict[ObjectKind, tuple[str, ...]] = {
    ObjectKind.CAMPAIGN: CAMPAIGN_STATUSES,
    ObjectKind.ADSET: (*CAMPAIGN_STATUSES, "CAMPAIGN_PAUSED"),
    ObjectKind.AD: AD_STATUSES,
}

EDGE: dict[ObjectKind, str] = {
    ObjectKind.CAMPAIGN: "campaigns",
    ObjectKind.ADSET: "adsets",
    ObjectKind.AD: "ads",
    ObjectKind.CREATIVE: "adcreatives",
}
LEVEL_WORD: dict[ObjectKind, str] = {
    ObjectKind.CAMPAIGN: "campaign",
    ObjectKind.ADSET: "adset",
    ObjectKind.AD: "ad",
}

CREATIVE_FIELDS = (
    "id", "account_id", "name", "title", "body", "object_type", "status", "object_story_spec",
    "asset_feed_spec", "effective_object_story_id", "image_hash", "image_url", "thumbnail_url", "video_id",
    "call_to_action_type", "url_tags", "link_url", "instagram_permalink_url",
)  # fmt: skip
CREATIVE_SAFE_FIELDS = ("id", "account_id", "name", "object_type", "status", "thumbnail_url", "video_id")
"""What can still be read of a creative whose story spec Meta refuses to show."""

OBJECT_FIELDS: dict[ObjectKind, tuple[str, ...]] = {
    ObjectKind.ACCOUNT: (
        "id", "account_id", "name", "account_status", "currency", "timezone_name", "timezone_id",
        "timezone_offset_hours_utc", "amount_spent", "balance", "spend_cap", "min_daily_budget", "business",
        "disable_reason", "created_time",
    ),
    ObjectKind.CAMPAIGN: (
        "id", "account_id", "name", "objective", "status", "configured_status", "effective_status",
        "buying_type", "bid_strategy", "daily_budget", "lifetime_budget", "budget_remaining", "spend_cap",
        "special_ad_categories", "start_time", "stop_time", "created_time", "updated_time", "issues_info",
        "is_adset_budget_sharing_enabled", "smart_promotion_type",
    ),
    ObjectKind.ADSET: (
        "id", "account_id", "campaign_id", "name", "status", "configured_status", "effective_status",
        "daily_budget", "lifetime_budget", "budget_remaining", "bid_strategy", "bid_amount",
        "bid_constraints", "billing_event", "optimization_goal", "promoted_object", "attribution_spec",
        "targeting", "learning_stage_info", "start_time", "end_time", "created_time", "updated_time",
        "pacing_type", "destination_type", "is_dynamic_creative", "issues_info",
    ),
    ObjectKind.AD: (
        "id", "account_id", "adset_id", "campaign_id", "name", "status", "configured_status",
        "effective_status", "creative", "tracking_specs", "conversion_specs", "ad_review_feedback",
        "issues_info", "source_ad_id", "preview_shareable_link", "created_time", "updated_time",
    ),
    ObjectKind.CREATIVE: CREATIVE_FIELDS,
}  # fmt: skip

VOLATILE: dict[ObjectKind, frozenset[str]] = {
    ObjectKind.ACCOUNT: frozenset({"amount_spent", "balance", "timezone_offset_hours_utc", "age"}),
    ObjectKind.CAMPAIGN: frozenset({"budget_remaining", "spend"}),
    ObjectKind.ADSET: frozenset({"budget_remaining", "bid_info"}),
    ObjectKind.AD: frozenset({"preview_shareable_link"}),
    ObjectKind.CREATIVE: frozenset({"thumbnail_url", "image_url"}),
}
"""Keys that change without anybody having changed the object: kept current, left out of its content hash."""

ACTIVITY_FIELDS = (
    "event_type", "event_time", "actor_id", "actor_name", "application_name", "object_id", "object_name",
    "object_type", "translated_event_type", "extra_data",
)  # fmt: skip

THUMBNAIL_PIXELS = 320
"""Meta's thumbnails are 64 x 64 unless a size is asked for."""
