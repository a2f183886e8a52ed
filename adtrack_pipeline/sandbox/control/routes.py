"""The control endpoints under `/sandbox`: faults, ledger, call log, clock, quotas, thumbnails.

Nothing of the product calls them; they are for tests, rehearsals and people.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adtrack_pipeline.clock import parse_instant
from adtrack_pipeline.sandbox.control.clock import WorldClock
from adtrack_pipeline.sandbox.control.faults import FaultError, read_fault
from adtrack_pipeline.sandbox.gate import Gate
from adtrack_pipeline.sandbox.thumbnails import ExpiredLinkError, check_link, picture

_HELP = {
    "GET /sandbox/faults": "planned faults; POST one or a list to plan, DELETE to end all",
    "GET /sandbox/ledger?account=&since=&until=": "what the sandbox believes to be true",
    "GET /sandbox/calls": "the calls so far, without tokens; DELETE forgets them",
    "POST /sandbox/clock": '{"now": "2026-11-20T10:00:00Z"} or {"advance_seconds": 3600}',
    "POST /sandbox/quota": '{"account": "1", "percent": 97} (account "app": the app; null: count again)',
}


class ControlError(Exception):
    """A control request that cannot be understood."""


class Control:
    """The control endpoints of one server."""

    def __init__(self, gate: Gate, clock: WorldClock) -> None:
        self._gate = gate
        self._clock = clock

    def routes(self) -> list[Route]:
        """Starlette routes."""
        return [
            Route("/sandbox", self._guarded(self._overview)),
            Route("/sandbox/faults", self._guarded(self._faults), methods=["GET", "POST", "DELETE"]),
            Route("/sandbox/ledger", self._guarded(self._ledger)),
            Route("/sandbox/calls", self._guarded(self._calls), methods=["GET", "DELETE"]),
            Route("/sandbox/clock", self._guarded(self._move_clock), methods=["GET", "POST"]),
            Route("/sandbox/quota", self._guarded(self._quota), methods=["POST"]),
            Route("/sandbox/thumbnails/{creative}.png", self._thumbnail),
        ]

    def _guarded(
        self, endpoint: Callable[[Request], Awaitable[Any]]
    ) -> Callable[[Request], Awaitable[JSONResponse]]:
        async def answer(request: Request) -> JSONResponse:
            try:
                return JSONResponse(await endpoint(request))
            except (ControlError, FaultError, ValueError) as error:
                return JSONResponse({"error": str(error)}, status_code=400)

        return answer

    async def _overview(self, request: Request) -> Any:
        context = self._gate.service.context
        accounts = context.world.accounts(context.as_of())
        return {
            "sandbox": "SANDBOX: simulated or recorded data, no real ad account",
            "now": context.clock().isoformat(),
            "as_of": context.as_of().isoformat(),
            "accounts": dict(zip(accounts.ids, accounts.column("name") or accounts.ids, strict=True)),
            "endpoints": _HELP,
        }

    async def _faults(self, request: Request) -> Any:
        if request.method == "DELETE":
            self._gate.clear()
        elif request.method == "POST":
            posted = await _body(request)
            for fault in [read_fault(one) for one in (posted if isinstance(posted, list) else [posted])]:
                self._gate.plan(fault)
        return {"faults": [fault.shown() for fault in self._gate.faults.planned]}

    async def _ledger(self, request: Request) -> Any:
        context = self._gate.service.context
        wanted = request.query_params.get("account", "").removeprefix("act_")
        accounts = [one.removeprefix("act_") for one in context.world.accounts(context.as_of()).ids]
        if wanted and wanted not in accounts:
            raise ControlError(f"no account {wanted}")
        span = _day(request, "since"), _day(request, "until")
        restated = tuple(context.effects.restatements)
        return {
            account: context.world.ledger(account, span, context.as_of(), restated)
            for account in accounts
            if wanted in ("", account)
        }

    async def _calls(self, request: Request) -> Any:
        if request.method == "DELETE":
            self._gate.calls.clear()
        return self._gate.calls.shown()

    async def _move_clock(self, request: Request) -> Any:
        if request.method == "POST":
            posted = await _body(request)
            if "now" in posted:
                self._clock.set(parse_instant(str(posted["now"])) if posted["now"] else None)
            else:
                self._clock.set(self._clock() + timedelta(seconds=float(posted.get("advance_seconds", 0))))
        return {"now": self._clock().isoformat()}

    async def _quota(self, request: Request) -> Any:
        posted = await _body(request)
        account = str(posted.get("account", "app")).removeprefix("act_")
        percent = posted.get("percent")
        if percent is None:
            self._gate.throttle.forced.pop(account, None)
        else:
            self._gate.throttle.forced[account] = float(percent)
        return {"forced": self._gate.throttle.forced}

    async def _thumbnail(self, request: Request) -> Response:
        now: datetime = self._clock()
        try:
            check_link(request.query_params.get("oe"), now)
        except ExpiredLinkError:
            return Response("URL signature expired", status_code=403, media_type="text/plain")
        return Response(picture(str(request.path_params["creative"])), media_type="image/png")


async def _body(request: Request) -> Any:
    try:
        return json.loads(await request.body() or b"{}")
    except json.JSONDecodeError as error:
        raise ControlError(f"not JSON: {error}") from None


def _day(request: Request, name: str) -> date:
    text = request.query_params.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ControlError(f"{name} must be a day such as 2026-11-20, not {text!r}") from None
