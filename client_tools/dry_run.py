"""What ``wam ticket`` would do: the tickets, the files, the command, and where it could run."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from client_tools.fit import obstacles, takers
from client_tools.prepare import Prepared, source_of
from client_tools.views.screen import Line, Screen, Tone
from spool_layout.profile import Profile
from spool_layout.solver_command import SolverArguments, build_command
from spool_layout.ticket import Draft, Ticket, format_ticket
from spool_layout.units import count, format_size
from wamspool.gather import Item
from wamspool.snapshot import NodeSight

_NOT_YET = ("job:", "submitted:", "inputs:")


def dry_screen(
    prepared: Sequence[Prepared],
    nodes: Sequence[NodeSight],
    profiles: Mapping[str, Profile],
    now: datetime,
) -> Screen:
    """All of it, for each job. Raises Gone for a file that has gone meanwhile."""
    documents: list[dict[str, Any]] = []
    parts: list[Line] = []
    for one in prepared:
        draft = one.submission.draft
        text = format_ticket(Ticket("", draft, now, one.submission.owner, ()))
        written = [line for line in text.splitlines() if not line.startswith(_NOT_YET)]
        items = [(item, source_of(one.submission, item.name)) for item in one.submission.items]
        command = _command(draft, one.submission.items, profiles)
        where = [sight.status.node for sight in takers(draft, nodes)]
        parts += [Line(f"# {one.deck}", Tone.TITLE), *map(Line, written), Line("# files:")]
        parts += _file_lines(items, brought=one.submission.sources or {})
        if command:
            parts.append(Line(f"# command: {' '.join(command)}"))
        parts.append(
            Line(f"# could run on: {', '.join(where)}" if where else _nowhere(draft, nodes))
        )
        documents.append(
            {
                "deck": str(one.deck),
                "ticket": "\n".join(written) + "\n",
                "files": [
                    {"name": i.name, "staged": i.staged, "source": str(p), "size": p.stat().st_size}
                    for i, p in items
                ],
                "command": list(command) or None,
                "nodes": where,
            }
        )
    parts.append(Line(f"{count(len(prepared), 'job')} would be queued; nothing was written."))
    return Screen({"tickets": documents}, parts)


def _nowhere(draft: Draft, nodes: Sequence[NodeSight]) -> str:
    return f"# could run nowhere now: {'; '.join(obstacles(draft, nodes))}"


def _file_lines(
    items: Iterable[tuple[Item, Path]], *, brought: Mapping[str, Path]
) -> Iterable[Line]:
    for item, path in items:
        staged = f"  (solved as {item.staged})" if item.staged != item.name else ""
        source = f"  (from {path})" if item.name in brought else ""
        yield Line(f"#   {item.name}  {format_size(path.stat().st_size)}{staged}{source}")


def _command(
    draft: Draft, items: Iterable[Item], profiles: Mapping[str, Profile]
) -> tuple[str, ...]:
    """As a node builds it, but for its own program and memory; empty for a node's own profile."""
    profile = profiles.get(draft.solver)
    if profile is None:
        return ()
    staged = next(item.staged for item in items if item.name == draft.input)
    arguments = SolverArguments(
        program=profile.program or draft.solver,
        job=staged.rpartition(".")[0] or staged,
        input=staged,
        run="RUN_FOLDER",
        cpus=draft.resources.cpus,
        gpus=draft.resources.gpus,
        memory_mb=(draft.resources.memory_bytes or 0) >> 20,
    )
    return build_command(profile, arguments, draft.options)
