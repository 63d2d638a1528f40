"""What a node's administrator decides. What each setting means stands in ``settings_table``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from node_service.hooks import Hook
from node_service.log import LOG_AGE_S, LOG_FILES, LOG_SIZE_BYTES, LogBounds
from node_service.opening import KeptBack, Outside
from spool_layout.windows import Window

POLL_S: Final = 1.0
POLL_WITH_EVENTS_S: Final = 5.0
STATUS_S: Final = 2.0
LIVE_S: Final = 5.0
INLINE_BYTES: Final = 4 << 20
TICKETS_READ_AT_ONCE: Final = 200
TICKETS_KEPT: Final = 10_000
DROPS_AT_ONCE: Final = 16
QUERY_EVERY_S: Final = 60.0
QUERY_LIMIT_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceQuery:
    """How a node asks a licence server. ``pattern`` has the figure in its one pair of brackets.

    ``counts_all``: the figure holds what WAM's own jobs use, too.
    """

    command: tuple[str, ...]
    pattern: str
    every_s: float = QUERY_EVERY_S
    limit_s: float = QUERY_LIMIT_S
    counts_all: bool = True


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """One node's settings. ``programs`` names the program of a profile on this machine.
    ``gpu_numbers``: which ``gpus`` are offered; () means the first ones.

    All but ``once`` and ``until_idle``, which are for one call alone, are in ``settings_table``.
    """

    name: str
    scratch: Path
    cpus: int
    memory_bytes: int
    gpus: int = 0
    gpu_numbers: tuple[int, ...] = ()
    pin_cores: bool = False
    tags: tuple[str, ...] = ()
    programs: Mapping[str, str] = field(default_factory=dict)
    profiles: Path | None = None
    poll_s: float | None = None
    events: bool = True
    once: bool = False
    until_idle: bool = False
    keep_scratch: bool = False
    keep_aside_s: float = 30 * 86400.0
    stage_out_rate_bytes_s: float | None = None
    windows: tuple[Window, ...] = ()
    outside: str = Outside.FINISH
    keep_back: tuple[KeptBack, ...] = ()
    measure_memory: bool = True
    hooks: tuple[Hook, ...] = ()
    keep_awake: bool = True
    spool: str = ""
    verbose: bool = False
    mail_file: Path | None = None
    licences: Mapping[str, LicenceQuery] = field(default_factory=dict)
    log_size_bytes: int = LOG_SIZE_BYTES
    log_files: int = LOG_FILES
    log_age_s: float = LOG_AGE_S

    def log_bounds(self) -> LogBounds:
        """What bounds the node's log."""
        return LogBounds(self.verbose, self.log_size_bytes, self.log_files, self.log_age_s)
