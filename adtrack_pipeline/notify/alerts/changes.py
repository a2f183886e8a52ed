"""What a scan did, as a record for logs and metadata."""

from dataclasses import dataclass

from adtrack_pipeline.notify.outbox import Change


@dataclass(frozen=True)
class AlertChanges:
    """What became of a scan's conditions. Alert ids, ascending.

    Attributes:
        opened: new alerts, told or not.
        reopened: alerts whose condition came back within the cool-down.
        updated: alerts that go on.
        resolved: alerts whose condition ended.
        suppressed: unresolved alerts that are not told because another one, a silence or a snooze covers them.
        told: by kind of news, the alerts an event was written about.
        events: how many events were written.
    """

    opened: tuple[int, ...] = ()
    reopened: tuple[int, ...] = ()
    updated: tuple[int, ...] = ()
    resolved: tuple[int, ...] = ()
    suppressed: tuple[int, ...] = ()
    told: tuple[tuple[int, Change], ...] = ()
    events: int = 0

    def told_as(self, change: Change) -> tuple[int, ...]:
        """The alerts told as `opened`, `escalated`, `reminded` or `resolved`."""
        return tuple(alert_id for alert_id, told in self.told if told == change)

    @property
    def counts(self) -> dict[str, int]:
        """Numbers for a run's metadata."""
        lists = {
            "opened": self.opened,
            "reopened": self.reopened,
            "updated": self.updated,
            "resolved": self.resolved,
            "suppressed": self.suppressed,
            "told": self.told,
        }
        return {name: len(ids) for name, ids in lists.items()} | {"events": self.events}
