"""The node's status file. Each write is a new file whose name carries the next number: that is
the heartbeat. The number goes on where the last service of this node left off.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from node_service.attempt import Attempt, Phase, held_and_carried
from node_service.node import Node
from node_service.outage import Outage
from node_service.rivals import NameTaken, Rivals
from node_service.settings import STATUS_S
from node_service.solvers.solver import solver_for
from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.names import parse_beat_name
from spool_layout.records import JobOnNode, NodeStatus, but_for_use, format_status
from spool_layout.ticket import format_time
from wamspool.choose import Offer
from wamspool.errors import Denied, Exists, Gone, ShareError
from wamspool.snapshot import newest_beats, read_node

SEQUENCE_MAX = 10**14
STOPPING = "stopping"
STAGE_OUT = "stage-out"
SCRATCH_STEPS = 64


class Heartbeat:
    """Writes the status: at least every heartbeat, sooner when something has changed."""

    def __init__(self, node: Node, announced: Callable[[], Mapping[str, Any]] = dict) -> None:
        """``announced`` gives what else the status says now."""
        self._node = node
        self._announced = announced
        self._started = format_time(node.spool.clock.utc_now())
        self._least_s = min(STATUS_S, node.spool.settings.heartbeat_s)
        self._sequence = 0
        self._known: set[int] = set()
        self._written_s = float("-inf")
        self._tried_s = float("-inf")
        self._said: NodeStatus | None = None
        self._latest: NodeStatus | None = None
        self._outage = Outage(node.spool.clock, node.log)
        self._is_behind = False
        self._rivals = Rivals(node)
        self.keeps_room_for = ""
        self.is_over = False  # the name is another's: nothing is said under it any more

    def begin(self) -> None:
        """Goes on from the status files that earlier services of this node have left."""
        beats = (parse_beat_name(e.name) for e in self._node.spool.share.list(folders.NODES))
        self._known = {beat[1] for beat in beats if beat and beat[0] == self._node.name}
        # A number that nobody has counted up to was written by hand, and has no next one.
        self._sequence = max((n for n in self._known if n < SEQUENCE_MAX), default=0)
        self._rivals.note_begin(self._sequence)

    def refuse_rival(self) -> None:
        """Raise NameTaken when another service, at another place, beats under this node's name.

        One that ended properly, or ran at this very place (which is locked, so it is dead), is
        no rival. Any other is watched for two heartbeats: both would run each other's jobs.
        """
        spool, name = self._node.spool, self._node.name
        try:
            sight = read_node(spool, name)
        except (FormatError, Denied):
            return
        home = str(sight.status.extra.get("home", "")) if sight else ""
        if sight is None or sight.status.state == "stopped" or home == self._node.home:
            return
        end_s = spool.clock.monotonic_s() + 2 * spool.settings.heartbeat_s
        self._node.log.info("is the name free", extra={"node": name, "seen_at": home})
        while spool.clock.monotonic_s() < end_s:
            spool.clock.sleep(spool.settings.heartbeat_s / 4)
            if newest_beats(spool.share).get(name) != sight.sequence:
                raise NameTaken(f"a node '{name}' is alive already ({home or 'an unknown place'})")

    def due_in_s(self) -> float:
        """When the next one must be written."""
        now_s = self._node.spool.clock.monotonic_s()
        due_s = self._written_s + self._node.spool.settings.heartbeat_s
        # A share that has refused is asked again by and by, not as fast as the loop can turn.
        if self._is_behind:
            due_s = self._tried_s + self._least_s
        return max(due_s, self._tried_s + self._least_s) - now_s

    def rests(self, state: str) -> bool:
        """Whether nothing would be written yet, whatever there is to say."""
        passed_s = self._node.spool.clock.monotonic_s() - self._tried_s
        if passed_s >= self._least_s or state == "stopped":
            return False
        self._is_behind = self._said is not None
        return True

    def beat(
        self, state: str, free: Offer, attempts: list[Attempt], problems: tuple[str, ...]
    ) -> None:
        """The status is on the share if it was due, or if it says something new.

        A share that refuses is left for the next turn: solving does not wait for it. Raises
        NameTaken.
        """
        if self.is_over or self.rests(state):
            return
        now_s, self._is_behind = self._node.spool.clock.monotonic_s(), False
        status = self._status(state, free, attempts, problems)
        # What runs use changes all the time: it is told with the rest, and when a beat is due.
        if but_for_use(status) == self._said and self.due_in_s() > 0:
            return
        self._tried_s = now_s
        self._latest = status
        self.tell_locally()
        try:
            self._write(status)
        except ShareError as error:
            self._outage.note(error)
        else:
            self._outage.over()

    @property
    def problem(self) -> str:
        """Why the last heartbeat is not on the share; empty when it is."""
        return self._outage.problem

    def tell_locally(self, *more: str) -> None:
        """The latest status, with ``more`` problems, lies on this node's own scratch as well.

        There it can be read while the share is away (``wam-node status``).
        """
        if self._latest is None:
            return
        problems = tuple(p for p in (*more, self.problem) if p and p not in self._latest.problems)
        extra = {**self._latest.extra, "spool": self._node.spool.share.location}
        self._node.scratch.note_status(
            format_status(
                replace(
                    self._latest,
                    written=format_time(self._node.spool.clock.utc_now()),
                    problems=(*problems, *self._latest.problems),
                    extra=extra,
                )
            )
        )

    def _write(self, status: NodeStatus) -> None:
        share, began_s = self._node.spool.share, self._node.spool.clock.monotonic_s()
        written = format_time(self._node.spool.clock.utc_now())
        text = format_status(replace(status, written=written))
        try:
            following = self._make_next(text)
        except Exists:  # somebody else has beaten under our name: go on from there
            self.begin()
            self._rivals.meet(has_beaten=self._said is not None)
            # At once, before the other does again: he is to meet us as well.
            following = self._make_next(text)
        # From before the write: a watcher may have seen the number at once, however late we hear.
        self._node.lease.renew(began_s)
        self._sequence = following
        self._said = but_for_use(status)
        self._written_s = began_s
        earlier, self._known = self._known, {following}
        for old in sorted(earlier):
            try:
                share.remove(folders.status(self._node.name, old))
            except Gone:
                continue
            except ShareError:  # somebody reads it at this moment; its turn comes again
                self._known.add(old)

    def _make_next(self, text: bytes) -> int:
        following = self._sequence + 1
        self._node.spool.share.create(folders.status(self._node.name, following), text)
        return following

    def _status(
        self, state: str, free: Offer, attempts: list[Attempt], problems: tuple[str, ...]
    ) -> NodeStatus:
        settings = self._node.settings
        size_bytes, free_bytes = self._node.scratch.size_bytes(), self._node.scratch.free_bytes()
        return NodeStatus(
            node=self._node.name,
            state=state,
            version=self._node.version,
            started=self._started,
            every_s=self._node.spool.settings.heartbeat_s,
            boot=self._node.boot,
            cpus=settings.cpus,
            cpus_free=max(0, free.cpus),
            memory_bytes=settings.memory_bytes,
            memory_free_bytes=max(0, free.memory_bytes),
            gpus=settings.gpus,
            gpus_free=max(0, free.gpus),
            tags=settings.tags,
            solvers=tuple(sorted(self._node.programs)),
            jobs=self._jobs(attempts),
            problems=(*self._node.lacking, *problems),
            keeps_room_for=self.keeps_room_for,
            scratch_bytes=size_bytes,
            scratch_free_bytes=free_bytes - free_bytes % max(1, size_bytes // SCRATCH_STEPS),
            extra={"home": self._node.home} | self._rivals.announced() | dict(self._announced()),
        )

    def _jobs(self, attempts: list[Attempt]) -> tuple[JobOnNode, ...]:
        held, carried = held_and_carried(a for a in attempts if a.phase is not Phase.OVER)
        told = [replace(self._job(a), cpus=0, memory_bytes=0, gpus=0) for a in carried]
        return (*(self._job(a) for a in held), *told)

    def _job(self, attempt: Attempt) -> JobOnNode:
        draft = attempt.ticket.draft
        progress = None
        is_stopping = _phase(attempt) == STOPPING
        if attempt.phase is Phase.SOLVING:
            solver = solver_for(self._node.profiles[draft.solver])
            progress = solver.progress(attempt.folder.run, attempt.stem, attempt.steps)
        return JobOnNode(
            job=attempt.job,
            generation=attempt.generation,
            phase=_phase(attempt),
            attempt=attempt.place.name.attempt,
            cpus=draft.resources.cpus,
            memory_bytes=draft.resources.memory_bytes or 0,
            gpus=draft.resources.gpus,
            walltime_s=draft.resources.walltime_s,
            started=attempt.started,
            percent=progress.percent if progress else None,
            step=progress.step if progress else None,
            steps=progress.steps if progress else None,
            increments=progress.increments if progress else 0,
            cutbacks=progress.cutbacks if progress else 0,
            name=draft.name or draft.input,
            owner=attempt.ticket.owner,
            note=attempt.problem or draft.note,
            suspended="" if is_stopping else attempt.standstill.since,
            suspended_why="" if is_stopping else attempt.standstill.reason,
            suspend_asked=attempt.standstill.asked and not is_stopping,
            **_use(attempt),
        )


def _phase(attempt: Attempt) -> str:
    """Large results may be on their way for hours: people must not think that it still solves."""
    if attempt.phase is not Phase.SOLVING:
        return attempt.phase
    if attempt.has_ended:
        return STAGE_OUT
    return STOPPING if attempt.stop_asked_s is not None else attempt.phase


def _use(attempt: Attempt) -> dict[str, Any]:
    used = attempt.used
    if _phase(attempt) != Phase.SOLVING or used.sampled_s is None:
        return {}
    return {
        "cores_busy": None if used.cores_busy is None else round(used.cores_busy, 2),
        "memory_used_bytes": used.memory_bytes,
        "memory_peak_bytes": used.memory_peak_bytes,
    }
