"""The part of ``Processes`` that every system shares: it lives off the records."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import psutil

from node_service.processes.asking import start_unattended
from node_service.processes.interface import (
    MARKER,
    RUN_FOLDER,
    TOLD_OUT,
    Ended,
    Launch,
    LaunchFailed,
    NotStarted,
    Running,
    RunState,
    Usage,
    Vanished,
)
from node_service.processes.members import (
    find_marked,
    find_members,
    find_recorded_runner,
    find_unrecorded_runner,
    is_runner,
    kill_below,
    kill_marked,
    lives,
)
from node_service.processes.records import (
    RunnerRecord,
    control_folder,
    find_boot,
    find_end,
    find_runner,
    start_was_claimed,
)
from node_service.processes.usage import Membership, sum_memory_bytes, sum_usage

SUSPEND_ROUNDS = 20


class RecordedProcesses(ABC):
    """Runs known by their records; a subclass knows how its system spawns and asks to end."""

    def __init__(self) -> None:
        self._lingering: dict[Path, psutil.Process] = {}
        self._membership = Membership(self._session_of)

    def start(self, launch: Launch) -> None:
        """See Processes."""
        if not launch.command or not Path(launch.command[0]).is_absolute():
            program = launch.command[0] if launch.command else ""
            raise LaunchFailed(
                f"the solver's program '{program}' is not given by its full path",
                cure="Name the program with its full path, or one that is found on PATH.",
            )
        control = control_folder(launch.attempt_folder)
        try:
            self._spawn(launch, {**launch.environment, MARKER: str(control)})
        except (OSError, ValueError) as error:  # ValueError: a zero byte in the command
            raise LaunchFailed(
                f"the runner for {launch.attempt_folder} could not be started: {error}"
            ) from error

    def examine(self, attempt_folder: Path, *, whole_tree: bool = False) -> RunState:
        """See Processes."""
        self._reap()
        state = self._look(attempt_folder)
        if isinstance(state, (NotStarted, Vanished)) or _is_orphan(state):
            # A short run may have begun and ended between two looks at different things. So may a
            # launcher whose analysis goes on: taken for an orphan, a good analysis was killed.
            state = self._look(attempt_folder)
        if whole_tree and isinstance(state, Ended):
            return self._find_lingering(attempt_folder) or state
        return state

    def tell(
        self, attempt_folder: Path, command: tuple[str, ...], environment: Mapping[str, str]
    ) -> None:
        """See Processes."""
        control = control_folder(attempt_folder)
        try:
            start_unattended(
                command,
                folder=attempt_folder / RUN_FOLDER,
                environment={**environment, MARKER: str(control)},
                output=control / TOLD_OUT,
            )
        except (OSError, ValueError) as error:
            raise LaunchFailed(f"'{' '.join(command)}' could not be started: {error}") from error

    def stop(self, attempt_folder: Path, *, force: bool) -> None:
        """See Processes."""
        control = control_folder(attempt_folder)
        runner = self._find_runner(attempt_folder)
        if not force:
            if find_end(attempt_folder):
                runner = None  # it is about to go; what it has left behind is not below it
            self._ask_to_end(runner, self._members(control, runner))
            return
        if runner is not None:
            kill_below(runner, self._session_of)
        kill_marked(control)

    def suspend(self, attempt_folder: Path) -> None:
        """See Processes."""
        stopped: set[psutil.Process] = set()
        for _ in range(SUSPEND_ROUNDS):  # what one starts while another is being stopped
            fresh = [p for p in self._solver_of(attempt_folder) if p not in stopped]
            if not fresh:
                return
            for process in fresh:
                with contextlib.suppress(psutil.Error):
                    process.suspend()
            stopped.update(fresh)

    def resume(self, attempt_folder: Path) -> None:
        """See Processes."""
        for process in self._solver_of(attempt_folder):
            with contextlib.suppress(psutil.Error):
                process.resume()

    def _solver_of(self, attempt_folder: Path) -> list[psutil.Process]:
        control = control_folder(attempt_folder)
        members = self._members_of([attempt_folder])[attempt_folder]
        return [member for member in members if not is_runner(member, control)]

    @abstractmethod
    def watch_end(self, attempt_folder: Path, wake: Callable[[], None]) -> None:
        """See Processes."""

    def usages(self, attempt_folders: Collection[Path]) -> dict[Path, Usage]:
        """See Processes."""
        found = self._members_of(attempt_folders, afresh=False)
        sums = {folder: sum_usage(members) for folder, members in found.items()}
        return {folder: usage for folder, usage in sums.items() if usage is not None}

    def memory_bytes(self, attempt_folder: Path) -> int | None:
        """See Processes."""
        return sum_memory_bytes(self._members_of([attempt_folder])[attempt_folder])

    def _members_of(
        self, attempt_folders: Collection[Path], *, afresh: bool = True
    ) -> dict[Path, list[psutil.Process]]:
        controls = {control_folder(folder): folder for folder in attempt_folders}
        leaders = {
            runner.pid: control
            for control, folder in controls.items()
            if (runner := self._find_runner(folder)) is not None
        }
        found = self._membership.look(leaders, set(controls), afresh=afresh)
        return {controls[control]: members for control, members in found.items()}

    def _look(self, attempt_folder: Path) -> RunState:
        # First, as it may end and be reaped at any moment: its record is there by then.
        child = self._find_child(attempt_folder)
        if end := find_end(attempt_folder):
            return end
        # Nobody need look through all processes of the machine for it, which took longer than all
        # else that is done for a short job.
        if child is not None:
            return Running(child.pid, child.create_time())
        # Before the search: a runner that claims its start during it may have been passed already,
        # and was then taken for one that had died. Its job was run twice.
        was_claimed = start_was_claimed(attempt_folder)
        with contextlib.suppress(psutil.Error):
            if runner := self._find_runner(attempt_folder):
                return Running(runner.pid, runner.create_time())
        with contextlib.suppress(psutil.Error):
            for member in find_marked(control_folder(attempt_folder)):
                return Running(member.pid, member.create_time(), orphaned=True)
        return self._absence(find_runner(attempt_folder)) if was_claimed else NotStarted()

    def _find_lingering(self, attempt_folder: Path) -> Running | None:
        """Looks at all processes only when the one that was found before has ended."""
        known = self._lingering.pop(attempt_folder, None)
        with contextlib.suppress(psutil.Error):
            if known is None or not lives(known):
                # Twice: a process that is just being replaced by another program has no marker,
                # and one that starts its successor and ends may do so behind the search's back.
                control = control_folder(attempt_folder)
                known = next(iter(find_marked(control) or find_marked(control)), None)
            if known is not None:
                self._lingering[attempt_folder] = known
                return Running(known.pid, known.create_time(), lingering=True)
        return None

    def _absence(self, record: RunnerRecord | None) -> RunState:
        if record is not None and record.boot != find_boot():
            return Vanished("the machine was restarted while the solver ran")
        if record is None:
            return Vanished("the runner was gone before it could start the solver")
        return Vanished("the runner and the solver were killed from outside")

    def _find_runner(self, attempt_folder: Path) -> psutil.Process | None:
        control = control_folder(attempt_folder)
        record = find_runner(attempt_folder)
        child = self._find_child(attempt_folder)
        if child is not None and (record is None or record.pid == child.pid) and lives(child):
            return child
        if record is None:
            return find_unrecorded_runner(control)
        return find_recorded_runner(record, control)

    def _find_child(self, attempt_folder: Path) -> psutil.Process | None:
        """The first runner of this attempt that this process has spawned and not reaped, so that
        its pid is nobody else's; None where nobody keeps account.
        """
        del attempt_folder
        return None

    def _members(self, control: Path, runner: psutil.Process | None) -> list[psutil.Process]:
        if runner is None:
            return find_marked(control)
        return find_members(runner, self._session_of)

    @abstractmethod
    def _spawn(self, launch: Launch, environment: Mapping[str, str]) -> None:
        """A runner has been spawned, detached from this process; raises OSError."""

    @abstractmethod
    def _ask_to_end(self, runner: psutil.Process | None, members: list[psutil.Process]) -> None:
        """The solver has been asked to end; what lives may be the members only."""

    @abstractmethod
    def _session_of(self, pid: int) -> int | None:
        """The session of a process; None where there is none."""

    @abstractmethod
    def _reap(self) -> None:
        """Runners that ended as children of this process are no zombies any more."""


def _is_orphan(state: RunState) -> bool:
    return isinstance(state, Running) and state.orphaned
