"""Words for the shell's TAB: jobs, nodes, solver profiles. Quick, and silent when anything is amiss."""

# ruff: noqa: PLC0415 - a command that completes nothing loads none of it

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wamspool.spool import Spool

PATIENCE_S: Final = 1.0
WORDS_MAX: Final = 200


def complete_jobs(incomplete: str) -> list[str]:
    """Jobs whose names begin so: those in flight, and those done in the newest month.

    After an @ the batches of jobs in flight.
    """
    return _beginning(incomplete, _batches if incomplete.startswith("@") else _jobs)


def complete_nodes(incomplete: str) -> list[str]:
    """Nodes whose names begin so."""
    return _beginning(incomplete, _nodes)


def complete_jobs_and_nodes(incomplete: str) -> list[str]:
    """Both, for what acts on either."""
    return _beginning(incomplete, lambda spool: [*_jobs(spool), *_nodes(spool)])


def complete_solvers(incomplete: str) -> list[str]:
    """Solver profiles whose names begin so: those of WAM, and those that nodes have."""
    return _beginning(incomplete, _solvers)


def _beginning(incomplete: str, words: Callable[["Spool"], Iterable[str]]) -> list[str]:
    start = incomplete.lower()
    found: list[str] = []

    def look() -> None:
        try:
            found.extend(sorted(w for w in words(_spool()) if w.startswith(start))[:WORDS_MAX])
        except Exception:  # noqa: BLE001 - a person types: whatever it is, it is not for now
            found.clear()

    # A mount whose server is away keeps its callers for minutes.
    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(PATIENCE_S)
    return [] if looking.is_alive() else found


def _spool() -> "Spool":
    from client_tools import config, wiring
    from wamspool.open_share import open_share
    from wamspool.spool import open_spool

    clock = wiring.system_clock()
    location = config.configured_spool(None) or ""
    return open_spool(open_share(location, clock, environment=wiring.environment()), clock)


def _jobs(spool: "Spool") -> Iterable[str]:
    from wamspool.find import done_in, find_flying
    from wamspool.publish import months

    jobs = list(find_flying(spool.share))
    for month in months(spool.share)[:1]:
        jobs += done_in(spool.share, month)
    return jobs


def _batches(spool: "Spool") -> Iterable[str]:
    from client_tools.tickets_shown import tickets_at
    from wamspool.find import find_flying

    places = [found.place for found in find_flying(spool.share).values() if found.place]
    tickets = tickets_at(spool, places[:WORDS_MAX]).values()
    return {f"@{ticket.draft.batch}" for ticket in tickets if ticket.draft.batch}


def _nodes(spool: "Spool") -> Iterable[str]:
    from wamspool.snapshot import newest_beats

    return newest_beats(spool.share)


def _solvers(spool: "Spool") -> Iterable[str]:
    from client_tools.fit import announced_solvers
    from wamspool.offers import nodes_of
    from wamspool.profiles.load import load_profiles

    return {*load_profiles({}), *announced_solvers(nodes_of(spool))}
