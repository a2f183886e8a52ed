"""What stands between the wire and the API: faults, quotas, the call log. One call in, one outcome out.

Belongs here: the order of these. Does not belong here: sockets (`app.py`), answers (`graph`).
"""

from dataclasses import dataclass
from datetime import date

from adtrack_pipeline.sandbox.control.calls import CallLog
from adtrack_pipeline.sandbox.control.faults import LASTING, Fault, FaultBook, FaultError
from adtrack_pipeline.sandbox.control.hostile import check_variant
from adtrack_pipeline.sandbox.control.replies import early_reply, late_reply
from adtrack_pipeline.sandbox.graph.access import check_token, check_version
from adtrack_pipeline.sandbox.graph.batch import answer_batch, is_batch
from adtrack_pipeline.sandbox.graph.errors import GraphError
from adtrack_pipeline.sandbox.graph.jobs import Outcome
from adtrack_pipeline.sandbox.graph.request import GraphRequest, Reply, encode
from adtrack_pipeline.sandbox.graph.service import GraphService
from adtrack_pipeline.sandbox.throttle import Throttle, UseCase
from adtrack_pipeline.sandbox.world import Restatement

_JOB_STATES = {"failed": "Job Failed", "skipped": "Job Skipped", "stuck": "Job Running"}
ON_THE_WIRE = frozenset({"cut", "reset", "slow"})


@dataclass
class Served:
    """A reply and, for faults of the connection itself, the fault."""

    reply: Reply
    wire: Fault | None = None


class Gate:
    """Serves calls; `plan` takes faults."""

    def __init__(self, service: GraphService) -> None:
        self.service = service
        self.faults = FaultBook()
        self.calls = CallLog()
        context = service.context
        self.throttle = Throttle(
            context.options.tier, lambda account: context.world.ads_in_market(account, context.as_of())
        )

    def serve(self, request: GraphRequest) -> Served:
        """Answer a call or a batch."""
        if not is_batch(request):
            return self._serve_one(request)
        options = self.service.context.options
        try:
            headers = check_version(request, options) if request.version else {}
            check_token(request, options)
            answers = answer_batch(request, lambda one: self._serve_one(one).reply, options.batch_null_every)
        except GraphError as error:
            return Served(Reply(error.status, encode(error.body())))
        return Served(Reply(200, encode(answers), {**headers, **self.throttle.headers(None)}))

    def _serve_one(self, request: GraphRequest) -> Served:
        path = "/".join(request.path)
        account = self.service.account_of(request)
        use_case: UseCase = "ads_insights" if self._is_insights(request) else "ads_management"
        fault = self.faults.take(request.method, path, account, request.params)
        reply = early_reply(fault, self.throttle, account) if fault else None
        if reply is None:
            reply = self._answer(request, account, use_case)
        self.throttle.charge(account, use_case)
        reply.headers = {**self.throttle.headers(account), **reply.headers}
        if fault is not None:
            reply = late_reply(fault, reply, request)
        kind = fault.kind if fault else None
        self.calls.add(request.method, path, account, reply.status, request.params, kind)
        return Served(reply, fault if fault and fault.kind in ON_THE_WIRE else None)

    def _answer(self, request: GraphRequest, account: str | None, use_case: UseCase) -> Reply:
        try:
            self.throttle.check(account, use_case)
        except GraphError as error:
            return Reply(error.status, encode(error.body()))
        return self.service.answer(request)

    def _is_insights(self, request: GraphRequest) -> bool:
        node = request.path[0] if request.path else ""
        return request.path[1:] == ("insights",) or self.service.jobs.find(node) is not None

    def plan(self, fault: Fault) -> None:
        """Queue a fault, or put a lasting one into effect.

        Raises:
            FaultError: when a parameter is missing or unknown.
        """
        check_variant(fault)
        if fault.kind not in LASTING:
            self.faults.planned.append(fault)
            return
        effects = self.service.context.effects
        effects.version += 1
        match fault.kind:
            case "permission":
                effects.forbidden.add(_needed(fault, fault.account, "account"))
            case "vanish":
                effects.vanished.add(str(_needed(fault, fault.more.get("ad"), "ad")))
            case "restate":
                effects.restatements.append(_restatement(fault))
            case "job":
                self._plan_run(fault)
            case "job_expired":
                self.service.jobs.expire(fault.more.get("run"))

    def _plan_run(self, fault: Fault) -> None:
        state = str(fault.more.get("status", "failed"))
        if state not in _JOB_STATES:
            raise FaultError(f"a job's status is one of {', '.join(_JOB_STATES)}, not {state!r}")
        code, subcode = fault.more.get("code"), fault.more.get("subcode")
        outcome = Outcome(_JOB_STATES[state], code, subcode, fault.more.get("message"))
        self.service.jobs.outcomes.extend([(fault.account, outcome)] * max(fault.times, 1))

    def clear(self) -> None:
        """No faults, no lasting effects, no forced quotas."""
        self.faults.planned.clear()
        self.service.jobs.outcomes.clear()
        self.service.context.effects.clear()
        self.throttle.forced.clear()


def _needed(fault: Fault, value: str | None, name: str) -> str:
    if not value:
        raise FaultError(f"{fault.kind} needs {name}")
    return value


def _restatement(fault: Fault) -> Restatement:
    account = _needed(fault, fault.account, "account")
    try:
        day = date.fromisoformat(str(fault.more.get("day")))
        factor = float(fault.more.get("factor", 0.5))
    except (TypeError, ValueError):
        raise FaultError("restate needs a day such as 2026-11-20 and a number as factor") from None
    return Restatement(account, day, factor, fault.more.get("ad"))
