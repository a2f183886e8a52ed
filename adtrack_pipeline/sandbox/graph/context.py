"""What every endpoint of one server shares: options, world, clock, report runs, quotas, faults in effect.

Belongs here: the shared state and how objects are looked up. Does not belong here: answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from adtrack_pipeline.sandbox.control.effects import Effects
from adtrack_pipeline.sandbox.graph import errors
from adtrack_pipeline.sandbox.graph.catalog import Kind
from adtrack_pipeline.sandbox.options import SandboxOptions
from adtrack_pipeline.sandbox.world import ObjectTable, World

REFRESH_MINUTES = 15


@dataclass(frozen=True)
class Place:
    """Where an object is: its kind, account and row in its table."""

    kind: Kind
    account_id: str
    object_id: str
    table: ObjectTable
    row: int


class Context:
    """Shared by the endpoints of one server."""

    def __init__(self, options: SandboxOptions, world: World, clock: Callable[[], datetime]) -> None:
        self.options = options
        self.world = world
        self.clock = clock
        self.effects = Effects()

    def as_of(self) -> datetime:
        """The instant of knowledge: now, rounded down to the last refresh."""
        now = self.clock()
        return now.replace(minute=now.minute // REFRESH_MINUTES * REFRESH_MINUTES, second=0, microsecond=0)

    def account_now(self, account_id: str) -> datetime:
        """The present instant in an account's time zone."""
        return self.clock().astimezone(ZoneInfo(self.world.timezone(account_id)))

    def has_account(self, account_id: str) -> bool:
        """Whether an account exists."""
        return self.world.accounts(self.as_of()).position(f"act_{account_id}") is not None

    def place(self, node: str) -> Place:
        """Find an account (`act_…`) or an object by id.

        Raises:
            GraphError: 100/33 when it is not there, 200 when its account withdrew the permission.
        """
        as_of = self.as_of()
        if node.startswith("act_"):
            accounts = self.world.accounts(as_of)
            row = accounts.position(node)
            if row is None:
                raise errors.unknown_object(node)
            account_id = node.removeprefix("act_")
            self.check_permission(account_id)
            return Place(Kind.ACCOUNT, account_id, node, accounts, row)
        found = self.world.locate(node, as_of)
        if found is None or node in self.effects.vanished:
            raise errors.unknown_object(node)
        kind, account_id = found
        self.check_permission(account_id)
        table = self.world.table(kind, account_id, as_of)
        row = table.position(node)
        if row is None:
            raise errors.unknown_object(node)
        return Place(kind, account_id, node, table, row)

    def check_permission(self, account_id: str) -> None:
        """Raise 200 when the account's permission is lost."""
        if account_id in self.effects.forbidden:
            raise errors.no_permission(account_id)
