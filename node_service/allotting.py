"""What each job gets for itself: GPUs by number, and cores where the node keeps jobs apart.

What is taken is what the attempts say that this node holds; they say it on scratch, too, so that a
service started anew knows.
"""

from collections.abc import Mapping

from node_service.attempt import Attempt, held_and_carried
from node_service.node import Node
from node_service.processes import Core


class Allotting:
    """Gives out the GPUs and cores of one node. ``attempts`` are all that it holds."""

    def __init__(self, node: Node, attempts: Mapping[str, Attempt]) -> None:
        self._node = node
        self._attempts = attempts

    def allot(self, attempt: Attempt) -> None:
        """The attempt has the GPUs and cores that it asks for, or as many GPUs as are free.

        Where not enough cores are free (another number was offered before the last start) it has
        none of its own, and runs on any.
        """
        asked = attempt.ticket.draft.resources
        attempt.gpus = self.free_gpus()[: asked.gpus]
        cores = self._choose(asked.cpus)
        attempt.processors = tuple(sorted(p for core in cores for p in core.processors))

    def free_gpus(self) -> tuple[int, ...]:
        """The GPUs that no attempt of this node was given."""
        settings = self._node.settings
        numbers = settings.gpu_numbers or tuple(range(settings.gpus))
        taken = {gpu for attempt in self._held() for gpu in attempt.gpus}
        return tuple(gpu for gpu in numbers if gpu not in taken)

    def _held(self) -> list[Attempt]:
        return held_and_carried(self._attempts.values())[0]

    def _choose(self, count: int) -> tuple[Core, ...]:
        """So many free cores: of the socket that they fill best, else from all."""
        taken = {p for attempt in self._held() for p in attempt.processors}
        free = [core for core in self._node.cores if taken.isdisjoint(core.processors)]
        if len(free) < count:
            return ()
        sockets: dict[int, list[Core]] = {}
        for core in free:
            sockets.setdefault(core.package, []).append(core)
        fitting = [cores for cores in sockets.values() if len(cores) >= count]
        return tuple(min(fitting, key=len, default=free)[:count])
