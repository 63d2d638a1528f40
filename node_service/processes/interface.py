"""What the service asks of the machine about a run, and what it may be told."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Protocol

from spool_layout.errors import WamError

RUN_FOLDER: Final = "run"
"""Below the attempt's folder: the solver's working folder."""
CONTROL_FOLDER: Final = "control"
"""Below the attempt's folder: the runner's records."""
SOLVER_OUT: Final = "solver.out"
"""In the run folder: everything the solver wrote to its standard output."""
SOLVER_ERR: Final = "solver.err"
"""In the run folder: everything the solver wrote to its standard error."""
TOLD_OUT: Final = "told.out"
"""In the control folder: what the commands wrote that a run was told by."""
MARKER: Final = "WAM_CONTROL"
"""Set in the environment of every process of a run, to the run's control folder."""


class LaunchFailed(WamError):
    """The run could not be started on this node; nothing of it is running."""

    exit_code: ClassVar[int] = 45
    remedy: ClassVar[str] = "Check the solver profile's program and the node's scratch folder."


@dataclass(frozen=True, slots=True)
class Launch:
    """All that is needed to start one attempt.

    ``attempt_folder`` has been through ``prepare_control``. ``command`` begins with an absolute
    path. ``environment`` is the solver's whole environment, but for the marker that is added.
    ``processors``: the logical processors that the run is kept on, where the system can; () for any.
    """

    attempt_folder: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]
    processors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NotStarted:
    """No runner has claimed the start and none is on its way."""


@dataclass(frozen=True, slots=True)
class Running:
    """The run goes on. ``started`` is Unix time by the node's clock, for people only.

    ``pid`` is the runner's; where ``orphaned`` the runner is gone but processes of its session
    live on (``pid`` is one of them), and how they end will never be known. ``lingering``: the
    program has ended, and processes that it started live on (``pid`` is one of them).
    """

    pid: int
    started: float
    orphaned: bool = False
    lingering: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """The runner wrote down how the solver ended.

    ``exit_code`` is None where a signal ended it (and ``signal`` is None elsewhere). ``cpu_s``
    counts the solver and all children it waited for, with a job object all processes of the run;
    None where the system does not tell. ``ended_at`` is Unix time by the node's clock, for people
    only. ``memory_peak_bytes``, where the system has told, is the highest resident set of one
    process of the run; with a job object the most that all of them have had committed at a time.
    ``was_told``: the runner had been told to end before that, too (SIGTERM), by this service or by
    whoever asks all processes to end, as a machine does that is shut down.
    """

    exit_code: int | None
    signal: int | None
    cpu_s: float | None
    ended_at: float
    memory_peak_bytes: int | None = None
    was_told: bool = False


@dataclass(frozen=True, slots=True)
class Vanished:
    """It was started, nothing of it lives, and no end was recorded. ``reason`` is a sentence."""

    reason: str


RunState = NotStarted | Running | Ended | Vanished


@dataclass(frozen=True, slots=True)
class Usage:
    """What the living processes of a run use together.

    ``cpu_s`` is what they have used since they began, with the children that they waited for; it
    falls when one of them ends that nobody waited for. ``memory_bytes`` adds up resident sets, so
    that memory shared between processes counts more than once. ``peak_memory_bytes`` is that, or
    the highest resident set that one of them has ever had, whichever is more. With a job object
    (Windows) ``cpu_s`` never falls, and the peak is what all had committed at a time.
    ``is_suspended``: at least one of them was stopped by a signal, and waits to be continued.
    """

    cpu_s: float
    memory_bytes: int
    peak_memory_bytes: int
    is_suspended: bool = False


class Processes(Protocol):
    """Runs of attempts on this machine, each known by its attempt folder alone.

    Nothing is kept in memory that a service started anew would miss.
    """

    def start(self, launch: Launch) -> None:
        """A runner for the attempt has been spawned, detached from this process.

        Not promised: that it got as far as the solver (``examine`` tells). Started twice, by
        whomever, the attempt still runs once. Raises LaunchFailed.
        """
        ...

    def examine(self, attempt_folder: Path, *, whole_tree: bool = False) -> RunState:
        """How the run stands; true when it was looked at, not after.

        ``whole_tree``: it goes on while any process of it lives, also after the program itself
        has ended. Not seen are processes that cleared their environment.
        """
        ...

    def tell(
        self, attempt_folder: Path, command: tuple[str, ...], environment: Mapping[str, str]
    ) -> None:
        """The command has been started in the run's folder; nobody waits for it or its answer.

        It belongs to the run from then on, so that a forced stop ends it too. What it says lies in
        the control folder. Raises LaunchFailed.
        """
        ...

    def stop(self, attempt_folder: Path, *, force: bool) -> None:
        """The processes of the run have been asked to end, or with ``force`` have been killed.

        Polite: SIGTERM where there are signals; no waiting. Force: the whole tree, with members
        that left their parent; waits some seconds at most for them to be gone. The runner is
        spared, so that the end is recorded. Does nothing where nothing lives.
        """
        ...

    def suspend(self, attempt_folder: Path) -> None:
        """The run's processes, all but its runner, are stopped, until ``resume``.

        With them what they have started meanwhile, as far as it was seen. Their memory, files and
        connections stay theirs; the other end of a connection may lose its patience.
        """
        ...

    def resume(self, attempt_folder: Path) -> None:
        """The run's processes go on; does nothing to those that were not stopped."""
        ...

    def watch_end(self, attempt_folder: Path, wake: Callable[[], None]) -> None:
        """``wake`` is called soon after the runner ends, from another thread.

        Not promised on every system: polling with ``examine`` is the contract.
        """
        ...

    def usages(self, attempt_folders: Collection[Path]) -> dict[Path, Usage]:
        """What these runs use now; those of which nothing lives are left out.

        One look at all processes of the machine, however many runs there are.
        """
        ...

    def memory_bytes(self, attempt_folder: Path) -> int | None:
        """The memory of the run now, shared memory counted once; None when nothing of it lives.

        Dearer than ``usages``: the system walks the page tables of each process.
        """
        ...
