"""What is kept of a run that stands still, or has stood still: on scratch, for any later service."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Final

BY_MAX: Final = 60
WHY_MAX: Final = 130


@dataclass(frozen=True, slots=True)
class Standstill:
    """``asked``: somebody, ``by``, wants it so. ``since``: in UTC, when the run was made to stand
    still; empty while it runs. ``halted``: its processes are stopped; until then only its solver
    was asked. ``stood_s``: how long it has stood still before, which counts to no walltime.
    """

    asked: bool = False
    by: str = ""
    why: str = ""
    since: str = ""
    halted: bool = False
    stood_s: float = 0.0

    @property
    def is_still(self) -> bool:
        """Whether the run was made to stand still, and not to go on since."""
        return bool(self.since)

    @property
    def reason(self) -> str:
        """Why it stands still, as a phrase; empty while it runs."""
        if not self.since:
            return ""
        if not self.asked:
            return "outside of the node's hours"
        return f"asked by {self.by or 'somebody unknown'}{f': {self.why}' if self.why else ''}"


def format_standstill(standstill: Standstill) -> str:
    """One line; ``parse_standstill`` reads it back, long words cut off."""
    noted = asdict(standstill)
    noted |= {"by": standstill.by[:BY_MAX], "why": standstill.why[:WHY_MAX]}
    return json.dumps(noted, ensure_ascii=False)


def parse_standstill(text: str) -> Standstill:
    """What the line says; one that is damaged or was never written is of a run that runs."""
    try:
        noted = json.loads(text)
        kinds = {f.name: f.type for f in fields(Standstill)}
        known = {name: value for name, value in noted.items() if name in kinds}
        if all(isinstance(value, _KINDS[kinds[name]]) for name, value in known.items()):
            return Standstill(**known)
    except (ValueError, TypeError, AttributeError):
        pass
    return Standstill()


_KINDS: Final[dict[object, tuple[type, ...]]] = {bool: (bool,), str: (str,), float: (float, int)}
