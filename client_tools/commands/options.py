"""Options that several commands take, in the same words."""

from enum import StrEnum
from typing import Annotated

import typer

from client_tools.completing import complete_jobs, complete_nodes


class Flying(StrEnum):
    """The states in which a job is before it is done."""

    QUEUED = "queued"
    HELD = "held"
    CLAIMED = "claimed"
    RUNNING = "running"


SpoolOption = Annotated[
    str | None,
    typer.Option("--spool", metavar="FOLDER", help="The spool; else WAM_SPOOL or your settings."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
JobsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[JOB]...",
        help="Names of jobs, parts that fit no other, or '@BATCH'.",
        autocompletion=complete_jobs,
    ),
]
MineOption = Annotated[bool, typer.Option("--mine", help="Only your own jobs.")]
StateOption = Annotated[Flying | None, typer.Option("--state", help="Only jobs that are so now.")]
NodesArgument = Annotated[
    list[str],
    typer.Argument(metavar="NODE...", help="The nodes' names.", autocompletion=complete_nodes),
]
WhyOption = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason; it is kept, and shown.")
]
NoWaitOption = Annotated[
    bool, typer.Option("--no-wait", help="Ask, and do not wait until a node has acted.")
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Do not ask back, where there is a terminal to ask on.")
]
JobArgument = Annotated[
    str,
    typer.Argument(
        metavar="JOB",
        help="The job's name, or a part of it that fits no other.",
        autocompletion=complete_jobs,
    ),
]
