"""The screen of ``wam status``: what needs attention, nodes, what runs, what waits."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from client_tools.documents import SILENT, node_document, placed_document
from client_tools.estimates_shown import estimate_documents, rest_words, start_words
from client_tools.phrases import progress_cell, use_cell
from client_tools.pools_shown import pool_table, pools_now, tokens_of_node
from client_tools.views.screen import Column, Line, Screen, Table, Tone
from client_tools.views.text import duration
from spool_layout.pool import Pool
from spool_layout.records import JobOnNode
from spool_layout.states import State
from spool_layout.ticket import Ticket, parse_time
from spool_layout.units import count, format_size, priority_word
from wamspool.estimate import Start, expected_starts, rests
from wamspool.local_times import local_time, with_local_times
from wamspool.offers import in_use_by_others
from wamspool.snapshot import NodeSight, Snapshot
from wamspool.transition import Place

NAMES_SHOWN = 3
NEEDS_SHOWN = 5
ROWS_LEAST = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """A snapshot and the tickets that were read for it; ``limit``: queued jobs to show.

    ``is_passing``: it is one of many that are shown one after the other, in little room.
    """

    snapshot: Snapshot
    tickets: Mapping[str, Ticket]
    limit: int
    pools: Mapping[str, Pool] = field(default_factory=dict)
    is_passing: bool = False

    @property
    def starts(self) -> dict[str, Start]:
        """When those that wait may start, as far as it can be estimated."""
        return expected_starts(self.snapshot, self.tickets, self.pools)


def status_screen(picture: Picture) -> Screen:
    """All of it."""
    attention = list(attention_lines(picture.snapshot))
    parts: list[Line | Table] = [
        *_attention(attention, NEEDS_SHOWN if picture.is_passing else len(attention)),
        *([Line("")] if attention else []),
        *_nodes(picture),
        *pool_table(pools_now(picture.snapshot, picture.pools)),
        Line(""),
        *_running(picture),
        *_queue(picture),
        *_elsewhere(picture),
    ]
    return Screen(_document(picture, attention), parts)


def _attention(sentences: Sequence[str], most: int) -> Iterator[Line]:
    yield from (Line(f"! {text}", Tone.BAD) for text in sentences[:most])
    if len(sentences) > most:
        yield Line(f"! ... and {len(sentences) - most} more (wam status)", Tone.BAD)


def _document(picture: Picture, attention: list[str]) -> dict[str, object]:
    snapshot = picture.snapshot
    return {
        "nodes": [
            node_document(sight, tokens_of_node(snapshot, sight.status.node))
            for sight in snapshot.nodes
        ],
        "pools": [now.document for now in pools_now(snapshot, picture.pools)],
        "jobs": [
            placed_document(p, picture.tickets.get(p.name.job), snapshot.on_node(p.name))
            for p in snapshot.places
        ],
        "dropped": list(snapshot.dropped),
        "rejected": list(snapshot.rejected),
        "attention": attention,
        "estimates": estimate_documents(snapshot, picture.starts),
    }


def attention_lines(snapshot: Snapshot) -> Iterator[str]:
    """What somebody has to look into."""
    for sight in snapshot.nodes:
        node = sight.status.node
        if sight.silent:
            held = [p.name.job for p in snapshot.places if p.name.node == node]
            jobs = f"; it holds {_some(held)}" if held else ""
            yield f"node {node} has not been heard of for {duration(sight.age_s)}{jobs}"
        yield from (f"node {node}: {with_local_times(p)}" for p in sight.status.problems)
    if snapshot.rejected:
        number = count(len(snapshot.rejected), "dropped file")
        yield f"{number} rejected: {_some(snapshot.rejected)} (wam queue --state rejected)"
    yield from (f"cannot be read: {problem}" for problem in snapshot.unreadable)
    live = [s.status.state for s in snapshot.nodes if not s.silent]
    if "up" not in live and (snapshot.in_state(State.QUEUED) or snapshot.dropped):
        if "closed" in live:
            yield "jobs wait for the hours of their nodes (see below)"
        elif "draining" in live:
            yield "jobs wait, and no node takes any (wam resume NODE)"
        else:
            yield "jobs wait, and no node is up (wam-node run)"


def _some(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more


def _nodes(picture: Picture) -> list[Line | Table]:
    snapshot = picture.snapshot
    if not snapshot.nodes:
        return [Line("no node has ever been started on this spool (wam-node run)")]
    columns = (
        Column("node", gives_way=True),
        Column("state"),
        Column("cpus free", right=True),
        Column("memory free", right=True),
        Column("gpus", right=True),
        *([Column("tokens", right=True)] if picture.pools else []),
        Column("jobs", right=True),
        Column("heard", right=True),
    )
    tones = {i: Tone.BAD for i, s in enumerate(snapshot.nodes) if s.silent} | {
        i: Tone.QUIET for i, s in enumerate(snapshot.nodes) if s.status.state == "stopped"
    }
    tones |= {i: Tone.WARN for i, s in enumerate(snapshot.nodes) if _drains(s)}
    rows = [_node_row(picture, sight) for sight in snapshot.nodes]
    hours = [Line(text, Tone.QUIET) for text in map(hours_phrase, snapshot.nodes) if text]
    return [Table(columns, rows, tones, see="wam status", rows_least=ROWS_LEAST), *hours]


def hours_phrase(sight: NodeSight) -> str:
    """What a live node leaves to others now, and when that changes; empty for nothing."""
    status = sight.status
    if sight.silent or status.state == "stopped":
        return ""
    words = [f"keeps {count(status.kept_back, 'cpu')} back"] if status.kept_back else []
    for verb, text in (("opens", status.opens), ("closes", status.closes)):
        with suppress(ValueError):  # a damaged status says nothing
            words += [f"{verb} {local_time(parse_time(text))}"] if text else []
    words += in_use_by_others(status)
    return f"{status.node}: {', '.join(words)}" if words else ""


def _drains(sight: NodeSight) -> bool:
    return not sight.silent and sight.status.state == "draining"


def _node_row(picture: Picture, sight: NodeSight) -> tuple[str, ...]:
    status = sight.status
    held = sum(tokens_of_node(picture.snapshot, status.node).values())
    return (
        status.node,
        SILENT if sight.silent else status.state,
        f"{status.cpus_free}/{status.cpus}",
        f"{format_size(status.memory_free_bytes)}/{format_size(status.memory_bytes)}",
        f"{status.gpus_free}/{status.gpus}" if status.gpus else "-",
        *([str(held) if held else "-"] if picture.pools else []),
        str(len(status.jobs)),
        f"{duration(sight.age_s)} ago",
    )


def _running(picture: Picture) -> list[Line | Table]:
    snapshot = picture.snapshot
    places = snapshot.in_state(State.CLAIMED, State.RUNNING)
    if not places:
        return [Line("nothing runs"), Line("")]
    said_of = {place.name.job: snapshot.on_node(place.name) for place in places}
    is_use_known = any(said and said.memory_used_bytes is not None for said in said_of.values())
    columns = (
        Column("running", gives_way=True),
        Column("node", gives_way=True),
        Column("progress"),
        Column("incr", right=True),
        Column("cut", right=True),
        *([Column("uses", right=True, may_go=True)] if is_use_known else []),
        Column("elapsed", right=True),
        Column("~left", right=True),
    )
    silent = {sight.status.node for sight in snapshot.nodes if sight.silent}
    tones = {i: Tone.BAD for i, place in enumerate(places) if place.name.node in silent}
    left_of = rests(snapshot)
    rows = []
    for place in places:
        said = said_of[place.name.job]
        rows.append(
            (
                place.name.job,
                place.name.node or "-",
                progress_cell(said, place.state),
                str(said.increments) if said and said.increments else "-",
                str(said.cutbacks) if said and said.increments else "-",
                *([use_cell(said)] if is_use_known else []),
                _elapsed(said, snapshot.taken),
                rest_words(left_of.get(place.name.job)),
            )
        )
    return [Table(columns, rows, tones, see="wam status", rows_least=ROWS_LEAST), Line("")]


def _elapsed(said: JobOnNode | None, now: datetime) -> str:
    try:
        started = parse_time(said.started) if said and said.started else None
    except ValueError:
        started = None
    return duration((now - started).total_seconds()) if started else "-"


def _queue(picture: Picture) -> list[Line | Table]:
    places = picture.snapshot.in_state(State.QUEUED)
    if not places:
        return [Line("nothing waits")]
    shown = places[: picture.limit]
    table = waiting_table(picture, shown, "waiting", picture.starts)
    more = len(places) - len(shown)
    return [replace(table, beyond=more, see="wam queue", rows_least=ROWS_LEAST)]


def waiting_table(
    picture: Picture,
    places: tuple[Place, ...],
    title: str,
    starts: Mapping[str, Start] | None = None,
) -> Table:
    """Jobs that wait or are held; '-' for what a ticket that was not read would tell.

    The columns of batches and of what they come after are there when one of them has such, that of
    starts when it was asked for.
    """
    batches = [_batch_of(picture, place) for place in places]
    afters = [_after_of(picture, place) for place in places]
    columns = (
        Column(title, gives_way=True),
        Column("priority"),
        Column("cpus", right=True),
        Column("memory", right=True),
        Column("owner", gives_way=True),
        *([Column("batch", gives_way=True)] if any(batches) else []),
        *([Column("after", gives_way=True)] if any(afters) else []),
        Column("since", right=True),
        *([Column("~start", right=True)] if starts is not None else []),
    )
    rows = []
    for place, batch, after in zip(places, batches, afters, strict=True):
        *cells, since = _waiting_row(picture, place)
        more = [batch or "-"] if any(batches) else []
        more += [after or "-"] if any(afters) else []
        begin = [start_words(starts.get(place.name.job))] if starts is not None else []
        rows.append((*cells, *more, since, *begin))
    return Table(columns, rows)


def _batch_of(picture: Picture, place: Place) -> str:
    ticket = picture.tickets.get(place.name.job)
    return ticket.draft.batch if ticket else ""


def _after_of(picture: Picture, place: Place) -> str:
    ticket = picture.tickets.get(place.name.job)
    return ", ".join(map(str, ticket.draft.after)) if ticket else ""


def _waiting_row(picture: Picture, place: Place) -> tuple[str, ...]:
    ticket = picture.tickets.get(place.name.job)
    memory = ticket.draft.resources.memory_bytes if ticket else None
    waited = picture.snapshot.taken - place.name.submitted
    return (
        place.name.job,
        priority_word(place.name.priority),
        str(ticket.draft.resources.cpus) if ticket else "-",
        format_size(memory) if memory else "-",
        ticket.owner if ticket else "-",
        duration(waited.total_seconds()),
    )


def _elsewhere(picture: Picture) -> list[Line]:
    snapshot = picture.snapshot
    lines = []
    if held := snapshot.in_state(State.HELD):
        names = _some([place.name.job for place in held])
        lines.append(Line(f"held: {names} (wam release JOB)", Tone.WARN))
    if snapshot.dropped:
        lines.append(Line(f"dropped, not yet taken: {_some(snapshot.dropped)}"))
    return lines
