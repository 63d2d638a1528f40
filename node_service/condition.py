"""What is to be said of a node: whether it takes jobs, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from node_service.attempt import Attempt
from node_service.claiming import Claiming
from node_service.draining import Draining
from node_service.heartbeat import Heartbeat
from node_service.mailing import posts_of
from node_service.node import Node
from node_service.outage import Outage
from node_service.reloading import Reloading
from node_service.room import Room
from node_service.wakefulness import Wakefulness


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition of one node, gathered from those that watch over a part of it."""

    node: Node
    attempts: Mapping[str, Attempt]
    claiming: Claiming
    draining: Draining
    wakefulness: Wakefulness
    reloading: Reloading
    room: Room
    outage: Outage
    heartbeat: Heartbeat

    def state(self) -> str:
        """The word of the node's status; 'up': it takes jobs."""
        state = "draining" if self.wakefulness.is_leaving else self.draining.state
        return self.claiming.courtesy.state(state)

    def problems(self) -> tuple[str, ...]:
        """Sentences for the node's status."""
        said = ((a.job, words) for a in self.attempts.values() for words in (a.problem, a.remark))
        of_attempts = tuple(f"{job}: {words}" for job, words in said if words)
        of_share = dict.fromkeys(p for p in (self.outage.problem, self.heartbeat.problem) if p)
        of_mail = tuple(p for post in posts_of(self.node) for p in post.problems())
        of_node = (
            *self.draining.problems,
            *self.wakefulness.problems,
            *self.reloading.problems,
            *self.room.problems,
            *self.claiming.licences.problems(),
        )
        return (*of_node, *of_share, *of_attempts, *of_mail)
