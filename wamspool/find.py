"""Finding jobs by any unambiguous part of a name, or by their batch; all that is known of one."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.names import is_job_name, may_be_of_batch, parse_ticket_name, safe_stem
from spool_layout.records import JobOnNode, OutcomeRecord, parse_outcome
from spool_layout.states import FOLDERS, State
from spool_layout.ticket import Ticket, parse_ticket, parse_time
from spool_layout.units import format_duration
from wamspool.errors import AmbiguousJob, Denied, Gone, NoSuchJob, TicketGone
from wamspool.publish import months
from wamspool.share import Kind, Share
from wamspool.snapshot import THERE_AND_BACK, read_node
from wamspool.spool import Spool
from wamspool.transition import Place

CANDIDATES_SHOWN = 8
BATCH = "@"


@dataclass(frozen=True, slots=True)
class Found:
    """Where a job is: its ticket in flight, or its folder in ``done/``."""

    job: str
    state: State
    place: Place | None = None
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """All that is known of one job."""

    found: Found
    ticket: Ticket
    outcome: OutcomeRecord | None = None
    on_node: JobOnNode | None = None
    node_silent_s: float | None = None

    @property
    def state(self) -> State:
        """Where in its life the job is."""
        return self.found.state

    @property
    def started(self) -> datetime | None:
        """When the present or last attempt started, if it is known."""
        if self.outcome:
            return self.outcome.started
        with suppress(ValueError):  # a damaged status says nothing
            return parse_time(self.on_node.started) if self.on_node else None
        return None


def find_jobs(spool: Spool, texts: Iterable[str]) -> list[Found]:
    """The jobs that the texts name, each once; ``@batch`` names all of a batch.

    Raises as ``find_job`` does.
    """
    flying = find_flying(spool.share)
    found: dict[str, Found] = {}
    for text in texts:
        if text.startswith(BATCH):
            ones = find_batch(spool, text[len(BATCH) :], flying=flying)
        else:
            ones = [find_job(spool, text, flying=flying)]
        found |= {one.job: one for one in ones}
    return list(found.values())


def find_batch(
    spool: Spool, batch: str, *, flying: Mapping[str, Found] | None = None
) -> list[Found]:
    """All jobs of the batch, by their names.

    Costs a listing a month, and a read a job of it.
    Raises NoSuchJob.
    """
    wanted = batch.strip().lower()
    flying = find_flying(spool.share) if flying is None else flying
    months_of = (done_in(spool.share, month).items() for month in months(spool.share))
    known = {job: one for done in months_of for job, one in done} | dict(flying)
    marked = [one for job, one in sorted(known.items()) if may_be_of_batch(job, wanted)]
    found = [one for one in marked if _is_of_batch(spool, one, wanted)]
    if not found:
        raise NoSuchJob(
            f"no job is of a batch '{batch}'",
            cure="A batch is named whole: 'wam queue' and 'wam show JOB' tell it.",
        )
    return found


def _is_of_batch(spool: Spool, found: Found, batch: str) -> bool:
    try:
        return account_of(spool, found).ticket.draft.batch == batch
    except (FormatError, Denied):  # a job that cannot be read is nobody's
        return False


def find_job(
    spool: Spool, text: str, *, flying: Mapping[str, Found] | None = None, suggests: bool = True
) -> Found:
    """The one job whose name is, or contains, the text; those in flight come before done ones.

    A ticket's ``name`` will do as well, as far as it is in the job's. ``@batch`` names a job that
    is alone in its batch.

    ``flying`` spares listings where the caller has just made them. Raises NoSuchJob, where it
    ``suggests`` with near names, AmbiguousJob with the candidates.
    """
    flying = find_flying(spool.share) if flying is None else flying
    if text.startswith(BATCH):
        return _the_only(spool, text, find_batch(spool, text[len(BATCH) :], flying=flying))
    wanted = _as_in_names(text)
    if wanted in flying:
        return flying[wanted]
    if is_job_name(wanted) and (found := done_exactly(spool.share, wanted)):
        return found
    matches = [found for job, found in flying.items() if wanted and wanted in job]
    near: list[str] = list(flying)
    for month in months(spool.share):
        if matches:
            break
        done = done_in(spool.share, month)
        near.extend(done)
        matches = [found for job, found in done.items() if wanted and wanted in job]
    if not matches:
        raise NoSuchJob(
            f"no job's name contains '{text}'", cure=_suggestion(wanted, near) if suggests else None
        )
    return _the_only(spool, text, matches)


def _suggestion(wanted: str, known: Iterable[str]) -> str | None:
    import difflib  # noqa: PLC0415 - for a slip only

    close = difflib.get_close_matches(wanted, known, n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(close)}?" if close else None


def _as_in_names(text: str) -> str:
    """The text as job names spell it: a name's blanks and accents are not in them."""
    wanted = text.strip().lower()
    is_odd = not wanted.strip("-_. ") or any(letter in wanted for letter in "/\\*?:")
    return wanted if is_odd or wanted.isalnum() or "-" in wanted else safe_stem(wanted).lower()


def _the_only(spool: Spool, text: str, matches: list[Found]) -> Found:
    """Raises AmbiguousJob; its cure tells them apart."""
    if len(matches) == 1:
        return matches[0]
    ordered = sorted(matches, key=lambda one: one.job)[:CANDIDATES_SHOWN]
    lines = [line for one in ordered for line in _told_apart(spool, one)]
    if len(matches) > CANDIDATES_SHOWN:
        lines.append(f"... and {len(matches) - CANDIDATES_SHOWN} more")
    shown = "\n".join(f"  {line}" for line in lines)
    raise AmbiguousJob(
        f"'{text}' fits {len(matches)} jobs", cure=f"{AmbiguousJob.remedy} They are:\n{shown}"
    )


def _told_apart(spool: Spool, found: Found) -> Iterator[str]:
    try:
        ticket = account_of(spool, found).ticket
    except (Gone, Denied, FormatError, NoSuchJob, TicketGone):  # it moves, or is damaged
        yield f"{found.job}  {found.state}"
        return
    age_s = (spool.share.now() - ticket.submitted).total_seconds()
    deck = ticket.draft.name or ticket.draft.input
    age = format_duration(max(0.0, age_s))
    yield f"{found.job}  {deck}  {found.state}  of {ticket.owner or 'nobody known'}, {age} ago"


def find_flying(share: Share) -> dict[str, Found]:
    """Every job that has a ticket in flight, by its name. Costs six listings."""
    found: dict[str, Found] = {}
    for state in THERE_AND_BACK:
        for entry in share.list(FOLDERS[state]):
            name = parse_ticket_name(entry.name)
            known = found.get(name.job) if name else None
            if name and not (
                known and known.place and known.place.name.generation > name.generation
            ):
                found[name.job] = Found(name.job, state, place=Place(state, name))
    return found


def done_exactly(share: Share, job: str) -> Found | None:
    """The done job of just this name. Costs a look a month."""
    for month in months(share):
        with suppress(Gone):
            share.examine(folders.done(month, job))
            return Found(job, State.DONE, folder=folders.done(month, job))
    return None


def done_in(share: Share, month: str) -> dict[str, Found]:
    """The done jobs of the month by their names. Costs a listing."""
    return {
        e.name: Found(e.name, State.DONE, folder=folders.done(month, e.name))
        for e in share.list(folders.done_month(month))
        if e.kind is Kind.FOLDER and not e.name.startswith(".")
    }


def account_of(spool: Spool, found: Found) -> Account:
    """All that is known of the job now; looks again when its ticket moved meanwhile.

    Raises TicketGone when it keeps moving, FormatError for a file that somebody has damaged.
    """
    for _ in range(10):
        try:
            if found.folder:
                return _done_account(spool.share, found, found.folder)
            return _flying_account(spool, found)
        except Gone:
            spool.clock.sleep(0.05)
            found = find_job(spool, found.job)
    raise TicketGone(f"{found.job}: its ticket cannot be read")


def _done_account(share: Share, found: Found, folder: str) -> Account:
    ticket_path = f"{folder}/{folders.TICKET_FILE}"
    outcome_path = f"{folder}/{folders.OUTCOME_FILE}"
    return Account(
        found,
        parse_ticket(share.read(ticket_path), source=ticket_path),
        parse_outcome(share.read(outcome_path), source=outcome_path),
    )


def _flying_account(spool: Spool, found: Found) -> Account:
    place = found.place
    if place is None:
        raise Gone(found.job, "has no ticket")
    ticket = parse_ticket(spool.share.read(place.path), source=place.path)
    if place.name.node is None:
        return Account(found, ticket)
    sight = None
    with suppress(FormatError, Denied):  # what the node says is not all that is known of the job
        sight = read_node(spool, place.name.node)
    said = [
        job
        for job in (sight.status.jobs if sight else ())
        if job.job == found.job and job.generation == place.name.generation
    ]
    silent_s = sight.age_s if sight and sight.silent else None
    return Account(found, ticket, on_node=said[0] if said else None, node_silent_s=silent_s)
