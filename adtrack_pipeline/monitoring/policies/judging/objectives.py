"""Objectives, old and new, of campaigns that are not there to sell: without any revenue they have no ROAS."""

NOT_SELLING = frozenset(
    {
        "OUTCOME_LEADS",
        "OUTCOME_AWARENESS",
        "OUTCOME_ENGAGEMENT",
        "OUTCOME_TRAFFIC",
        "OUTCOME_APP_PROMOTION",
        "LEAD_GENERATION",
        "BRAND_AWARENESS",
        "LOCAL_AWARENESS",
        "REACH",
        "POST_ENGAGEMENT",
        "PAGE_LIKES",
        "LINK_CLICKS",
        "VIDEO_VIEWS",
        "MESSAGES",
        "EVENT_RESPONSES",
        "OFFER_CLAIMS",
        "STORE_VISITS",
        "APP_INSTALLS",
    }
)
