"""``wam setup-explorer``: jobs by the right mouse button, on Windows."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from client_tools.commands.options import JsonOption
from client_tools.config_explorer import explorer_files, is_windows, write_all
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen, Tone
from wamspool.errors import BadInput


def setup_explorer(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the files; write nothing.")
    ] = False,
    into: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write both files there instead.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make 'wam' known to the command prompt, and 'Send to WAM' to Explorer's right mouse button.

    Two small files of your own account; no administrator is needed. Removing them undoes it.
    """
    if not (dry_run or into or is_windows()):
        raise BadInput(
            "there is no Explorer on this system",
            cure="See the files with --dry-run, or write them to a folder with --into.",
        )
    files = explorer_files(sys.executable, into)
    if not dry_run:
        write_all(files)
    lines = []
    for file in files:
        lines.append(Line(f"{'would write' if dry_run else 'wrote'} {file.path}", Tone.TITLE))
        lines += [Line(f"  {line}") for line in file.text.splitlines()]
    document = {
        "written": not dry_run,
        "files": [{"path": str(file.path), "text": file.text} for file in files],
    }
    choose_output(as_json=as_json).show(Screen(document, lines))
