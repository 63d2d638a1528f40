"""All checks of one machine, and running them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from spool_layout.errors import WamError
from spool_layout.probe_record import Finding, Mark
from wamspool.errors import ShareError
from wamspool.probe import cost, promises, sight, surroundings
from wamspool.probe.ground import Ground


@dataclass(frozen=True, slots=True)
class Check:
    """``decides``: a share on which it cannot be carried out is refused."""

    name: str
    run: Callable[[Ground], Finding]
    decides: bool


CHECKS = (
    Check("rights", promises.check_rights, decides=True),
    Check("door", promises.check_door, decides=True),
    Check("create", promises.check_create, decides=True),
    Check("move", promises.check_move, decides=True),
    Check("contended-move", promises.check_contended_move, decides=False),
    Check("listing", sight.check_listing, decides=True),
    Check("append", sight.check_append, decides=True),
    Check("copy", cost.check_copy, decides=True),
    Check("content", sight.check_content, decides=False),
    Check("lookups", sight.check_lookups, decides=False),
    Check("locks", sight.check_locks, decides=False),
    Check("notify", sight.check_notify, decides=False),
    Check("writers", sight.check_writers, decides=False),
    Check("clock", surroundings.check_clock, decides=False),
    Check("owner", surroundings.check_owner, decides=False),
    Check("case", surroundings.check_case, decides=False),
    Check("names", surroundings.check_names, decides=False),
    Check("space", surroundings.check_space, decides=False),
    Check("latency", cost.check_latency, decides=False),
)


def run_checks(
    ground: Ground, *, begins: Callable[[Check], None] = lambda _: None
) -> Iterator[Finding]:
    """The findings, one after the other. ``begins`` is told of each check before it is run.

    An error of the share becomes the finding of its check; any other is raised.
    """
    for check in CHECKS:
        begins(check)
        yield carried_out(check, ground)


def carried_out(check: Check, ground: Ground) -> Finding:
    """The check's finding; what kept it from ending is one too."""
    try:
        return check.run(ground)
    except ShareError as error:
        return hindered(check.name, error, decides=check.decides)


def hindered(name: str, error: WamError, *, decides: bool) -> Finding:
    """A check that an error of the share has ended."""
    mark = Mark.FAILED if decides else Mark.UNKNOWN
    return Finding(name, mark, f"Could not be measured: {error.message}.", cure=error.cure)
