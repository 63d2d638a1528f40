"""A node's settings file, looked at while the service runs: what can be followed is.

Whoever saves a file may be seen half way. So a change is followed when two looks have seen the
same, or at once when the service was asked to (SIGHUP). A file that is refused changes nothing;
``problems`` say so, in ``wam-node status`` and in ``wam status``, until it is put right.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from node_service.config_file import InForce, Signature, signature
from node_service.log import bound_log
from node_service.node import Node
from node_service.settings_table import SETTINGS, Setting
from spool_layout.errors import WamError

LOOK_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class SettingsSource:
    """Where a service's settings come from: a file, and how it is read with the command line."""

    file: Path
    read: Callable[[], InForce]


class Reloading:
    """Follows the settings file of one node. ``source`` None: there is none, nothing changes."""

    def __init__(self, node: Node, source: SettingsSource | None) -> None:
        self._node = node
        self._source = source
        self._clock = node.spool.clock
        self._due_s = self._clock.monotonic_s() + LOOK_S
        # As it was read at the start, or as near to that as can be told.
        self._followed = signature(source.file) if source else None
        self._seen = self._followed
        self._at_once = False
        self.problems: tuple[str, ...] = ()

    def soon(self) -> None:
        """The next look follows the file as it is. May be called from a signal's code."""
        self._at_once = True

    def look(self) -> bool:
        """The file as it is holds, as far as it can be followed; whether anything has changed."""
        now_s = self._clock.monotonic_s()
        at_once = self._at_once
        if at_once:  # only then: a signal that came between the two would be forgotten
            self._at_once = False
        if self._source is None or (now_s < self._due_s and not at_once):
            return False
        self._due_s = now_s + LOOK_S
        earlier, self._seen = self._seen, signature(self._source.file)
        if at_once or (self._seen == earlier and self._seen != self._followed):
            return self._follow(self._source, self._seen)
        return False

    def _follow(self, source: SettingsSource, seen: Signature | None) -> bool:
        self._followed = seen
        try:
            wanted = source.read()
        except WamError as error:
            self.problems = (f"{error.message}; the settings from before hold",)
            self._node.log.warning(
                "settings refused", extra={"why": error.message, "cure": error.cure}
            )
            return False
        self.problems = ()
        return self._apply(wanted)

    def _apply(self, wanted: InForce) -> bool:
        changed: dict[str, Any] = {}
        for setting in SETTINGS:
            now = getattr(self._node.settings, setting.field)
            new = getattr(wanted.settings, setting.field)
            if now == new:
                continue
            extra = {"setting": setting.name, "from": _shown(setting, now)}
            extra["to"] = _shown(setting, new)
            if setting.live:
                changed[setting.field] = new
                self._node.log.info("setting changed", extra=extra)
            else:
                self._node.log.warning("setting needs a restart", extra=extra)
        if "gpu_numbers" in changed:
            changed["gpus"] = wanted.settings.gpus
        if changed:
            self._node.settings = replace(self._node.settings, **changed)
            bound_log(self._node.log, self._node.settings.log_bounds())
        return bool(changed)


def _shown(setting: Setting, value: object) -> str:
    return "none" if value in (None, "") else setting.kind.show(value)
