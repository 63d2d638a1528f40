"""Options that several commands take, in the same words."""

from typing import Annotated

import typer

SpoolOption = Annotated[
    str | None,
    typer.Option("--spool", metavar="FOLDER", help="The spool; else WAM_SPOOL or your settings."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
JobsArgument = Annotated[
    list[str],
    typer.Argument(metavar="JOB", help="The jobs' names, or parts that fit no other."),
]
NodesArgument = Annotated[list[str], typer.Argument(metavar="NODE", help="The nodes' names.")]
WhyOption = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason; it is kept with the job.")
]
NoWaitOption = Annotated[
    bool, typer.Option("--no-wait", help="Ask, and do not wait until a node has acted.")
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Do not ask back, where there is a terminal to ask on.")
]
JobArgument = Annotated[
    str, typer.Argument(metavar="JOB", help="The job's name, or a part of it that fits no other.")
]
