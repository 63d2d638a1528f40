"""``wam release``: held jobs take their places in the queue again."""

from client_tools.commands.options import (
    JobsArgument,
    JsonOption,
    MineOption,
    SpoolOption,
    StateOption,
)
from client_tools.holding import hold_or_release
from client_tools.selecting import Selection
from spool_layout.states import Event, State


def release(
    job: JobsArgument = None,
    mine: MineOption = False,
    state: StateOption = None,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let held jobs start; their place in the queue is that of the time of submission."""
    hold_or_release(
        Event.RELEASE,
        State.QUEUED,
        Selection(job or (), mine, state),
        spool,
        as_json=as_json,
        said=_said,
    )


def _said(job: str, was_so: bool) -> str:
    done = f"{job} is not held, it waits already" if was_so else f"released {job}"
    return f"{done}; follow it with: wam log -f {job}"
