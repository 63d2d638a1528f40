"""``wam watch``: a run's increments and convergence as they come, to the job's end."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from client_tools.estimates_shown import rest_words
from client_tools.live_texts import LiveTexts
from client_tools.logs import Tail, log_folder
from client_tools.phrases import evidence_lines, outcome_line, progress_words, where
from client_tools.views.output import Output
from client_tools.views.run import COLUMNS, Run, attempt_cells, run_screen
from client_tools.views.screen import Screen, Tone
from client_tools.waiting import LOOK_S, Watch
from spool_layout.records import JobOnNode
from spool_layout.states import Outcome
from wamspool.decks.convergence import residuals_in, rows_in
from wamspool.decks.progress import StaRow
from wamspool.errors import Gone
from wamspool.estimate import rest_of
from wamspool.find import Account, Found
from wamspool.spool import Spool
from wamspool.transition import Place

WINDOW_CHARS = 4 << 20
_TEXTS = (".sta", ".cvg")
_WIDTHS = (5, 7, 8, 6, 13, 13, 12)


class RunTexts:
    """What a job's solver has written of its increments, read by what has been added."""

    def __init__(self, spool: Spool) -> None:
        self._share = spool.share
        self._folder = ""
        self._tails: dict[str, Tail] = {}
        self._said: dict[str, str] = {}

    def read(self, found: Found) -> None:
        """What can be read is as the share has it now."""
        there = log_folder(self._share, found)
        if there is None:
            return
        if there.folder != self._folder:  # of another attempt, or the results themselves
            self._folder, self._tails, self._said = there.folder, {}, {}
        for suffix in _TEXTS:
            name = next((n for n in there.names if n.endswith(suffix) and "/" not in n), None)
            if name is None:
                continue
            path = f"{there.folder}/{name}"
            tail = self._tails.setdefault(suffix, Tail(self._share, path, 0))
            new = "".join(f"{line}\n" for line in tail.new_lines())
            self._said[suffix] = _window(self._said.get(suffix, "") + new)

    def run(self, job: str, words: str, said: JobOnNode | None, details: str) -> Run:
        """What is seen now."""
        rows = rows_in(self._said.get(".sta", ""))
        residuals = residuals_in(self._said.get(".cvg", ""))
        return Run(job, words, said.percent if said else None, details, rows, residuals)


class RunWatch:
    """Shows one job until it is done: drawn anew on a terminal, line by line in a pipe."""

    def __init__(self, spool: Spool, job: str, output: Output) -> None:
        self._spool = spool
        self._job = job
        self._output = output
        self._live = LiveTexts(spool)
        self._texts = RunTexts(spool)
        self._words = ""
        self._told: StaRow | None = None

    def follow(self) -> Outcome | None:
        """The job has ended, how it did has been shown, and is returned."""
        if self._output.is_live:
            account, width = self._draw()
        else:
            account, width = self._wait(self._tell), 0
        run = self.ended(account)
        if not width:
            self._tell(run)
        shown = run_screen(run, width=width).parts if width else ()
        ending = (
            [outcome_line(self._job, account.outcome), *evidence_lines(account.outcome)]
            if account.outcome
            else []
        )
        self._output.show(Screen({}, [*shown, *ending]))
        return account.outcome.outcome if account.outcome else None

    def _draw(self) -> tuple[Account, int]:
        from client_tools.views.live import LiveScreen  # noqa: PLC0415 - for a terminal only

        with LiveScreen(fills=True) as live:
            account = self._wait(lambda run: live.update(run_screen(run, width=live.width)))
            return account, live.width

    def _wait(self, show: Callable[[Run], None]) -> Account:
        watch = Watch(self._spool, [self._job])
        while True:
            look = watch.look()
            for account in look.ended:
                return account
            for place, said in look.flying:
                show(self.seen(place, said))
            self._spool.clock.sleep(LOOK_S)

    def seen(self, place: Place, said: JobOnNode | None) -> Run:
        """The run of a job in flight, as it is now."""
        self._live.ask(place)
        if place.name.node:
            with suppress(Gone):  # it is just being published, or another attempt begins
                self._texts.read(Found(self._job, place.state, place=place))
        words = where(place, None).partition(",")[0]
        return self._texts.run(self._job, words, said, _details(self._spool, said))

    def ended(self, account: Account) -> Run:
        """The run of a job that is done, from its results."""
        self._texts.read(account.found)
        return self._texts.run(self._job, "has ended", None, "")

    def _tell(self, run: Run) -> None:
        if run.words != self._words:
            self._words = run.words
            self._output.line(f"-- {run.job} {run.words}", Tone.QUIET)
        new = _after(self._told, run.rows)
        if new and len(new) == len(run.rows):  # the first ones, or another attempt's
            self._output.line(_in_columns([column.name for column in COLUMNS]))
        for row in new:
            self._output.line(_in_columns(attempt_cells(row)))
        self._told = run.rows[-1] if run.rows else None


def _window(text: str) -> str:
    """Its last lines. A line that is cut could be taken for a row of another step."""
    return text if len(text) <= WINDOW_CHARS else text[-WINDOW_CHARS:].partition("\n")[2]


def _after(told: StaRow | None, rows: Sequence[StaRow]) -> Sequence[StaRow]:
    """The rows behind the one that was told last; all of them where that is not among them.

    Not by their number: of a long run the first rows leave the window as new ones come.
    """
    for index in range(len(rows) - 1, -1, -1):
        if rows[index] == told:
            return rows[index + 1 :]
    return rows


def _details(spool: Spool, said: JobOnNode | None) -> str:
    """``, step 1 of 2, 31 increments, 2 cutbacks, ~7 min left``."""
    if said is None:
        return ""
    words = progress_words(said)
    if rest := rest_of(said, spool.share.now()):
        words.append(f"{rest_words(rest)} left")
    return "".join(f", {word}" for word in words)


def _in_columns(cells: Sequence[str]) -> str:
    return "".join(
        cell.rjust(column_width) for cell, column_width in zip(cells, _WIDTHS, strict=True)
    )
