"""Who is meant by an id, a name with * and ?, or a tag."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from adtrack_pipeline.monitoring.policies.model import Tag


class Campaign(NamedTuple):
    """What can be matched. For an account alone, the campaign is empty."""

    account_id: str
    account_name: str
    campaign_id: str = ""
    campaign_name: str = ""


def is_pattern(text: str) -> bool:
    """Whether a text can mean more than one object."""
    return "*" in text or "?" in text


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    # Not fnmatch: campaign names are full of brackets, which would be classes of letters.
    parts = (
        ".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", text)
    )
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def means(text: str, object_id: str, name: str) -> bool:
    """Whether `text` is this id, or a name (letter case aside, * and ? as wild cards) of this object."""
    return text.removeprefix("act_") == object_id or _pattern(text).fullmatch(name) is not None


def means_account(text: str, who: Campaign) -> bool:
    """`means` for the account."""
    return means(text, who.account_id, who.account_name)


def means_campaign(text: str, who: Campaign) -> bool:
    """`means` for the campaign."""
    return bool(who.campaign_id) and means(text, who.campaign_id, who.campaign_name)


def has_tag(tag: Tag, who: Campaign) -> bool:
    """Whether a campaign (or an account alone) carries a tag."""
    return _any(means_account(one, who) for one in tag.accounts) and _any(
        means_campaign(one, who) for one in tag.campaigns
    )


def _any(found: Iterable[bool]) -> bool:
    """An empty list leaves nobody out."""
    answers = list(found)
    return any(answers) or not answers
