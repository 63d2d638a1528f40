"""``wam resume``: nodes that were drained take jobs again."""

from client_tools.commands.options import (
    JsonOption,
    NodesArgument,
    NoWaitOption,
    SpoolOption,
    WhyOption,
)
from client_tools.draining import drain_or_resume
from spool_layout.request import Verb


def resume(
    node: NodesArgument,
    why: WhyOption = "",
    no_wait: NoWaitOption = False,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have drained nodes take jobs again."""
    drain_or_resume(Verb.RESUME, node, spool, why=why, wait=not no_wait, as_json=as_json)
