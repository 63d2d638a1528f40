"""The one table of states. Code moves tickets by it, histories are checked by it, and
``docs/states.md`` with its diagram is printed from it: ``python -m spool_layout.states``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from spool_layout import folders


class State(StrEnum):
    """Where in its life a job is: the folder in which its ticket lies."""

    DROPPED = "dropped"
    QUEUED = "queued"
    HELD = "held"
    CLAIMED = "claimed"
    RUNNING = "running"
    DONE = "done"
    REJECTED = "rejected"


class Outcome(StrEnum):
    """How a job ended; said in its outcome record, never guessed from a folder."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    WALLTIME = "walltime"
    LOST = "lost"
    REJECTED = "rejected"


class Event(StrEnum):
    """What happens to a job."""

    SUBMIT = "submit"
    ADOPT = "adopt"
    REJECT = "reject"
    HOLD = "hold"
    RELEASE = "release"
    REORDER = "reorder"
    REORDER_HELD = "reorder_held"
    CLAIM = "claim"
    HAND_BACK = "hand_back"
    START = "start"
    FINISH = "finish"
    CANCEL = "cancel"
    EXPIRE = "expire"
    GIVE_UP = "give_up"


class Actor(StrEnum):
    """Who may make it happen."""

    CLIENT = "client"
    ANY_NODE = "any node"
    CLIENT_OR_NODE = "client or any node"
    OWNING_NODE = "the claim's owner"
    JOB_OWNER = "owner of the file, operator"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table. ``door`` says whether others may want to change the ticket too."""

    event: Event
    sources: tuple[State, ...]
    target: State
    actor: Actor
    door: bool
    guard: str


FOLDERS: Final[dict[State, str]] = {
    State.DROPPED: folders.INCOMING,
    State.QUEUED: folders.INCOMING,
    State.HELD: folders.HELD,
    State.CLAIMED: folders.CLAIMED,
    State.RUNNING: folders.RUNNING,
    State.DONE: folders.DONE,
    State.REJECTED: folders.REJECTED,
}

_S = State
TABLE: Final[tuple[Move, ...]] = (
    Move(Event.SUBMIT, (), _S.QUEUED, Actor.CLIENT, False, "inputs complete and verified first"),
    Move(Event.ADOPT, (_S.DROPPED,), _S.QUEUED, Actor.CLIENT_OR_NODE, True, "settled"),
    Move(Event.REJECT, (_S.DROPPED,), _S.REJECTED, Actor.ANY_NODE, True, "cannot become a job"),
    Move(Event.HOLD, (_S.QUEUED,), _S.HELD, Actor.JOB_OWNER, True, ""),
    Move(Event.RELEASE, (_S.HELD,), _S.QUEUED, Actor.JOB_OWNER, True, ""),
    Move(Event.REORDER, (_S.QUEUED,), _S.QUEUED, Actor.JOB_OWNER, True, "another priority"),
    Move(Event.REORDER_HELD, (_S.HELD,), _S.HELD, Actor.JOB_OWNER, True, "another priority"),
    Move(Event.CLAIM, (_S.QUEUED,), _S.CLAIMED, Actor.ANY_NODE, True, "fits; node not draining"),
    Move(
        Event.HAND_BACK,
        (_S.CLAIMED, _S.RUNNING),
        _S.QUEUED,
        Actor.OWNING_NODE,
        True,
        "drain, stage-in failed, or the solver got no licence (that run does not count)",
    ),
    Move(Event.START, (_S.CLAIMED,), _S.RUNNING, Actor.OWNING_NODE, False, "stage-in complete"),
    Move(
        Event.FINISH,
        (_S.CLAIMED, _S.RUNNING),
        _S.DONE,
        Actor.OWNING_NODE,
        True,
        "stage-out complete and verified",
    ),
    Move(
        Event.CANCEL,
        (_S.QUEUED, _S.HELD),
        _S.DONE,
        Actor.JOB_OWNER,
        True,
        "a running job is cancelled by a request that its node answers",
    ),
    Move(
        Event.EXPIRE,
        (_S.CLAIMED, _S.RUNNING),
        _S.QUEUED,
        Actor.ANY_NODE,
        True,
        "lease over, or the run cannot go on: attempts left; or it was asked for",
    ),
    Move(
        Event.GIVE_UP,
        (_S.CLAIMED, _S.RUNNING),
        _S.DONE,
        Actor.ANY_NODE,
        True,
        "lease over, or the run cannot go on: no attempts left (outcome lost), or its cancelling "
        "was asked for (outcome cancelled)",
    ),
)
MOVES: Final[dict[Event, Move]] = {move.event: move for move in TABLE}


def permits(event: Event, source: State | None) -> bool:
    """Whether the table lets this event happen to a job in this state (None: not there yet)."""
    sources = MOVES[event].sources
    return source in sources if sources else source is None


def as_markdown() -> str:
    """The page ``docs/states.md``."""
    rows = [
        f"| {m.event} | {', '.join(m.sources) or '-'} | {m.target} | {m.actor} "
        f"| {'yes' if m.door else '-'} | {m.guard} |"
        for m in TABLE
    ]
    places = [f"| {state} | `{folder}/` |" for state, folder in FOLDERS.items()]
    return "\n".join(
        [
            "# States of a job",
            "",
            "This page is printed by `python -m spool_layout.states`; a test fails when it is stale.",
            "A job's state is the folder in which its ticket lies. How it ended is its outcome:",
            f"{', '.join(Outcome)}.",
            "",
            "| state | folder of the spool |",
            "|---|---|",
            *places,
            "",
            "A change marked *door* may be wanted by several at once; each of them first makes the",
            "folder `doors/<job>.g<next generation>`, which exactly one can.",
            "",
            "| event | from | to | who | door | guard |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            as_mermaid(),
            "",
        ]
    )


def as_mermaid() -> str:
    """The diagram of the table."""
    arrows = [
        f"    {source} --> {move.target}: {move.event}"
        for move in TABLE
        for source in (move.sources or ("[*]",))
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", *arrows, "    done --> [*]", "```"])


if __name__ == "__main__":
    import sys

    sys.stdout.write(as_markdown())
