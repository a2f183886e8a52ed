"""Keeping services running: start, restart after a crash, stop all of them.

Does not belong here: what the services are, the database, the UI.
"""

import time
from collections.abc import Callable, Sequence

from adtrack_pipeline.services.errors import KeepsEndingError
from adtrack_pipeline.services.processes import Guard, Process, Service, stop_all

PATIENCE_SECONDS = 2.5  # all of them end within one second on an idle machine; nothing is lost by a hard end
CRASHES_FORGIVEN = 5  # per service, within the window
CRASH_WINDOW_SECONDS = 600.0
FIRST_PAUSE_SECONDS = 1.0

Tell = Callable[[str], None]


class Supervisor:
    """Runs services until told to stop; whatever happens to this process, they end with it."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._guard = Guard()
        self._processes: dict[str, Process] = {}
        self._crashes: dict[str, list[float]] = {}
        self._resume_at: dict[str, tuple[float, Service]] = {}

    @property
    def running(self) -> list[str]:
        """Names of the services that run now."""
        return sorted(name for name, process in self._processes.items() if process.exit_code is None)

    def start(self, services: Sequence[Service]) -> list[Process]:
        """Start services; returns their processes."""
        return [self._start(service) for service in services]

    def look_after(self) -> None:
        """Notice what has ended and start it again after a pause that grows with each crash.

        Raises:
            KeepsEndingError: when a service crashes again and again.
        """
        for process in list(self._processes.values()):
            process.trim_log()
            if process.exit_code is not None:
                self._pause(process)
        for name, (at, service) in list(self._resume_at.items()):
            if time.monotonic() >= at:
                del self._resume_at[name]
                self._start(service)

    def stop(self) -> None:
        """End every service and all that they started."""
        stop_all(list(self._processes.values()), PATIENCE_SECONDS)
        self._guard.dismiss()

    def _start(self, service: Service) -> Process:
        process = Process(service)
        self._guard.watch(process)
        self._processes[service.name] = process
        return process

    def _pause(self, process: Process) -> None:
        service = process.service
        del self._processes[service.name]
        stop_all([process], patience=1.0)  # what it had started must not go on without it
        now = time.monotonic()
        crashes = [at for at in self._crashes.get(service.name, []) if now - at < CRASH_WINDOW_SECONDS] + [now]
        self._crashes[service.name] = crashes
        if len(crashes) > CRASHES_FORGIVEN:
            raise KeepsEndingError(
                f"The {service.name} process keeps ending (exit code {process.exit_code}); "
                f"its log is {service.log}.",
                process.last_words(),
            )
        pause = FIRST_PAUSE_SECONDS * 2 ** (len(crashes) - 1)
        self._tell(f"The {service.name} process ended (exit code {process.exit_code}); starting it again.")
        self._resume_at[service.name] = (now + pause, service)
