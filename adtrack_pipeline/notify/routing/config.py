"""The `routing:` section of the policies file: rules, read from top to bottom.

For each channel the first rule that names it and matches a message decides. A channel that no rule names gets
everything at once. Belongs here: the model. Does not belong here: deciding (`deciding.py`).
"""

import re
from datetime import time
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from adtrack_pipeline.monitoring.condition import Severity

CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone such as Europe/Berlin") from None
    return value


def _clock(value: object) -> object:
    found = CLOCK.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("must be a time of day such as '22:00'")
    return time(int(found[1]), int(found[2]))


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def bare_accounts(value: object) -> object:
    """One or several account ids, without act_."""
    values = value if isinstance(value, list) else [value]
    return [str(one).removeprefix("act_") for one in values]


Clock = Annotated[time, BeforeValidator(_clock)]
Zone = Annotated[str, AfterValidator(_zone)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Clocks = Annotated[tuple[Clock, ...], BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuietHours(_Part):
    """When messages wait. `to` before `from` means over midnight."""

    start: Clock = Field(alias="from", description="First minute of quiet, e.g. '22:00'.")
    end: Clock = Field(alias="to", description="When what waited is sent, e.g. '07:00'.")
    timezone: Zone = Field("UTC", description="E.g. Europe/Berlin.")
    critical_passes: bool = Field(True, description="Critical alerts do not wait.")


class Digest(_Part):
    """Collect, and send at given times."""

    at: Clocks = Field(min_length=1, description="Times of day, e.g. ['08:00', '16:00'].")
    timezone: Zone = Field("UTC", description="E.g. Europe/Berlin.")
    critical_passes: bool = Field(True, description="Critical alerts do not wait.")


class Rule(_Part):
    """Which messages, to which channels, when. What is not said matches everything."""

    channels: Names = Field(min_length=1, description="Names of channels; '*' for all.")
    min_severity: Severity = Field(Severity.LOW, description="low, medium, high or critical: this and worse.")
    accounts: Annotated[tuple[str, ...], BeforeValidator(bare_accounts)] = Field((), description="Ad account ids.")
    alert_types: Names = Field((), description="E.g. [ctr_drop, budget_*].")
    not_alert_types: Names = Field((), description="Never these.")
    recoveries: bool = Field(True, description="Tell when an alert has ended.")
    send: bool = Field(True, description="false: what matches is not sent.")
    quiet_hours: QuietHours | None = None
    digest: Digest | None = None


class RoutingSection(RootModel[tuple[Rule, ...]]):
    """All rules; none: every channel gets everything at once."""

    root: Annotated[tuple[Rule, ...], BeforeValidator(lambda value: value or ())] = ()
