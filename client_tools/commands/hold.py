"""``wam hold``: waiting jobs do not start until they are released."""

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


def hold(
    job: JobsArgument = None,
    mine: MineOption = False,
    state: StateOption = None,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep waiting jobs from starting; they keep their places for when they are released."""
    hold_or_release(
        Event.HOLD,
        State.HELD,
        Selection(job or (), mine, state),
        spool,
        as_json=as_json,
        said=_said,
    )


def _said(job: str, was_so: bool) -> str:
    already = f"{job} is held already" if was_so else f"held {job}"
    return f"{already}; let it start with: wam release {job}"
