"""``wam log -f``: a job's output as it grows, through waiting, restarts and its end."""

from collections.abc import Iterable

from client_tools.errors import NothingThere
from client_tools.live_texts import LiveTexts
from client_tools.logs import LogFolder, Tail, last_lines, log_folder
from client_tools.phrases import evidence_lines, outcome_line, where
from client_tools.views.output import Output
from client_tools.views.screen import Tone
from client_tools.waiting import LOOK_S, Watch
from spool_layout import folders
from spool_layout.names import parse_ticket_name
from spool_layout.states import Outcome, State
from spool_layout.units import count
from wamspool.ageing import turn_of
from wamspool.errors import Gone
from wamspool.find import Account, Found
from wamspool.spool import Spool
from wamspool.transition import Place


class Follower:
    """Prints what one job says until it is done."""

    def __init__(
        self, spool: Spool, job: str, output: Output, *, name: str | None, lines: int
    ) -> None:
        self._spool = spool
        self._job = job
        self._output = output
        self._name = name
        self._lines = lines
        self._texts = LiveTexts(spool)
        self._tail: Tail | None = None
        self._said = ""

    def follow(self) -> Outcome | None:
        """The job's outcome has been printed, and is returned."""
        watch = Watch(self._spool, [self._job])
        while True:
            look = watch.look()
            for place, _ in look.flying:
                self._see(place)
            for account in look.ended:
                return self._end(account)
            self._spool.clock.sleep(LOOK_S)

    def _see(self, place: Place) -> None:
        self._say(place)
        self._texts.ask(place)
        try:
            self._read(Found(self._job, place.state, place=place))
        except Gone:  # it is just being published, or another attempt begins
            return

    def _say(self, place: Place) -> None:
        words = where(place, None).partition(",")[0]
        if words == self._said:
            return
        self._said = words
        if place.state in {State.QUEUED, State.HELD}:
            self._tail = None
        if place.state is State.QUEUED:
            words = place_in_queue(self._spool, place)
        self._output.line(f"-- {self._job} {words}", Tone.QUIET)

    def _read(self, found: Found) -> None:
        there = log_folder(self._spool.share, found)
        if there is None:
            return
        name = chosen(there, self._name, found.job, strict=False)
        if name is None:
            return
        path = f"{there.folder}/{name}"
        if self._tail is None or self._tail.path.rpartition("/")[2] != name:
            lines, offset = last_lines(self._spool.share, path, self._lines)
            self._print(lines)
            self._tail = Tail(self._spool.share, path, offset)
        elif self._tail.path != path:  # a new generation writes a new copy
            self._tail = Tail(self._spool.share, path, 0)
        self._print(self._tail.new_lines())

    def _print(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._output.line(line)

    def _end(self, account: Account) -> Outcome | None:
        there = log_folder(self._spool.share, account.found)
        name = chosen(there, self._name, self._job, strict=False) if there else None
        if there and name:
            self._read_to_the_end(f"{there.folder}/{name}", name)
        if account.outcome is None:
            return None
        for line in (outcome_line(self._job, account.outcome), *evidence_lines(account.outcome)):
            self._output.line(line.text, line.tone)
        return account.outcome.outcome

    def _read_to_the_end(self, path: str, name: str) -> None:
        if self._tail is None or self._tail.path.rpartition("/")[2] != name:
            self._print(last_lines(self._spool.share, path, self._lines)[0])
            return
        # The live copy is the beginning of what the results hold, unless it was another attempt's.
        if self._tail.offset > self._spool.share.examine(path).size_bytes:
            self._tail = Tail(self._spool.share, path, 0)
        self._tail.go_on_in(path)
        self._print(self._tail.new_lines())
        self._print(self._tail.rest())


def chosen(there: LogFolder, name: str | None, job: str, *, strict: bool = True) -> str | None:
    """The file that is meant. Raises NothingThere for a name that is not there, when strict."""
    if name is None:
        return there.names[0] if there.names else None
    fits = [known for known in there.names if known == name or known.endswith(name)]
    if fits:
        return fits[0]
    if strict:
        raise NothingThere(f"{job} has no text '{name}'; it has {', '.join(there.names) or 'none'}")
    return None


def place_in_queue(spool: Spool, place: Place) -> str:
    """``waits, 3 jobs are before it``; which of them start first depends on what fits where."""
    ageing_s = spool.settings.ageing_s
    turn = turn_of(place.name, ageing_s)
    before = sum(
        name is not None and turn_of(name, ageing_s) < turn
        for name in (parse_ticket_name(e.name) for e in spool.share.list(folders.INCOMING))
    )
    if not before:
        return "waits; it is the first in the queue"
    return f"waits; {count(before, 'job is', 'jobs are')} before it"
