"""Solver runs as processes: started under a runner that outlives the service, found again later.

``processes_of_this_system`` chooses the implementation; ``interface`` has the types.
"""

import sys

from node_service.processes.cores import Core, find_cores
from node_service.processes.interface import (
    Ended,
    Launch,
    LaunchFailed,
    NotStarted,
    Processes,
    Running,
    RunState,
    Usage,
    Vanished,
)
from node_service.processes.records import prepare_control, signal_name

__all__ = [
    "Core",
    "Ended",
    "Launch",
    "LaunchFailed",
    "NotStarted",
    "Processes",
    "RunState",
    "Running",
    "Usage",
    "Vanished",
    "find_cores",
    "prepare_control",
    "processes_of_this_system",
    "signal_name",
]


def processes_of_this_system() -> Processes:
    """The implementation for the system that this runs on."""
    if sys.platform == "win32":
        from node_service.processes.windows import WindowsProcesses  # noqa: PLC0415

        return WindowsProcesses()
    else:  # noqa: RET505 - a type checker that looks as Windows must not follow this import
        from node_service.processes.posix import PosixProcesses  # noqa: PLC0415

        return PosixProcesses()
