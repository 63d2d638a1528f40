"""What a node consists of; put together in ``wiring``, and by tests from other parts."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from node_service.link import Link
from node_service.mail.post import Post
from node_service.processes import Core, Processes
from node_service.processes.machine_use import LookAtMachine, look_at_nothing
from node_service.processes.wakefulness import NoPowerManagement, PowerManagement
from node_service.scratch import Scratch
from node_service.settings import NodeSettings
from node_service.turn import Turn
from spool_layout.mail_events import Told
from spool_layout.profile import Profile
from wamspool.choose import Offer
from wamspool.clock import SystemClock
from wamspool.journal import Journal
from wamspool.lease import OwnLease
from wamspool.spool import Spool


@dataclass(frozen=True, slots=True)
class Notices:
    """The node's own notification addresses, whatever tickets say: the way there, and what goes."""

    post: Post
    told: frozenset[Told]


@dataclass(slots=True)
class Node:
    """The parts that everything a node does is done with. ``settings`` alone is ever replaced, when
    their file has changed: ask the node for them each time. The rest stays as it was made.

    ``programs`` holds the full path of each profile's program, for the profiles that this
    machine can run; ``lacking`` says of which the configured program was not there when the service
    started; ``environment`` is what solvers inherit; ``home`` tells
    one service from another of the same name: its host and scratch. ``post`` is None where the
    spool has no mail server. ``cores`` are given out to jobs; empty where all share them.
    """

    settings: NodeSettings
    spool: Spool
    lease: OwnLease
    scratch: Scratch
    processes: Processes
    profiles: Mapping[str, Profile]
    programs: Mapping[str, str]
    environment: Mapping[str, str]
    journal: Journal
    log: logging.Logger
    boot: str
    version: str
    home: str = ""
    lacking: tuple[str, ...] = ()
    solver_versions: Mapping[str, str] = field(default_factory=dict)
    post: Post | None = None
    power: PowerManagement = field(default_factory=NoPowerManagement)
    notices: Notices | None = None
    cores: tuple[Core, ...] = ()
    machine_use: LookAtMachine = look_at_nothing
    link: Link = field(default_factory=lambda: Link(SystemClock()))
    turn: Turn = field(default_factory=Turn)

    @property
    def name(self) -> str:
        """The node's name."""
        return self.settings.name

    def whole(self) -> Offer:
        """All that the node has to give."""
        return Offer(
            node=self.name,
            cpus=self.settings.cpus,
            memory_bytes=self.settings.memory_bytes,
            gpus=self.settings.gpus,
            scratch_bytes=self.scratch.free_bytes(),
            tags=self.settings.tags,
            solvers=tuple(sorted(self.programs)),
        )

    def family_of(self, solver: str) -> str:
        """The family of a solver profile; of one that is not known here, that of plain programs."""
        profile = self.profiles.get(solver)
        return profile.family if profile else "command"
