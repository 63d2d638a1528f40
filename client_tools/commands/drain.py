"""``wam drain``: nodes take no more jobs, and finish those that they have."""

from client_tools.commands.options import (
    JsonOption,
    NodesArgument,
    NoWaitOption,
    SpoolOption,
    WhyOption,
)
from client_tools.draining import drain_or_resume
from spool_layout.request import Verb


def drain(
    node: NodesArgument,
    why: WhyOption = "",
    no_wait: NoWaitOption = False,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have nodes take no more jobs. What runs on them goes on to its end.

    It lasts until 'wam resume', also over restarts of the node's service. For operators of the
    spool, and for the account of the node's service.
    """
    drain_or_resume(Verb.DRAIN, node, spool, why=why, wait=not no_wait, as_json=as_json)
