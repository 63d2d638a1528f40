"""Why a waiting job does not run: what each node lacks for it, what it waits for, its place."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from client_tools.documents import SILENT
from client_tools.fit import CLOSED, UP
from client_tools.pools_shown import LicencesOfJob, licences_of_job
from client_tools.views.text import duration
from spool_layout.after import Ending
from spool_layout.errors import WamError
from spool_layout.names import TicketName
from spool_layout.records import NodeStatus
from spool_layout.states import Outcome, State
from spool_layout.ticket import Ticket, parse_time
from spool_layout.units import count
from wamspool.ageing import Turn, turn_of
from wamspool.choose import Lack, Want, lacks
from wamspool.dependencies import Dependency, dependency
from wamspool.find import Account
from wamspool.local_times import local_time, with_local_times
from wamspool.offers import free_offer, in_use_by_others, whole_offer
from wamspool.snapshot import NodeSight, Snapshot
from wamspool.spool import Spool
from wamspool.transition import Place

TAKES_NONE: Final = "takes no more jobs"
"""With these words nodes say in their status that they claim nothing."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps the job from a node, or from all. ``code`` is for programs."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class NodeAnswer:
    """One node's: ``never`` is what it lacks even if it were idle, ``now`` what else keeps the
    job from it at the moment. With neither it could take the job.
    """

    node: str
    state: str
    never: tuple[Reason, ...]
    now: tuple[Reason, ...]

    @property
    def could_take(self) -> bool:
        """Whether nothing keeps the job from this node."""
        return not self.never and not self.now


@dataclass(frozen=True, slots=True)
class WhyWaits:
    """All that is known of why a job waits. ``before``: so many come earlier in the queue."""

    before: int
    waiting: int
    nodes: tuple[NodeAnswer, ...]
    after: tuple[Dependency, ...]
    licences: LicencesOfJob
    own: tuple[Reason, ...]

    @property
    def is_for_ever(self) -> bool:
        """Whether it waits until somebody changes something: a node, or the job."""
        fits_none = bool(self.nodes) and all(answer.never for answer in self.nodes)
        return fits_none or any(one.is_dead or one.state is None for one in self.after)

    @property
    def could_start_on(self) -> tuple[str, ...]:
        """The nodes that could take it now."""
        if self.own:
            return ()
        return tuple(answer.node for answer in self.nodes if answer.could_take)


@dataclass(frozen=True, slots=True)
class _Case:
    """What the answers about one waiting job are made from."""

    ticket: Ticket
    place: Place
    snapshot: Snapshot
    ageing_s: float | None
    licences: LicencesOfJob

    def turn(self, name: TicketName) -> Turn:
        return turn_of(name, self.ageing_s)


def why_waits(spool: Spool, account: Account, snapshot: Snapshot, place: Place) -> WhyWaits:
    """Why the job, which is queued or held, does not run. Raises ShareError."""
    after = tuple(_dependencies(spool, account.ticket))
    licences = licences_of_job(spool, account, lambda: snapshot.nodes)
    case = _Case(account.ticket, place, snapshot, spool.settings.ageing_s, licences)
    queued, turn = snapshot.in_state(State.QUEUED), case.turn(place.name)
    return WhyWaits(
        before=sum(case.turn(other.name) < turn for other in queued),
        waiting=len(queued),
        nodes=tuple(_answer(case, sight) for sight in snapshot.nodes),
        after=after,
        licences=licences,
        own=tuple(_own(case, after)),
    )


def _dependencies(spool: Spool, ticket: Ticket) -> Iterator[Dependency]:
    for after in ticket.draft.after:
        with suppress(WamError):
            yield dependency(spool, after, of=ticket.job)


def _own(case: _Case, after: Sequence[Dependency]) -> Iterator[Reason]:
    if case.place.state is State.HELD:
        yield Reason("held", "is held (wam release)")
    pinned, known = case.ticket.draft.nodes, {s.status.node for s in case.snapshot.nodes}
    if pinned and not known.intersection(pinned):
        yield Reason("unknown-node", f"is pinned to {', '.join(pinned)}, which is no node here")
    yield from (Reason("after", after_words(one)) for one in after if not one.is_met)
    tokens = case.licences.tokens
    if tokens and tokens.used + tokens.need.tokens > tokens.room:
        yield Reason("tokens", tokens.phrase)


def after_words(one: Dependency) -> str:
    """How a job that another comes after stands, and what follows."""
    what = f"{_BEFORE.get(one.after.ending, 'comes after')} {one.job}"
    if one.state is None:
        return f"{what}, and there is no such job: it waits for ever"
    if one.after.ending is None:
        return f"{what} on '{one.after.word}', which this WAM does not know: a newer one may"
    never = "" if one.is_met else ": it waits for ever"
    if one.outcome is Outcome.COMPLETED:
        return f"{what}, which has completed{never}"
    if one.outcome is not None:
        return f"{what}, which ended as {one.outcome}{never}"
    verb = {State.RUNNING: "runs", State.CLAIMED: "is being started", State.HELD: "is held"}
    return f"{what}, which {verb.get(one.state, 'waits')}"


_BEFORE: Final[dict[Ending | None, str]] = {
    Ending.ANY: "comes after the end of",
    Ending.FAILED: "comes after a failure of",
}


def _answer(case: _Case, sight: NodeSight) -> NodeAnswer:
    status, draft = sight.status, case.ticket.draft
    never = {lack.want: lack for lack in lacks(draft, whole_offer(status))}
    now = [lack for lack in lacks(draft, free_offer(status)) if lack.want not in never]
    return NodeAnswer(
        status.node,
        SILENT if sight.silent else status.state,
        tuple(Reason(str(lack.want), lack.phrase) for lack in never.values()),
        (
            *_state(sight),
            *(Reason(str(lack.want), lack.phrase) for lack in now),
            *_others(status, now),
            *_hours(case, status),
            *_kept(case, status.keeps_room_for),
            *(
                Reason("no-licence", "its solver got no licence there of late")
                for refused in case.licences.refused
                if refused.node == status.node
            ),
        ),
    )


def _state(sight: NodeSight) -> Iterator[Reason]:
    status = sight.status
    said = [with_local_times(p) for p in status.problems if p.startswith(TAKES_NONE)]
    if sight.silent:
        yield Reason(SILENT, f"has not been heard of for {duration(sight.age_s)}")
    elif status.state == CLOSED:
        yield Reason(CLOSED, f"is out of its hours{_when(' until ', status.opens)}")
    elif status.state not in UP:
        yield Reason(status.state, said[0] if said else f"is {status.state}")
    else:
        yield from (Reason("claims-nothing", problem) for problem in said)


def _hours(case: _Case, status: NodeStatus) -> Iterator[Reason]:
    walltime_s = case.ticket.draft.resources.walltime_s
    if walltime_s is None or not status.closes or status.extra.get("outside") != "finish":
        return
    with suppress(ValueError):  # a damaged status says nothing
        left_s = (parse_time(status.closes) - case.snapshot.taken).total_seconds()
        if walltime_s > left_s:
            words = "begins nothing that may run past its hours"
            yield Reason("closes", f"{words}, which end{_when(' ', status.closes)}")


def _others(status: NodeStatus, now: Sequence[Lack]) -> Iterator[Reason]:
    wants = {lack.want for lack in now}
    cpus = status.others_cpus if Want.CPUS in wants else 0
    memory_bytes = status.others_memory_bytes if Want.MEMORY in wants else 0
    of_these = replace(status, others_cpus=cpus, others_memory_bytes=memory_bytes)
    yield from (Reason("used-by-others", words) for words in in_use_by_others(of_these))


def _when(before: str, text: str) -> str:
    with suppress(ValueError):
        return f"{before}{local_time(parse_time(text))}" if text else ""
    return ""


def _kept(case: _Case, job: str) -> Iterator[Reason]:
    queued = case.snapshot.in_state(State.QUEUED)
    large = next((place.name for place in queued if place.name.job == job), None)
    if large and case.turn(large) < case.turn(case.place.name):
        words = (
            f"keeps room for {job}: takes what ends in time by its walltime, or leaves it enough"
        )
        yield Reason("keeps-room", words)


def summary(why: WhyWaits) -> str:
    """The answer in one sentence, without the job's name."""
    if not why.nodes:
        return "waits: no node has ever been started on this spool (wam-node run)"
    if why.own:
        return "; ".join(reason.sentence for reason in why.own)
    if all(answer.never for answer in why.nodes):
        return "waits for ever, as the nodes are: none could run it even if it were idle"
    place = f"; {count(why.before, 'job comes', 'jobs come')} before it" if why.before else ""
    if why.could_start_on:
        return f"could start now on {', '.join(why.could_start_on)}{place}"
    return f"waits until a node has room for it{place}"
