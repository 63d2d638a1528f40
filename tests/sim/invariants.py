"""What must hold after every step, looked at on the true tree, and at the end of a run.

The checker is told of each change of the tree and keeps count; nothing of the protocol is asked,
but the one table of states and the grammar of names.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from spool_layout import folders
from spool_layout.names import TicketName, parse_door_name, parse_ticket_name
from spool_layout.records import OutcomeRecord, parse_outcome
from spool_layout.states import FOLDERS, TABLE, Event, Outcome, State
from spool_layout.ticket import Ticket, parse_ticket
from tests.sim.scheduler import Violation
from tests.sim.tree import Node, Tree

_STATE_OF = {
    folder: state
    for state, folder in FOLDERS.items()
    if state not in {State.DROPPED, State.DONE, State.REJECTED}
}
_MOVES: dict[tuple[State, State], tuple[Event, ...]] = {}
for _move in TABLE:
    for _source in _move.sources:
        key = (_source, _move.target)
        _MOVES[key] = (*_MOVES.get(key, ()), _move.event)
_BY_OWNER = {Event.HAND_BACK, Event.START, Event.FINISH}

read_ticket = lru_cache(maxsize=4096)(lambda text: parse_ticket(text, source="a ticket"))
read_outcome = lru_cache(maxsize=4096)(lambda text: parse_outcome(text, source="an outcome"))
_name_of = lru_cache(maxsize=16384)(parse_ticket_name)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class At:
    """Where a ticket lies, by its path alone."""

    state: State
    job: str
    name: TicketName | None  # None in ``done/``
    folder: str


@lru_cache(maxsize=16384)
def ticket_at(path: str) -> At | None:
    """What a path means for a ticket; None for all that is no place of one."""
    top, _, rest = path.partition("/")
    state = _STATE_OF.get(top)
    if state is not None:
        name = _name_of(rest)
        return At(state, name.job, name, top) if name else None
    parts = path.split("/")
    if top == folders.DONE and len(parts) == 4 and parts[3] == folders.TICKET_FILE:
        job = parts[2].removeprefix(".").partition(".g")[0].partition("~g")[0]
        return At(State.DONE, job, None, path.rpartition("/")[0])
    return None


@dataclass(slots=True)
class Job:
    """What is known of a job from its first ticket on."""

    at: At
    ticket: Ticket
    inputs: dict[str, str] = field(default_factory=dict)
    generation: int = 0
    attempt: int = 0
    folder: str = ""  # of its publication, wherever that is shown
    published: dict[str, bytes] = field(default_factory=dict)
    outcome: OutcomeRecord | None = None


class Checker:
    """Holds a run to what WAM promises. ``who`` tells which process has just acted."""

    def __init__(self, tree: Tree, who: Callable[[], str], *, checks_inputs: bool = True) -> None:
        self.tree = tree
        self._who = who
        self._checks_inputs = checks_inputs
        self.jobs: dict[str, Job] = {}
        self.solving: dict[tuple[str, int], str] = {}
        self.solved: set[tuple[str, int]] = set()
        self.drops: dict[str, bytes] = {}  # path in incoming -> what a person put there
        self.includes: dict[str, bytes] = {}
        self.adopted: dict[tuple[str, str], str] = {}
        self.claims = 0
        self.all_live = False  # in worlds where nobody dies, nobody may be taken for dead

    def fail(self, problem: str) -> None:
        raise Violation(f"{problem} (by {self._who()})")

    def stands(self, node: Node) -> None:
        """The job's ticket is there when the run begins."""
        at = ticket_at(node.path)
        assert at is not None and at.name is not None
        job = self.jobs[at.job]
        job.at, job.generation, job.attempt = at, at.name.generation, at.name.attempt

    # -------------------------------------------------------------- announcements

    def starts_solver(self, node: str, job: str, generation: int, attempt: int) -> None:
        """A node goes on after claiming: it starts the solver of this attempt."""
        for key in ((job, generation), (job, -attempt)):
            other = self.solving.setdefault(key, node)
            if other != node:
                self.fail(f"{job} g{generation} a{attempt}: {other} and {node} both go on")
        if (job, generation) in self.solved:
            self.fail(f"{job} g{generation} a{attempt}: is started twice on {node}")
        self.solved.add((job, generation))

    def promised(self, job: str) -> None:
        """Somebody was told that the job is queued."""
        if job not in self.jobs:
            self.fail(f"{job} was said to be queued, and is not")

    def refused(self, stem: str, before: set[str], error: Exception) -> None:
        """Somebody was told that nothing was queued."""
        made = [j for j in self.jobs if j not in before and j.rpartition("-")[0] == stem]
        if made:
            self.fail(f"{made[0]} is queued, though its submission failed: {error!r}")

    def shown(self, before: dict[str, int], seen: set[str]) -> None:
        """A picture of the queue was taken between ``before`` (jobs with generations) and now.

        A job that came back and was claimed anew meanwhile may be missed by it.
        """
        for name, generation in before.items():
            job = self.jobs[name]
            has_come_back_and_gone = job.generation > generation + 1
            if name not in seen and not job.folder and not has_come_back_and_gone:
                self.fail(f"{name} is in flight, and was not seen")

    def dropped(self, node: Node, content: bytes) -> None:
        """A person has copied a deck to its end."""
        self.drops[node.path] = content
        if node.is_unlinked or not node.path.startswith("incoming/"):
            self.fail(f"{node.path} was taken while it was still being written")

    def include_dropped(self, node: Node) -> None:
        """A person has copied a file that a deck names; it may stay, or go when it was used."""
        self.includes[node.path] = node.content

    # -------------------------------------------------------------- changes of the tree

    def added(self, node: Node) -> None:
        at = ticket_at(node.path)
        if at is not None and node.names is None:
            self._appears(node, at)
        elif node.path.startswith("done/"):
            self._changed_in_done(node.path, "added")

    def removed(self, path: str, node: Node) -> None:
        at = ticket_at(path)
        if at is not None and node.names is None:
            self.fail(f"the ticket {path} was removed")
        if path.startswith("done/"):
            self._changed_in_done(path, "removed")
        elif path.startswith("jobs/"):
            self._input_leaves(path)
        elif path in self.drops or path in self.includes:
            self._drop_leaves(path, node)

    def changed(self, node: Node) -> None:
        if ticket_at(node.path) is not None:
            self.fail(f"the ticket {node.path} was written again")
        if node.path.startswith("done/"):
            self._changed_in_done(node.path, "changed")
        elif node.path.startswith("jobs/"):
            self._input_leaves(node.path)

    def overwritten(self, path: str, node: Node) -> None:
        self.fail(f"{path} was overwritten")

    def moved(self, source: str, node: Node) -> None:
        target = node.path
        if node.names is None:
            was, now = ticket_at(source), ticket_at(target)
            if was is not None:
                self._ticket_moved(source, node, was, now)
            elif now is not None:
                self._appears(node, now)
            if source in self.drops:
                self._drop_moved(source, node)
        if source.startswith("done/") or target.startswith("done/"):
            self._moved_in_done(source, node)
        if source.startswith("jobs/") and not target.startswith(("jobs/", "done/")):
            self._input_leaves(source)

    # -------------------------------------------------------------- tickets

    def _appears(self, node: Node, at: At) -> None:
        if at.job in self.jobs:
            self.fail(f"{at.job} has a second ticket, {node.path}, beside {self.jobs[at.job].at}")
        if at.state not in {State.QUEUED, State.HELD} or at.name is None or at.name.generation:
            self.fail(f"a ticket appears as {node.path}")
        ticket = read_ticket(node.content)
        job = self.jobs[at.job] = Job(at, ticket)
        job.inputs = {f.name: f.sha256 for f in ticket.inputs}
        dropped = str(ticket.draft.extra.get("dropped", ""))
        if dropped:
            seen = (dropped, job.inputs.get(dropped.rpartition("/")[2], ""))
            other = self.adopted.setdefault(seen, at.job)
            if other != at.job:
                self.fail(f"{dropped} became {other} and {at.job}")
        if self._checks_inputs:
            self._check_inputs(at.job)

    def _ticket_moved(self, source: str, node: Node, was: At, now: At | None) -> None:
        if now is None or now.job != was.job:
            self.fail(f"the ticket {source} was moved to {node.path}, which is no place of it")
        assert now is not None
        job = self.jobs[was.job]
        if job.at != was:
            self.fail(f"{source} was moved, but the ticket is {job.at}")
        events = [
            event
            for event in _MOVES.get((was.state, now.state), ())
            if self._may(event, was, now, node.path)
        ]
        if not events:
            self.fail(f"no event of the table leads from {source} to {node.path}")
        if self.all_live and {Event.EXPIRE, Event.GIVE_UP} & set(events):
            owner = was.name.node if was.name else ""
            if not self._who().startswith(owner or "?"):
                self.fail(f"{owner} lives, and {source} was taken back from it")
        job.at = now
        if now.state is State.DONE:
            self._published(job, now.folder)
        else:
            assert now.name is not None
            job.generation, job.attempt = now.name.generation, now.name.attempt
            if now.state is State.CLAIMED:
                self.claims += 1
            if self._checks_inputs:
                self._check_inputs(now.job)

    def _may(self, event: Event, was: At, now: At, path: str) -> bool:
        """Whether the event leads from the one name to the other, made by who makes it here."""
        before, after = was.name, now.name
        if before is None:
            return False
        if event in _BY_OWNER and not self._who().startswith(before.node or "?"):
            return False
        if after is None:
            found = parse_door_name(path.split("/")[2].removeprefix("."))
            if found is None or found[0] != now.job:
                return False
            # The owner prepares under its own generation, whoever is not under the door's.
            if event is Event.FINISH:
                return found[1] == before.generation
            return found[1] > before.generation
        if event is Event.START:
            return (after.node, after.generation, after.attempt) == (
                before.node,
                before.generation,
                before.attempt + 1,
            )
        if after.generation <= before.generation or after.attempt != before.attempt:
            return False
        if event is Event.CLAIM:
            return self._who().startswith(after.node or "?")
        return after.node is None

    # -------------------------------------------------------------- inputs

    def _check_inputs(self, job_: str) -> None:
        job = self.jobs[job_]
        for name, digest in job.inputs.items():
            node = self.tree.nodes.get(f"{folders.job(job_)}/{name}")
            if node is None or sha256(node.content) != digest:
                self.fail(f"{job_}: its input {name} is not there, or not what was submitted")

    def _input_leaves(self, path: str) -> None:
        _, job_, *rest = path.split("/")
        job = self.jobs.get(job_)
        if job is None or not self._checks_inputs:
            return
        if not rest:
            if job.at.state is not State.DONE:
                self.fail(f"{path} was removed, and the job is {job.at.state}")
            return
        if "/".join(rest) in job.inputs:
            self.fail(f"the input {path} was removed or changed")

    # -------------------------------------------------------------- done

    def _published(self, job: Job, folder: str) -> None:
        nodes = [n for n in self.tree.below(folder) if n.names is None]
        files = {n.path.removeprefix(f"{folder}/"): n.content for n in nodes}
        if job.folder:
            self.fail(f"{job.ticket.job} is published twice")
        job.folder, job.published = folder, files
        if folders.OUTCOME_FILE not in files:
            self.fail(f"{job.ticket.job} is done without an outcome")
        job.outcome = read_outcome(files[folders.OUTCOME_FILE])
        if job.outcome.outcome is Outcome.FAILED:
            self.fail(f"{job.ticket.job} failed: {job.outcome.sentence}")
        is_completed = job.outcome.outcome is Outcome.COMPLETED
        for name in job.outcome.results if is_completed else ():
            if files.get(name) != result_of(job.ticket.job, job.generation, name):
                self.fail(f"{job.ticket.job}: the result {name} is not complete")

    def _owner_of(self, path: str) -> Job | None:
        """The job whose publication holds the path."""
        for job in self.jobs.values():
            if job.folder and (path == job.folder or path.startswith(f"{job.folder}/")):
                return job
        return None

    def _changed_in_done(self, path: str, how: str) -> None:
        job = self._owner_of(path)
        if job is not None and not self._is_strayed(path):
            self.fail(f"{path} was {how} after the job was published")

    def _is_strayed(self, path: str) -> bool:
        """A mount that believes a moved folder to be where it was may carry an adopter's late
        draft, or a late owner's live copies, into the inputs of the job that is done: something
        more, which nobody reads. What was published is as it was; ``check_whole`` looks.
        """
        name = path.rpartition("/")[2]
        live = f"/{folders.INPUTS}/{folders.LIVE}"
        return name.startswith(".wam-") or folders.is_own_draft(name) or live in path

    def _moved_in_done(self, source: str, node: Node) -> None:
        target = node.path
        for job in self.jobs.values():
            if job.folder and source == job.folder:
                job.folder = target
                job.at = At(State.DONE, job.at.job, None, target)
                return
        if ticket_at(target) is not None:
            return
        if self._is_strayed(source) and self._is_strayed(target):
            return
        owner = self._owner_of(source)
        if owner is not None:
            self.fail(f"{source} was taken out of a published job")
        owner = self._owner_of(target)
        if owner is not None and (
            source != folders.job(owner.at.job) or target != f"{owner.folder}/{folders.INPUTS}"
        ):
            self.fail(f"{source} was put into a published job as {target}")

    # -------------------------------------------------------------- what people dropped

    def _drop_leaves(self, path: str, node: Node) -> None:
        """An include, or the deck of a dropped ticket: only when a copy has been made."""
        name = path.rpartition("/")[2]
        for inner in self.tree.nodes.values():
            is_copy = inner.path.endswith(f"/{name}") and inner.content == node.content
            if inner.names is None and inner.path.startswith(("jobs/", "done/")) and is_copy:
                self.drops.pop(path, None)
                return
        self.fail(f"{path}, which a person dropped, is lost")

    def _drop_moved(self, source: str, node: Node) -> None:
        if not node.path.startswith(("jobs/", "rejected/")):
            self.fail(f"{source}, which a person dropped, was moved to {node.path}")
        self.drops.pop(source)

    # -------------------------------------------------------------- the end

    def left_over(self) -> list[str]:
        """What somebody left half done. Not: inputs of a submission that never became a job, the
        unfinished file of a process that crashed, the empty folder that an adopter made who came
        too late and was cut off. These are harmless, and stay.
        """
        nodes = self.tree.nodes
        left = [f"doors/{name}" for name in nodes[folders.DOORS].names or ()]
        left += [
            n.path
            for name, n in (nodes[folders.JOBS].names or {}).items()
            if self._is_of_job(name, n)
        ]
        left += [path for path in self.hidden() if f"{path}/{folders.TICKET_FILE}" in nodes]
        return left

    def _is_of_job(self, name: str, folder: Node) -> bool:
        return name in self.jobs and bool(folder.names)

    def hidden(self) -> list[str]:
        """Hidden folders of ``done/``: without a ticket, what somebody prepared who was fenced,
        and could not remove then, or will not come back to do so.
        """
        months = (self.tree.nodes[folders.DONE].names or {}).values()
        return [f"{m.path}/{name}" for m in months for name in m.names or () if name[0] == "."]

    def check_whole(self) -> None:
        """The tree says what was counted step by step."""
        found: dict[str, str] = {}
        for path, node in self.tree.nodes.items():
            at = ticket_at(path)
            if at is None or node.names is not None:
                continue
            if at.job in found:
                self.fail(f"{at.job} has two tickets: {found[at.job]} and {path}")
            found[at.job] = path
            if self.jobs[at.job].at.state is not at.state:
                self.fail(f"{path} is not where it was counted")
        if set(found) != set(self.jobs):
            self.fail(f"tickets are lost: {sorted(set(self.jobs) - set(found))}")
        for name, job in self.jobs.items():
            for path, content in job.published.items():
                node = self.tree.nodes.get(f"{job.folder}/{path}")
                if node is None or node.content != content:
                    self.fail(f"{name}: {path} was changed after it was published")

    def check_end(self) -> None:
        """With the faults stopped every job is done, and nothing is left half done."""
        self.check_whole()
        for name, job in self.jobs.items():
            if job.at.state is not State.DONE:
                self.fail(f"{name} is {job.at.state} still, as {job.at.name}")
            if job.folder.rpartition("/")[2].startswith("."):
                self.fail(f"{name} is done, but nobody sees it: {job.folder}")
            for given, digest in job.inputs.items():
                node = self.tree.nodes.get(f"{job.folder}/{folders.INPUTS}/{given}")
                if self._checks_inputs and (node is None or sha256(node.content) != digest):
                    self.fail(f"{name}: the input {given} does not lie with its results")
        for path in self.drops:
            self.fail(f"{path} was dropped, and nothing came of it")
        if left := self.left_over():
            self.fail(f"left over: {', '.join(sorted(left)[:6])}")


def result_of(job: str, generation: int, name: str) -> bytes:
    """What the solver of this generation writes: nobody else's result is the same."""
    return f"{name} of {job} as of g{generation}\n".encode() * 3
