"""The options of ``wam ticket``, in the order of its help."""

from pathlib import Path
from typing import Annotated

import typer

from client_tools.completing import complete_jobs, complete_nodes, complete_solvers

Text = str | None
Texts = list[str] | None

Decks = Annotated[
    list[str],
    typer.Argument(metavar="DECK", help="Decks, tickets, patterns, or folders of decks."),
]
Priority = Annotated[
    Text, typer.Option(metavar="PRIORITY", help="high, normal, low, or 0 (first) to 9.")
]
Cpus = Annotated[Text, typer.Option(metavar="N", help="Processor cores.")]
Gpus = Annotated[Text, typer.Option(metavar="N", help="Graphics processors.")]
Memory = Annotated[Text, typer.Option(metavar="SIZE", help="Such as '16 GB'.")]
Walltime = Annotated[
    Text, typer.Option(metavar="TIME", help="Stop it after so long, such as '12 h'.")
]
Scratch = Annotated[Text, typer.Option(metavar="SIZE", help="Room on the node's disk.")]
Tokens = Annotated[
    Text, typer.Option(metavar="N", help="Licence tokens; without it, what the profile reckons.")
]
Node = Annotated[
    Texts,
    typer.Option(
        metavar="NAME", help="Only on this node; repeatable.", autocompletion=complete_nodes
    ),
]
Tag = Annotated[Texts, typer.Option(metavar="TAG", help="Only where this tag is; repeatable.")]
Solver = Annotated[
    Text,
    typer.Option(metavar="PROFILE", help="The solver profile.", autocompletion=complete_solvers),
]
Name = Annotated[Text, typer.Option(metavar="NAME", help="The job's name; else its deck's.")]
Note = Annotated[Text, typer.Option(metavar="TEXT", help="A remark, shown with the job.")]
Batch = Annotated[
    Text, typer.Option(metavar="NAME", help="The batch's name; else several decks get a new one.")
]
Email = Annotated[
    Text,
    typer.Option(
        metavar="ADDRESS[:EVENT,...]",
        help="Told by mail when it has ended, or of started, waiting (too long), ended, failed, lost.",
    ),
]
After = Annotated[
    Texts,
    typer.Option(
        metavar="JOB[:ENDING]",
        help="Only when that job has completed, or with :any, :failed ended so; repeatable.",
        autocompletion=complete_jobs,
    ),
]
Hold = Annotated[bool, typer.Option("--hold", help="Wait for 'wam release'.")]
Retries = Annotated[Text, typer.Option(metavar="N", help="Runs again after a lost node.")]
ProfileOption = Annotated[
    Texts, typer.Option(metavar="NAME=VALUE", help="What the solver profile permits; repeatable.")
]
Sweep = Annotated[
    Texts,
    typer.Option(
        metavar="NAME=A,B,...", help="A job for each value of {{NAME}} in the deck; repeatable."
    ),
]
SweepFile = Annotated[
    Path | None,
    typer.Option("--sweep-file", metavar="CSV", help="A job for each row; its first line names."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="However many jobs a sweep makes.")]
IncludeOutside = Annotated[
    bool, typer.Option("--include-outside", help="Files from outside the deck's folder too.")
]
KeepGoing = Annotated[
    bool, typer.Option("--keep-going", help="Queue the good decks though others are refused.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show the tickets and files; write nothing.")
]
Wait = Annotated[
    bool, typer.Option("--wait", help="Wait for the outcome; exit code 0 if all completed.")
]
