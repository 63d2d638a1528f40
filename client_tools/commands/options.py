"""Options that several commands take, in the same words."""

from typing import Annotated

import typer

SpoolOption = Annotated[
    str | None,
    typer.Option("--spool", metavar="FOLDER", help="The spool; else WAM_SPOOL or your settings."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
JobArgument = Annotated[
    str, typer.Argument(metavar="JOB", help="The job's name, or a part of it that fits no other.")
]
