"""The steps of ``wam ticket``: read all decks, say what is wrong, and queue them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from client_tools.coming_after import resolve_after, warnings_after
from client_tools.config_submitted import LastRun, look_of, remember
from client_tools.decks_named import NamedDeck, decks_named
from client_tools.documents import account_document, placed_document
from client_tools.dry_run import dry_screen
from client_tools.errors import DecksRefused
from client_tools.fit import announced_solvers, obstacles
from client_tools.phrases import all_completed, inputs_phrase
from client_tools.prepare import Prepared, Preparer
from client_tools.sweeping import Case, refuse_mismatch
from client_tools.views.output import Output
from client_tools.views.screen import Screen, Table, Tone
from client_tools.waiting_aloud import wait_for_all
from spool_layout.errors import WamError
from spool_layout.names import safe_stem
from spool_layout.states import Outcome, State
from spool_layout.ticket import Ticket
from spool_layout.units import count, format_size
from spool_layout.yaml_text import Section
from wamspool.errors import BadInput
from wamspool.find import Account
from wamspool.offers import nodes_of, refuse_impossible, whole_offer
from wamspool.open_share import local_folder
from wamspool.profiles.load import load_profiles
from wamspool.share import Transform
from wamspool.snapshot import NodeSight
from wamspool.spool import Spool
from wamspool.submit import Submission, submit_all
from wamspool.transition import Place

COPY_SHOWN_BYTES = 50 << 20
NO = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How the decks are to be submitted."""

    include_outside: bool = False
    keep_going: bool = False
    dry_run: bool = False
    wait: bool = False
    cases: Sequence[Case] = ()
    usual: Section | None = None


@dataclass(slots=True)
class _Round:
    """One call: what was found out and done so far."""

    spool: Spool
    output: Output
    nodes: tuple[NodeSight, ...]
    refused: list[tuple[NamedDeck, WamError]]


def submit_decks(
    spool: Spool,
    words: Sequence[str],
    asked: Section,
    wishes: Wishes,
    *,
    output: Output,
    owner: str,
) -> int:
    """The decks are queued; returns the exit code.

    Raises what is wrong with the one deck, or with the call as a whole.
    """
    resolve_after(spool, asked, output)
    this = _Round(spool, output, nodes_of(spool), [])
    preparer = _preparer(this, asked, wishes, owner)
    family = preparer.family_of(str(asked.get("solver") or spool.settings.default_solver))
    decks = decks_named(words, spool.clock, family=family)
    wanted = _wanted(spool, decks, wishes.cases)
    if len(wanted) > 1 and asked.get("name"):
        raise BadInput("--name fits one job, and this makes several", cure="Leave --name out.")
    if len(wanted) > 1 and not asked.get("batch"):
        asked["batch"] = new_batch(decks, spool.new_suffix())
    prepared = list(_prepared(this, preparer, wanted))
    if this.refused and not (wishes.keep_going and prepared):
        _refuse(this, len(wanted))
    _warn(this, prepared, asked)
    if wishes.dry_run:
        output.show(dry_screen(prepared, this.nodes, load_profiles({}), spool.share.now()))
        return _said_refusals(this)
    tickets = _submit_all(this, prepared)
    _remember(this, prepared, tickets)
    code = _said_refusals(this)
    if not wishes.wait:
        _show_queued(this, tickets)
        return code
    batch = _say_batch(this, tickets)
    accounts = wait_for_all(spool, tickets, output)
    jobs = [account_document(spool.share, account) for account in accounts]
    output.show(Screen({"batch": batch, "jobs": jobs}, _tables(wishes, accounts)))
    outcomes = [a.outcome.outcome if a.outcome else Outcome.LOST for a in accounts]
    return code or (0 if all_completed(outcomes) else NO)


def _tables(wishes: Wishes, accounts: Sequence[Account]) -> list[Table]:
    if not wishes.cases:
        return []
    from client_tools.collecting import family_table  # noqa: PLC0415 - for families alone

    return [family_table(accounts)]


def _wanted(
    spool: Spool, decks: Sequence[NamedDeck], cases: Sequence[Case]
) -> list[tuple[NamedDeck, Case | None]]:
    if not cases:
        return [(deck, None) for deck in decks]
    if len(decks) != 1 or decks[0].is_ticket:
        raise BadInput(
            "a sweep is made of one deck", cure="Name the one deck that has the placeholders."
        )
    deck = decks[0]
    pieces = local_folder(deck.folder, spool.clock).chunks(deck.name)
    refuse_mismatch(pieces, str(deck.folder / deck.name), cases)
    return [(deck, case) for case in cases]


def new_batch(decks: Sequence[NamedDeck], suffix: str) -> str:
    """A name for what is submitted together, from the deck, or the folder that several lie in."""
    if len(decks) == 1:
        return f"{safe_stem(decks[0].name.rpartition('.')[0]).lower()}-{suffix}"
    folders_of = {deck.folder.resolve() for deck in decks}
    stem = folders_of.pop().name if len(folders_of) == 1 else ""
    return f"{safe_stem(stem or 'batch').lower()}-{suffix}"


def _preparer(this: _Round, asked: Section, wishes: Wishes, owner: str) -> Preparer:
    return Preparer(
        clock=this.spool.clock,
        profiles=load_profiles({}),
        announced=announced_solvers(this.nodes),
        nodes=[sight.status for sight in this.nodes],
        settings=this.spool.settings,
        asked=asked,
        owner=owner,
        include_outside=wishes.include_outside,
        usual=wishes.usual,
    )


def _prepared(
    this: _Round, preparer: Preparer, wanted: Sequence[tuple[NamedDeck, Case | None]]
) -> Iterator[Prepared]:
    offers = [whole_offer(sight.status) for sight in this.nodes]
    for deck, case in wanted:
        try:
            prepared = preparer.prepare(deck, case)
            refuse_impossible(prepared.submission.draft, offers)
            preparer.refuse_uncounted(prepared.submission.draft)
            yield prepared
        except WamError as error:
            this.refused.append((deck, error))


def _refuse(this: _Round, decks: int) -> NoReturn:
    if decks > 1:
        _warn_refused(this)
    if decks == 1:
        raise this.refused[0][1]
    raise DecksRefused(
        f"{len(this.refused)} of {decks} decks cannot become jobs, so none was queued"
    )


def _warn_refused(this: _Round) -> None:
    alike: dict[tuple[str, str], list[NamedDeck]] = {}
    for deck, error in this.refused:
        alike.setdefault((error.message, error.cure), []).append(deck)
    for (message, cure), decks in alike.items():
        more = f" and {len(decks) - 1} more" if len(decks) > 1 else ""
        this.output.warn(f"{decks[0].folder / decks[0].name}{more} refused: {message}")
        this.output.warn(f"  -> {cure}")


def _said_refusals(this: _Round) -> int:
    _warn_refused(this)
    return NO if this.refused else 0


def _warn(this: _Round, prepared: Sequence[Prepared], asked: Section) -> None:
    said = {remark: None for one in prepared for remark in one.submission.remarks}
    for one in prepared:
        said |= dict.fromkeys(obstacles(one.submission.draft, this.nodes))
    drafts = [one.submission.draft for one in prepared]
    said |= dict.fromkeys(warnings_after(this.spool, drafts, asked))
    for text in said:
        this.output.warn(text)


def _submit_all(this: _Round, prepared: Sequence[Prepared]) -> list[Ticket]:
    tickets: list[Ticket] = []
    try:
        for ticket in submit_all(this.spool, [_watched(one, this.output) for one in prepared]):
            tickets.append(ticket)
            _say_queued(this, ticket)
    except WamError:
        # A full share at the third deck: what is queued is, and its user must know of it.
        _show_queued(this, tickets)
        this.output.warn(f"{len(tickets)} of {count(len(prepared), 'job')} had been queued")
        raise
    return tickets


def _remember(this: _Round, prepared: Sequence[Prepared], tickets: Sequence[Ticket]) -> None:
    runs = []
    for one, ticket in zip(prepared, tickets, strict=True):
        brought = one.submission.sources or {}
        names = [item.name for item in one.submission.items]
        paths = [brought.get(name, one.submission.folder / name).resolve() for name in names]
        looks = {str(path): look for path in paths if (look := look_of(path))}
        deck = str(one.deck.resolve())
        runs.append(LastRun(deck, this.spool.settings.spool_id, ticket.job, looks))
    remember(runs)


def _say_batch(this: _Round, tickets: Sequence[Ticket]) -> str | None:
    batches = {ticket.draft.batch for ticket in tickets}
    batch = batches.pop() if len(batches) == 1 else ""
    if batch and len(tickets) > 1:
        jobs = count(len(tickets), "job")
        this.output.line(f"batch {batch}  ({jobs})  one table of all: wam collect @{batch}")
    return batch or None


def _show_queued(this: _Round, tickets: Sequence[Ticket]) -> None:
    batch = _say_batch(this, tickets)
    jobs = [_queued_document(ticket) for ticket in tickets]
    this.output.show(Screen({"batch": batch, "jobs": jobs}))


def _say_queued(this: _Round, ticket: Ticket) -> None:
    verb = "held" if ticket.draft.hold else "queued"
    size_bytes = sum(item.size_bytes for item in ticket.inputs)
    phrase = inputs_phrase(ticket.draft.input, len(ticket.inputs) - 1, size_bytes)
    next_step = f"wam release {ticket.job}" if ticket.draft.hold else f"wam log -f {ticket.job}"
    word = "start it" if ticket.draft.hold else "follow it"
    this.output.line(f"{verb} {ticket.job}  ({phrase})  {word}: {next_step}", Tone.GOOD)


def _watched(one: Prepared, output: Output) -> Submission:
    """The submission; large ones tell how far the copying is."""
    if one.size_bytes < COPY_SHOWN_BYTES or not output.is_live:
        return one.submission
    copied = 0

    def counting(inner: Transform | None) -> Transform:
        def transform(pieces: Iterator[bytes]) -> Iterator[bytes]:
            nonlocal copied
            for piece in inner(pieces) if inner else pieces:
                copied += len(piece)
                percent = min(100, 100 * copied // one.size_bytes)
                output.passing(
                    f"copying {one.deck.name}: {percent} % of {format_size(one.size_bytes)}"
                )
                yield piece

        return transform

    inner: Mapping[str, Transform] = one.submission.transforms or {}
    names = [item.name for item in one.submission.items]
    return replace(one.submission, transforms={name: counting(inner.get(name)) for name in names})


def _queued_document(ticket: Ticket) -> dict[str, Any]:
    state = State.HELD if ticket.draft.hold else State.QUEUED
    return placed_document(Place(state, ticket.first_name), ticket, None)
