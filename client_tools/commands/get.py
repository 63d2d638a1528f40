"""``wam get``: jobs' results are copied to this machine."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import typer

from client_tools.choosing import find_done
from client_tools.commands.options import JsonOption, SpoolOption
from client_tools.completing import complete_jobs
from client_tools.errors import NothingThere
from client_tools.fetching import Fetched, Fetcher
from client_tools.live_texts import LiveTexts
from client_tools.logs import log_folder
from client_tools.phrases import outcome_line, where
from client_tools.results import files_matching, inputs_of, results_of
from client_tools.several import not_done_documents, on_each
from client_tools.snapshots import Snapshot, Snapshots
from client_tools.views.job import ResultFile
from client_tools.views.output import Output, choose_output
from client_tools.views.screen import Line, Screen, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.units import count, format_size
from wamspool.errors import NoSuchJob
from wamspool.find import Account, Found, account_of, find_jobs
from wamspool.share import Share
from wamspool.spool import Spool

_OF_PATTERNS = frozenset("*?[./\\")


def get(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="JOB...",
            autocompletion=complete_jobs,
            help="The jobs, by name, a part of it, or @batch; words with . or * are patterns of files.",
        ),
    ],
    spool: SpoolOption = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FOLDER", help="Where to; of several jobs, each to FOLDER/JOB."
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="PATTERN", help="Only files that fit; may be repeated."),
    ] = None,
    inputs: Annotated[bool, typer.Option("--inputs", help="The job's inputs too.")] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Of a running job, the texts as far as they are.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that differ.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Copy the results of done jobs to here; each file is read back and compared.

    Without --to each job goes into a folder of its name. Files that are here already, with the
    same content, are left: after an interruption the same command goes on where it was, in the
    middle of a large file too. Exit code 1 when one of several jobs could not be copied.
    """
    opened, output = open_named_spool(spool), choose_output(as_json=as_json)
    jobs = [word for word in words if not _OF_PATTERNS & set(word)] or words[:1]
    patterns = [word for word in words if word not in jobs] + (only or [])
    getting = _Getting(opened, output, patterns, inputs, partial, force)
    found = getting.find(jobs, asks=_person_watches(as_json=as_json))
    here = (to or Path()).expanduser()
    is_one = len(found) == 1

    def copy(one: Found) -> Screen:
        target = here if is_one and to else here / one.job
        return getting.copy(one, target)

    screens, not_done = on_each({one.job: one for one in found}, copy, output)
    if is_one:
        output.show(screens[0])
        return
    document = {
        "jobs": [screen.document for screen in screens],
        "not_done": not_done_documents(not_done),
    }
    output.show(Screen(document, [part for screen in screens for part in screen.parts]))
    if not_done:
        raise typer.Exit(1)


def _person_watches(*, as_json: bool) -> bool:
    return not as_json and sys.stdin.isatty() and sys.stdout.isatty()


@dataclass(frozen=True, slots=True)
class _Getting:
    """What is to be copied of each job."""

    spool: Spool
    output: Output
    patterns: list[str]
    inputs: bool
    partial: bool
    force: bool

    def find(self, jobs: Sequence[str], *, asks: bool) -> list[Found]:
        found: dict[str, Found] = {}
        for text in jobs:
            if text.startswith("@"):
                found |= {one.job: one for one in find_jobs(self.spool, [text])}
                continue
            try:
                one = find_done(self.spool, text, asks=asks, even_running=self.partial)
            except NoSuchJob as error:
                if text == jobs[0]:
                    raise
                cure = f"{error.cure} For a file of that name say: --only {text}"
                raise NoSuchJob(error.message, cure=cure) from None
            found[one.job] = one
        return list(found.values())

    def copy(self, found: Found, target: Path) -> Screen:
        if found.folder is None:
            return self._partial(found, target)
        account = account_of(self.spool, found)
        files = self._wanted(self.spool.share, found.folder, found.job)
        fetcher = Fetcher(self.spool.share, found.folder, target, self.spool.clock)
        fetched = fetcher.fetch(files, force=self.force, output=self.output)
        return _screen(account, target, fetched)

    def _wanted(self, share: Share, folder: str, job: str) -> list[ResultFile]:
        if not self.patterns:
            return results_of(share, folder) + (inputs_of(share, folder) if self.inputs else [])
        files = [
            file
            for file in files_matching(share, folder, self.patterns)
            if self.inputs or not file.name.startswith("inputs/")
        ]
        if not files:
            names = ", ".join(file.name for file in results_of(share, folder)[:8])
            raise NothingThere(
                f"{job} has no file that fits {' or '.join(self.patterns)}; it has "
                f"{names or 'none'}"
            )
        return files

    def _partial(self, found: Found, target: Path) -> Screen:
        LiveTexts(self.spool).fresh(found.place, self.output.warn)
        there = log_folder(self.spool.share, found)
        fits = self.patterns or ["*"]
        names = [n for n in there.names if any(fnmatchcase(n, p) for p in fits)] if there else []
        if there is None or not names:
            now = where(found.place, None).partition(",")[0] if found.place else ""
            raise NothingThere(f"{found.job} {now}; it has shown no such text yet")
        snapshots = Snapshots(self.spool.share, target, self.spool.clock, force=self.force)
        return _partial_screen(found, target, snapshots.take(there.folder, names, ended=False))


def _screen(account: Account, target: Path, fetched: Sequence[Fetched]) -> Screen:
    new = [one for one in fetched if one.copied]
    size_bytes = sum(one.held.size_bytes for one in new)
    words = f"{count(len(new), 'file')}, {format_size(size_bytes)}, copied to {target}"
    if left := len(fetched) - len(new):
        words += f"; {count(left, 'file')} there already"
    if fetched and not new:
        words = f"nothing to copy: {count(left, 'file is', 'files are')} in {target} already"
    if not fetched:
        words = "the job left no results"
    lines = [Line(words, Tone.GOOD if fetched else Tone.WARN)]
    if account.outcome:
        lines.insert(0, outcome_line(account.ticket.job, account.outcome))
    document: dict[str, Any] = {
        "job": account.ticket.job,
        "to": str(target.resolve()),
        "files": [
            {
                "name": one.name,
                "size": one.held.size_bytes,
                "sha256": one.held.sha256,
                "copied": one.copied,
            }
            for one in fetched
        ],
    }
    return Screen(document, lines)


def _partial_screen(found: Found, target: Path, taken: Sequence[Snapshot]) -> Screen:
    now = where(found.place, None).partition(",")[0] if found.place else "is done"
    size_bytes = sum(one.size_bytes for one in taken)
    texts = f"{count(len(taken), 'text')}, {format_size(size_bytes)}, copied to {target}"
    document = {
        "job": found.job,
        "to": str(target.resolve()),
        "partial": True,
        "files": snapshot_documents(taken),
    }
    return Screen(
        document, [Line(f"{found.job} {now}; this is no result yet", Tone.WARN), Line(texts)]
    )


def snapshot_documents(taken: Sequence[Snapshot]) -> list[dict[str, Any]]:
    """Texts as JSON shows them."""
    return [{"name": one.name, "size": one.size_bytes, "added": one.added_bytes} for one in taken]
