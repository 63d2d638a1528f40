"""The folders of hooks on scratch: each hook of an attempt is a run of its own, beside the solver's.

<scratch>/<job>.g<generation>/hooks/<name>/run/      where the hook runs
                                           control/  its runner's records
"""

import shutil
from contextlib import suppress
from typing import Final

from node_service.processes import prepare_control
from node_service.processes.interface import SOLVER_ERR, SOLVER_OUT
from node_service.scratch import AttemptFolder

_HOOKS: Final = "hooks"
_SAID_BYTES: Final = 4096


def hook_folder(attempt: AttemptFolder, name: str) -> AttemptFolder:
    """The folder of a hook of the attempt, which may not exist yet."""
    return AttemptFolder(attempt.path / _HOOKS / name)


def prepare_hook(attempt: AttemptFolder, name: str) -> AttemptFolder:
    """The folder is there, prepared for a start; what was there stays. Raises OSError."""
    folder = hook_folder(attempt, name)
    folder.path.parent.mkdir(exist_ok=True)
    prepare_control(folder.path)
    return folder


def has_hooks(attempt: AttemptFolder) -> bool:
    """Whether any hook of the attempt was prepared."""
    return (attempt.path / _HOOKS).is_dir()


def hooks_of(attempt: AttemptFolder) -> list[AttemptFolder]:
    """The folders of all hooks of the attempt that were prepared."""
    with suppress(OSError):
        return [AttemptFolder(path) for path in sorted((attempt.path / _HOOKS).iterdir())]
    return []


def log_name(name: str) -> str:
    """The file of the run folder, and of the results, that holds what a hook has said."""
    return f"wam-hook-{name}.log"


def keep_said(attempt: AttemptFolder, name: str) -> str:
    """What the hook has said lies in the run folder; its last line."""
    folder = hook_folder(attempt, name)
    with (attempt.run / log_name(name)).open("wb") as log:
        for said in (SOLVER_OUT, SOLVER_ERR):
            with suppress(FileNotFoundError), (folder.run / said).open("rb") as text:
                shutil.copyfileobj(text, log)
    with (attempt.run / log_name(name)).open("rb") as log:
        size = log.seek(0, 2)
        log.seek(max(0, size - _SAID_BYTES))
        lines = log.read().decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def logs_of(attempt: AttemptFolder) -> list[str]:
    """The names of what the attempt's hooks have said, as far as it is kept."""
    return sorted(path.name for path in attempt.run.glob(log_name("*")))
