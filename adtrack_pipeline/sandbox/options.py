"""What a sandbox can be told: the world, the address, and every switch where Meta's behaviour is uncertain.

Does not belong here: behaviour. The questions behind the switches are in the comments beside them.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

Tier = Literal["standard_access", "development_access"]


class SandboxError(Exception):
    """The sandbox cannot start; the text is one clear sentence: what, where, what to do."""


@dataclass(frozen=True)
class SandboxOptions:
    """Options of one server.

    World: `ads` is the number of ads in the market at once, over all accounts; `days` the length of the
    history; `now` freezes the world at an instant (None: the pipeline's clock). `replay` is a folder of
    recorded objects that takes the place of the simulation.

    Access: `tokens` empty accepts any non-empty token. `upgrade_versions` answers a dead version with the
    oldest accepted one and a warning header instead of error 2635.

    Limits in rows: `max_page_rows` per answer (above it: "reduce the amount of data"), `max_sync_rows` per
    synchronous report (100/1487534), `max_async_rows` per report run (-3/1504045).
    """

    seed: int = 7
    accounts: int = 6
    ads: int = 240
    days: int = 400
    now: datetime | None = None
    replay: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8090

    tokens: tuple[str, ...] = ()
    versions: tuple[str, ...] = ("v25.0", "v26.0")
    upgrade_versions: bool = False
    app_secret: str | None = None
    require_proof: bool = False

    max_page_rows: int = 5_000
    max_sync_rows: int = 500_000
    max_async_rows: int = 5_000_000
    tier: Tier = "standard_access"

    hourly_reach: Literal["absent", "zero"] = "absent"  # both were seen: zero in 2018, absent in 2026
    hourly_key_missing: bool = False  # the label of an hour without impressions may be missing
    archived_by_default: bool = False  # does an unfiltered list hold archived ads? the documentation says no
    numeric_run_ids: bool = False  # recorded as a string, documented as a number
    job_race: bool = True  # every fifth report run is unknown to the first poll
    batch_null_every: int = 0  # every n-th item of a batch is null: "not done in time" (0: never)
    prerender: bool = False  # for benchmarks: one answer is rendered once, report runs are ready at once

    def __post_init__(self) -> None:
        """Refuse what cannot be served.

        Raises:
            SandboxError: one sentence naming the option.
        """
        if not 1 <= self.accounts <= 99:
            raise SandboxError(f"--accounts must be between 1 and 99, not {self.accounts}.")
        if not 0 <= self.ads <= 200_000:
            raise SandboxError(f"--ads must be between 0 and 200000, not {self.ads}.")
        if not 1 <= self.days <= 1_123:
            raise SandboxError(f"--days must be between 1 and 1123 (Meta keeps 37 months), not {self.days}.")
        if not 0 <= self.port <= 65_535:
            raise SandboxError(f"--port must be between 0 and 65535, not {self.port}.")
        if self.now is not None and self.now.tzinfo is None:
            raise SandboxError("--now needs an offset, such as 2026-11-20T10:00:00Z.")
        if self.require_proof and not self.app_secret:
            raise SandboxError("Requiring appsecret_proof needs the app secret to check it against.")
