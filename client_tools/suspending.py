"""Having runs stand still and go on, by asking the nodes that run them."""

from collections.abc import Callable
from dataclasses import dataclass

from client_tools.asking import Following
from client_tools.errors import NotInThisState
from client_tools.requester import Requester
from spool_layout.records import JobOnNode
from spool_layout.request import Verb
from spool_layout.states import State
from wamspool.asking import ask, withdraw
from wamspool.find import Found, account_of, find_job
from wamspool.spool import Spool


@dataclass(frozen=True, slots=True)
class Stands:
    """What came of it: what the node says of the run; None where nobody has waited for that."""

    found: Found
    said: JobOnNode | None = None
    was_so: bool = False


@dataclass(frozen=True, slots=True)
class Suspending:
    """How to do it. ``tell`` gets lines about how a request stands."""

    spool: Spool
    requester: Requester
    why: str
    wait: bool
    tell: Callable[[str], None]

    def suspend(self, found: Found) -> Stands:
        """The run stands still, and its node says so.

        Raises NotInThisState for a job without a run, NotPermitted, NodeSilent.
        """
        return self._ask(
            found, Verb.SUSPEND, lambda said: bool(said.suspended) and said.suspend_asked
        )

    def resume(self, found: Found) -> Stands:
        """The run goes on, or would but for the hours of its node, and its node says so.

        Raises as ``suspend`` does.
        """
        return self._ask(found, Verb.UNSUSPEND, lambda said: not said.suspend_asked)

    def _ask(self, found: Found, verb: Verb, is_so: Callable[[JobOnNode], bool]) -> Stands:
        place, verb_said = found.place, "suspend" if verb is Verb.SUSPEND else "resume"
        if place is None or found.state is not State.RUNNING:
            raise NotInThisState(
                f"{found.job} {_IS[found.state]}; only a job that runs can be suspended and resumed",
                cure=_CURES.get(found.state),
            )
        self.requester.check(place, verb_said)
        account = account_of(self.spool, found)
        if account.on_node and account.node_silent_s is None and is_so(account.on_node):
            return Stands(found, account.on_node, was_so=True)
        generation, job = place.name.generation, place.name.job
        name = ask(
            self.spool, verb, job, by=self.requester.said, why=self.why, generation=generation
        )
        if not self.wait:
            return Stands(found)
        came = Following(self.spool, name, self.tell).until_run(place, is_so)
        if isinstance(came, JobOnNode):
            return Stands(find_job(self.spool, job), came)
        withdraw(self.spool.share, (name,))
        now = came.state if isinstance(came, Found) else State.DONE
        raise NotInThisState(f"{job} {_IS[now]} meanwhile; nothing was suspended or resumed")


_IS = {
    State.QUEUED: "waits",
    State.HELD: "is held",
    State.CLAIMED: "is being taken",
    State.RUNNING: "runs",
    State.DONE: "is done",
}
_CURES = {
    State.QUEUED: "Keep it from starting: wam hold JOB.",
    State.HELD: "Let it start: wam release JOB.",
    State.CLAIMED: "Try again in a moment, when its solver has started.",
    State.DONE: "There is no run any more.",
}
