"""A node at which one job after the other fails for its own sake takes no more of them.

Else a machine with a broken scratch disk or without its solver would empty the whole queue, since
it is always free. What a job fails for by itself (its deck, its licences, its limits) counts for
nothing. Kept in memory: a service started anew tries once more.
"""

from typing import Final

JOBS_IN_A_ROW: Final = 3
WHY_LENGTH_MAX: Final = 160


class OwnFaults:
    """The jobs in a row that could not be run here, each with the reason."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._whys: dict[str, str] = {}
        self._since = ""

    def note(self, job: str, why: str, *, now: str) -> bool:
        """The job could not be run here. True when with it the node has stopped taking jobs."""
        self._whys[job] = why[:WHY_LENGTH_MAX].rstrip(" .")
        if self.stand or len(self._whys) < JOBS_IN_A_ROW:
            return False
        self._since = now
        return True

    def note_run(self) -> None:
        """A solver has run here; a node that has stopped for these faults stays so."""
        if not self.stand:
            self._whys.clear()

    def forget(self) -> None:
        """Somebody says that it is mended."""
        self._whys.clear()
        self._since = ""

    @property
    def stand(self) -> bool:
        """Whether the node takes no jobs for them."""
        return bool(self._since)

    @property
    def problem(self) -> str:
        """Since when and why, and what to do, as a sentence; empty while jobs are taken."""
        if not self.stand:
            return ""
        jobs_of: dict[str, list[str]] = {}
        for job, why in list(self._whys.items())[:JOBS_IN_A_ROW]:
            jobs_of.setdefault(why, []).append(job)
        whys = "; ".join(f"{', '.join(jobs)}: {why}" for why, jobs in jobs_of.items())
        return (
            f"takes no more jobs since {self._since}: {JOBS_IN_A_ROW} different jobs in a row "
            f"could not be run here, as it seems for this node's sake ({whys}). "
            f"Mend it, then: wam resume {self._node}"
        )
