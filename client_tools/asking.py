"""Asking a node for something, and following what comes of it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from client_tools.errors import NodeSilent, NotPermitted
from spool_layout.records import JobOnNode, NodeStatus
from spool_layout.request import RequestName, Verb
from spool_layout.states import State
from spool_layout.units import format_duration
from wamspool.asking import refusal_of, withdraw
from wamspool.errors import NoSuchJob, Unreachable
from wamspool.find import Account, Found, account_of, find_job
from wamspool.snapshot import NodeSight, read_node
from wamspool.spool import Spool
from wamspool.transition import Place

LOOK_S = 1.0
HEARTBEATS = 3
MORE_S = 30.0
_ON_THE_WAY = {"stopping": "stops the solver", "stage-out": "brings the results back"}


@dataclass(slots=True)
class Following:
    """One request until it has been done. ``tell`` gets a line about how it stands."""

    spool: Spool
    name: RequestName
    tell: Callable[[str], None]
    deadline_s: float = 0.0

    def until_acted(self, place: Place) -> Found | Account:
        """The job is done, or its ticket waits. Raises NotPermitted, NodeSilent.

        One that was to run again may have been claimed again already. Where a job that was to end
        waits, the request stays until the caller has ended it: he may die before. After NodeSilent
        the request stays, to be done later. The job may have been done, or queued again, for
        another reason than this request.
        """
        self._be_patient()
        while True:
            found = self._next_look(place.name.job)
            if isinstance(found, Account) or found.place is None or self._is_over(found, place):
                if isinstance(found, Account) or self.name.verb is Verb.REQUEUE:
                    withdraw(self.spool.share, (self.name,))
                return found
            if found.place.name.generation != place.name.generation:
                self._be_patient()  # another node has it now, and has not had it for long
            place = found.place
            self._listen_to(place.name.node or "", place.name.job)

    def until_run(
        self, place: Place, is_so: Callable[[JobOnNode], bool]
    ) -> Found | Account | JobOnNode:
        """The node says so of the run; or the job has left that node meanwhile, or is done.

        Raises NotPermitted, NodeSilent; then the request stays.
        """
        self._be_patient()
        while True:
            found = self._next_look(place.name.job)
            if isinstance(found, Account) or found.place is None:
                return found
            if found.place.name.generation != place.name.generation:
                return found
            sight = self._listen_to(place.name.node or "", place.name.job)
            said = next((said for said in sight.status.jobs if said.job == found.job), None)
            if said and is_so(said):
                return said

    def _is_over(self, found: Found, before: Place) -> bool:
        if found.place is None or found.place.name.node is None:
            return True
        has_moved = found.place.name.generation > before.name.generation
        return has_moved and self.name.verb is Verb.REQUEUE

    def _next_look(self, job: str) -> Found | Account:
        """What is seen of the job next; looks that tell nothing are passed over."""
        while True:
            self.spool.clock.sleep(LOOK_S)
            with suppress(Unreachable):
                found = self._look(job)
                if found is not None:
                    return found

    def _look(self, job: str) -> Found | Account | None:
        self._raise_refusal()
        try:
            found = find_job(self.spool, job)
        except NoSuchJob:  # its end is being shown at this moment, and hides it
            if self._is_late():
                raise
            return None
        return account_of(self.spool, found) if found.state is State.DONE else found

    def until_node(self, node: str, is_so: Callable[[NodeStatus], bool]) -> NodeSight:
        """The node's status says so. Raises NotPermitted, NodeSilent; then the request stays."""
        self._be_patient()
        while True:
            self.spool.clock.sleep(LOOK_S)
            try:
                self._raise_refusal()
                sight = self._listen_to(node, "")
            except Unreachable:
                continue
            if is_so(sight.status):
                return sight

    def _raise_refusal(self) -> None:
        refusal = refusal_of(self.spool.share, self.name)
        if refusal:
            said = f"{refusal.node} refuses to {self.name.verb} {self.name.subject}"
            raise NotPermitted(f"{said}: {refusal.why}")

    def _listen_to(self, node: str, job: str) -> NodeSight:
        sight = read_node(self.spool, node)
        if sight is None or sight.silent or sight.status.state == "stopped":
            raise NodeSilent(f"{node} {_heard(sight)}", cure=self._what_follows(node, bool(job)))
        said = next((said for said in sight.status.jobs if said.job == job), None)
        if said and said.phase in _ON_THE_WAY:
            self._be_patient()
            self.tell(f"{node} {_ON_THE_WAY[said.phase]} of {job} ...")
        elif self._is_late():
            patience = format_duration(self._patience_s())
            raise NodeSilent(
                f"{node} {self._last_word(sight)}, and has not answered for {patience}",
                cure=self._what_follows(node, bool(job)),
            )
        else:
            late = (
                f", last heard of {format_duration(sight.age_s)} ago"
                if sight.age_s > LOOK_S
                else ""
            )
            self.tell(f"waiting for {node} to answer{late} ...")
        return sight

    def _last_word(self, sight: NodeSight) -> str:
        if sight.age_s > HEARTBEATS * self.spool.settings.heartbeat_s:
            return f"was last heard of {format_duration(sight.age_s)} ago"
        return "is alive"

    def _what_follows(self, node: str, is_of_job: bool) -> str:  # noqa: FBT001
        stays = f"The request stays. {node} does as asked when it comes to it"
        if not is_of_job:
            return f"{stays}, also after its next start."
        lease = format_duration(self.spool.settings.lease_s)
        return (
            f"{stays}; when it has been silent for the lease of {lease}, any other node that is up"
            f" does it in its place. See it with: wam show {self.name.subject}"
        )

    def _patience_s(self) -> float:
        return HEARTBEATS * self.spool.settings.heartbeat_s + MORE_S

    def _be_patient(self) -> None:
        self.deadline_s = self.spool.clock.monotonic_s() + self._patience_s()

    def _is_late(self) -> bool:
        return self.spool.clock.monotonic_s() > self.deadline_s


def _heard(sight: NodeSight | None) -> str:
    if sight is None:
        return "has never been heard of"
    if sight.status.state == "stopped":
        return f"has been stopped for {format_duration(sight.age_s)}"
    return f"has been silent for {format_duration(sight.age_s)}"
