"""``wam monitor``: a job's status files in a folder of this machine, and where the job stands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from client_tools.live_texts import LiveTexts
from client_tools.logs import TEXT_SUFFIXES, log_folder
from client_tools.phrases import where
from client_tools.snapshots import Snapshot, Snapshots
from client_tools.waiting import LOOK_S, Watch
from spool_layout.records import JobOnNode
from spool_layout.states import State
from wamspool.errors import Gone, Unreachable
from wamspool.find import Account, Found
from wamspool.spool import Spool
from wamspool.transition import Place

STATUS_SUFFIXES = tuple(set(TEXT_SUFFIXES) - {".inp", ".yaml"})


@dataclass(frozen=True, slots=True)
class Monitored:
    """How a job stands, and its status files as they are here now."""

    account: Account
    taken: tuple[Snapshot, ...]


@dataclass(slots=True)
class Monitor:
    """Copies the status files of one job. ``tell`` gets a line whenever the job stands otherwise;
    ``passing`` what has been added.
    """

    spool: Spool
    target: Path
    force: bool
    tell: Callable[[str], None]
    passing: Callable[[str], None]
    _snapshots: Snapshots | None = None
    _said: str = ""
    _texts: LiveTexts = field(init=False)

    def __post_init__(self) -> None:
        self._texts = LiveTexts(self.spool)

    def take(self, found: Found) -> tuple[Snapshot, ...]:
        """The status files are here as they are now. Raises WouldOverwrite, ShareError."""
        if self._snapshots is None:
            share, clock = self.spool.share, self.spool.clock
            self._snapshots = Snapshots(share, self.target, clock, force=self.force)
        there = log_folder(self.spool.share, found)
        if there is None:
            return ()
        names = [n for n in there.names if "/" not in n and n.lower().endswith(STATUS_SUFFIXES)]
        ended = found.state is State.DONE
        return tuple(self._snapshots.take(there.folder, names, ended=ended))

    def follow(self, job: str) -> Monitored:
        """The job is done, and its status files are here whole. Raises as ``take`` does."""
        watch = Watch(self.spool, [job])
        while True:
            look = watch.look()
            for place, said in look.flying:
                self._see(job, place, said)
            for account in look.ended:
                return Monitored(account, self.take(account.found))
            self.spool.clock.sleep(LOOK_S)

    def _see(self, job: str, place: Place, said: JobOnNode | None) -> None:
        words = f"{job} {where(place, said)}"
        if words != self._said:
            self._said = words
            self.tell(words)
        self._texts.ask(place)
        try:
            taken = self.take(Found(job, place.state, place=place))
        except (Gone, Unreachable):  # it is just being published; or an outage, which is waited for
            return
        if added := [f"{one.name} +{one.added_bytes} B" for one in taken if one.added_bytes]:
            self.passing(", ".join(added))
