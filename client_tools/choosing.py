"""Which done job is meant, where a part of a name fits several: asked of a person, never guessed."""

from contextlib import suppress

import typer

from client_tools.errors import NotInThisState
from client_tools.phrases import where
from spool_layout import folders
from spool_layout.records import parse_outcome
from spool_layout.states import State
from spool_layout.ticket import format_time
from wamspool.errors import AmbiguousJob, Gone
from wamspool.find import Found, done_in, find_job
from wamspool.local_times import local_time
from wamspool.publish import months
from wamspool.spool import Spool

SHOWN = 12


def find_done(spool: Spool, text: str, *, asks: bool, even_running: bool = False) -> Found:
    """The job whose results are meant. ``asks``: a person may be asked.

    A part of a name that fits a job in flight and done ones is asked about, or refused with
    their names: what an older job left must not be taken for what this one has computed.
    ``even_running``: a job in flight will do. Raises NotInThisState, AmbiguousJob, NoSuchJob.
    """
    try:
        found = find_job(spool, text)
    except AmbiguousJob as error:
        done = _done(spool, text)
        if not (asks and done):
            raise
        return _asked(spool, error.message, done)
    if found.state is State.DONE or even_running:
        return found
    words = where(found.place, None).partition(",")[0] if found.place else str(found.state)
    sentence = f"{found.job} {words}; there are results when it is done"
    done = _done(spool, text) if text.strip().lower() != found.job else []
    if done and asks:
        return _asked(spool, sentence, done)
    if done:
        names = ", ".join(one.job for one in done)
        raise NotInThisState(f"{sentence}; done are {names}", cure="Write the whole name.")
    raise NotInThisState(sentence, cure=_what_there_is(found))


def _done(spool: Spool, text: str) -> list[Found]:
    """The done jobs of the newest month in which any fits."""
    wanted = text.strip().lower()
    for month in months(spool.share):
        done = done_in(spool.share, month)
        fits = sorted(job for job in done if wanted in job)
        if fits:
            return [done[job] for job in fits[:SHOWN]]
    return []


def _asked(spool: Spool, sentence: str, done: list[Found]) -> Found:
    typer.echo(f"{sentence}. Done are, the newest first:")
    ends = {one.job: _end_of(spool, one) for one in done}
    done = sorted(done, key=lambda one: ends[one.job][0], reverse=True)
    for number, one in enumerate(done, 1):
        typer.echo(f"  {number}  {one.job}  {ends[one.job][1]}")
    number = int(typer.prompt("Which", type=int))
    if not 1 <= number <= len(done):
        raise typer.Abort
    return done[number - 1]


def _end_of(spool: Spool, found: Found) -> tuple[str, str]:
    """When it ended, to sort by, and how, in words."""
    path = f"{found.folder}/{folders.OUTCOME_FILE}"
    with suppress(Gone):
        record = parse_outcome(spool.share.read(path), source=path)
        when = format_time(record.ended) if record.ended else ""
        return when, f"{record.outcome}  {local_time(record.ended)}"
    return "", ""


def _what_there_is(found: Found) -> str:
    follow = f"follow it: wam log -f {found.job}"
    if found.state is State.HELD:
        return f"It waits for: wam release {found.job}; then {follow}"
    if found.state is State.QUEUED:
        return f"See why it waits: wam why {found.job}; or {follow}"
    return f"What it has written by now: wam get {found.job} --partial; or {follow}"
