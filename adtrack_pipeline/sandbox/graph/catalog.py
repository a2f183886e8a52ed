"""Which names exist: fields per kind of object, insight fields, breakdowns (the lists lie in `sandbox/catalog`).

An unknown name fails a whole request at Meta, so a request's names are checked against these lists.
"""

from enum import StrEnum
from functools import cache
from importlib.resources import files


class Kind(StrEnum):
    """Kinds of objects; the value is the edge's name under an ad account."""

    ACCOUNT = "adaccounts"
    CAMPAIGN = "campaigns"
    ADSET = "adsets"
    AD = "ads"
    CREATIVE = "adcreatives"
    ACTIVITY = "activities"

    @property
    def node_type(self) -> str:
        """The name Meta's error texts use."""
        return _NODE_TYPES[self]


_NODE_TYPES = {
    Kind.ACCOUNT: "AdAccount",
    Kind.CAMPAIGN: "Campaign",
    Kind.ADSET: "AdSet",
    Kind.AD: "Ad",
    Kind.CREATIVE: "AdCreative",
    Kind.ACTIVITY: "AdActivity",
}

DEFAULT_FIELDS = {
    Kind.ACCOUNT: ("account_id", "id"),
    Kind.CAMPAIGN: ("id",),
    Kind.ADSET: ("id",),
    Kind.AD: ("id",),
    Kind.CREATIVE: ("id",),
    Kind.ACTIVITY: ("actor_id", "actor_name", "event_time", "event_type", "object_id", "object_name"),
}

HOURLY = "hourly_stats_aggregated_by_advertiser_time_zone"


@cache
def names(list_name: str) -> frozenset[str]:
    """The names of one list: an edge's (`campaigns`), `insights` or `breakdowns`."""
    text = files("adtrack_pipeline.sandbox").joinpath("catalog", f"{list_name}.txt").read_text("utf-8")
    return frozenset(text.split())
