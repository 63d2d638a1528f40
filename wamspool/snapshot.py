"""A read-only picture of a spool, from names and the nodes' status files alone.

Folders are listed in the order in which tickets travel, and those to which they may come back once
more, so that one that moves meanwhile is seen once or twice, never not at all; of two sights the
higher generation, then the later folder, wins. One that comes back and is claimed again while the
folders are listed can slip through; a node that is alive and names a job that was not seen gives it
away, and then the folders are listed once more.
The cost grows with the nodes and with what is in flight, not with ``done/``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.names import TicketName, parse_beat_name, parse_ticket_name
from spool_layout.records import JobOnNode, NodeStatus, parse_status
from spool_layout.states import FOLDERS, State
from wamspool.ageing import turn_of
from wamspool.drops import Drop, classify
from wamspool.errors import Denied, Gone
from wamspool.share import Entry, Share
from wamspool.spool import Spool
from wamspool.transition import Place

IN_FLIGHT = (State.HELD, State.QUEUED, State.CLAIMED, State.RUNNING)
THERE_AND_BACK = (*IN_FLIGHT, State.QUEUED, State.HELD)
_ADVANCE = {state: rank for rank, state in enumerate(IN_FLIGHT)}


@dataclass(frozen=True, slots=True)
class NodeSight:
    """A node as its status file shows it. ``age_s`` is by the share's clock, a hint for people."""

    status: NodeStatus
    sequence: int
    age_s: float
    silent: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is in flight. ``places`` are in the order of the queue within each state."""

    taken: datetime
    places: tuple[Place, ...]
    nodes: tuple[NodeSight, ...]
    dropped: tuple[str, ...]
    rejected: tuple[str, ...]
    unreadable: tuple[str, ...]

    def in_state(self, *states: State) -> tuple[Place, ...]:
        """The tickets in these states."""
        return tuple(place for place in self.places if place.state in states)

    def on_node(self, name: TicketName) -> JobOnNode | None:
        """What the node that holds the job says of it, if it has said something yet."""
        for sight in self.nodes:
            if sight.status.node == name.node:
                for job in sight.status.jobs:
                    if job.job == name.job and job.generation == name.generation:
                        return job
        return None


def take_snapshot(spool: Spool) -> Snapshot:
    """What is in flight now."""
    share = spool.share
    seen: dict[str, Place] = {}
    dropped: tuple[str, ...] = ()
    for state in THERE_AND_BACK:
        folder = Place(state, TicketName(0, "", "")).path.partition("/")[0]
        entries = share.list(folder)
        _note_places(seen, state, entries)
        if state is State.QUEUED:
            dropped = tuple(sorted(e.name for e in entries if _is_waiting_drop(spool, e)))
    nodes, unreadable = _nodes(spool)
    if _names_unseen(nodes, seen):
        for state in THERE_AND_BACK:
            _note_places(seen, state, share.list(FOLDERS[state]))
    ageing_s = spool.settings.ageing_s
    places = sorted(seen.values(), key=lambda p: (_ADVANCE[p.state], turn_of(p.name, ageing_s)))
    rejected = tuple(sorted(e.name for e in share.list(folders.REJECTED) if _is_rejected(e.name)))
    return Snapshot(share.now(), tuple(places), nodes, dropped, rejected, unreadable)


def _names_unseen(nodes: Iterable[NodeSight], seen: Mapping[str, Place]) -> bool:
    """Whether a node that is alive holds a job that was in no folder.

    It may just have been published; and what a dead node said last would never be found.
    """
    return any(
        job.job not in seen
        for sight in nodes
        if not sight.silent and sight.status.state != "stopped"
        for job in sight.status.jobs
    )


def _note_places(seen: dict[str, Place], state: State, entries: Iterable[Entry]) -> None:
    for entry in entries:
        name = parse_ticket_name(entry.name)
        if name is None:
            continue
        place, known = Place(state, name), seen.get(name.job)
        if known is None or _recency(place) > _recency(known):
            seen[name.job] = place


def _recency(place: Place) -> tuple[int, int]:
    return (place.name.generation, _ADVANCE[place.state])


def _is_waiting_drop(spool: Spool, entry: Entry) -> bool:
    return (
        classify(entry) in {Drop.DECK, Drop.DRAFT, Drop.FOLDER}
        and entry.name not in spool.settings.presets
    )


def _is_rejected(name: str) -> bool:
    return not name.endswith(folders.WHY_SUFFIX) and not name.startswith(".")


def newest_beats(share: Share) -> dict[str, int]:
    """The highest heartbeat sequence of each node, by names alone."""
    newest: dict[str, int] = {}
    for entry in share.list(folders.NODES):
        beat = parse_beat_name(entry.name)
        if beat:
            newest[beat[0]] = max(beat[1], newest.get(beat[0], -1))
    return newest


def _nodes(spool: Spool) -> tuple[tuple[NodeSight, ...], tuple[str, ...]]:
    sights, unreadable = [], []
    for node, sequence in sorted(newest_beats(spool.share).items()):
        try:
            sight = read_node(spool, node, sequence)
        except (FormatError, Denied) as error:
            unreadable.append(error.message)
            continue
        if sight:
            sights.append(sight)
    return tuple(sights), tuple(unreadable)


def read_node(spool: Spool, node: str, sequence: int | None = None) -> NodeSight | None:
    """The node's newest status, or None when it has none. Raises FormatError; Denied where this
    account may not read it.

    ``sequence`` spares a listing where the caller has just made one. A node that beats while we
    look replaces its file by the next: then we look again.
    """
    for _ in range(5):
        if sequence is None:
            sequence = newest_beats(spool.share).get(node)
        if sequence is None:
            return None
        path = folders.status(node, sequence)
        try:
            status = parse_status(spool.share.read(path), source=path)
            written = spool.share.examine(path).modified_ns
        except Gone:
            sequence = None
            continue
        age_s = max(0.0, _since(spool.share.now(), written))
        silent = status.state != "stopped" and age_s > spool.settings.lease_s
        return NodeSight(status, sequence, age_s, silent)
    return None


def _since(now: datetime, modified_ns: int) -> float:
    return (now - datetime.fromtimestamp(modified_ns / 1e9, UTC)).total_seconds()
