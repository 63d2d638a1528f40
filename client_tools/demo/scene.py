"""The demo from its first line to its last."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil

from client_tools.demo.examples import ALL, SHORT, Example, check_solver, examples_folder
from client_tools.demo.folder import demo_folder, drop, remove_demo
from client_tools.demo.processes import NodeProcess, check_alive, end_all, start_node
from client_tools.demo.progress import Ended, Progress
from client_tools.documents import account_document
from client_tools.phrases import evidence_lines, outcome_line
from client_tools.submitting import Wishes, submit_decks
from client_tools.views.output import Output
from client_tools.views.screen import Column, Line, Screen, Table, Tone
from client_tools.views.status import Picture, status_screen
from spool_layout.states import Outcome
from spool_layout.units import count, format_duration
from spool_layout.yaml_text import Section
from wamspool.clock import Clock
from wamspool.open_share import make_share
from wamspool.snapshot import Snapshot
from wamspool.spool import Spool, create_spool, open_spool

LOOK_S = 0.5
NODES = ("demo-a", "demo-b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """What the user asked of the demo."""

    folder: Path | None
    keep: bool
    quick: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one demo plays."""

    folder: Path
    spool: Spool
    output: Output
    examples: tuple[Example, ...]


def play(staging: Staging, *, clock: Clock, output: Output, owner: str) -> int:
    """All examples have ended; returns 0 when each ended as expected, else 1.

    However it ends, no node and no solver is left running; after Ctrl-C or SIGTERM a temporary
    folder is removed too, unless it is to be kept. Raises DemoImpossible.
    """
    check_solver()
    source = examples_folder()
    folder = demo_folder(staging.folder)
    is_temporary = staging.folder is None and not staging.keep
    nodes: list[NodeProcess] = []
    is_over = False
    with _terminable():
        try:
            stage = _set_stage(folder, staging, clock, output)
            _hand_in(stage, source, owner)
            cpus = psutil.cpu_count() or 1
            nodes += [start_node(folder / "spool", NODES[0], folder, cpus=1)]
            nodes += [start_node(folder / "spool", NODES[1], folder, cpus=2 if cpus > 2 else 1)]
            progress = _watch(stage, nodes)
            is_over = True
        except KeyboardInterrupt:
            output.warn(_last_words(folder, is_temporary=is_temporary))
            raise
        finally:
            # A second Ctrl-C, from somebody impatient, must not leave a half of it running.
            with _uninterrupted():
                end_all(nodes, folder)
                if is_temporary and not is_over:
                    remove_demo(folder)
    output.show(_last_screen(stage, progress))
    return 0 if progress.is_as_expected else 1


def _last_words(folder: Path, *, is_temporary: bool) -> str:
    what = "its folder is removed" if is_temporary else f"what it has made stays in {folder}"
    return f"the demo is ended; its nodes and jobs are stopped, {what}; again with: wam demo"


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM unwinds as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _set_stage(folder: Path, staging: Staging, clock: Clock, output: Output) -> Stage:
    share = make_share(str(folder / "spool"), clock)
    create_spool(share, clock)
    output.line(f"A spool in {folder / 'spool'}, and two nodes: {' and '.join(NODES)}", Tone.TITLE)
    return Stage(folder, open_spool(share, clock), output, SHORT if staging.quick else ALL)


def _hand_in(stage: Stage, source: Path, owner: str) -> None:
    dropped = [example for example in stage.examples if example.dropped]
    drop(dropped, source, stage.folder / "spool")
    stage.output.line(f"{count(len(dropped), 'deck')} copied into the folder 'incoming'")
    decks = [str(source / example.path) for example in stage.examples if not example.dropped]
    stage.output.line(f"wam ticket {' '.join(Path(deck).name for deck in decks)}")
    quiet = _Muted(stage.output)
    submit_decks(stage.spool, decks, Section("", 0), Wishes(), output=quiet, owner=owner)


class _Muted:
    """An output for a step within the demo: its lines are shown, its answer and warnings not.

    That no node is up is true at that moment, and the next thing to be mended.
    """

    is_live = False

    def __init__(self, output: Output) -> None:
        self._output = output

    def show(self, screen: Screen) -> None:
        """Nothing: the demo's own answer comes at its end."""

    def line(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """The line, indented."""
        self._output.line(f"  {text}", tone)

    def warn(self, text: str) -> None:
        """Nothing."""

    def passing(self, text: str) -> None:
        """Nothing."""


def _watch(stage: Stage, nodes: Sequence[NodeProcess]) -> Progress:
    progress = Progress(stage.spool, stage.examples)
    with ExitStack() as stack:
        show = _shower(stage, stack)
        while True:
            snapshot, new = progress.look()
            show(snapshot, new, progress)
            if progress.is_over(snapshot):
                return progress
            check_alive(nodes)
            stage.spool.clock.sleep(LOOK_S)


Shower = Callable[[Snapshot, Sequence[Ended], Progress], None]


def _shower(stage: Stage, stack: ExitStack) -> Shower:
    if not stage.output.is_live:
        said: set[str] = set()
        return lambda snapshot, new, _: _tell(stage.output, snapshot, new, said)
    from client_tools.views.live import LiveScreen  # noqa: PLC0415 - for a terminal only

    live = stack.enter_context(LiveScreen())

    def draw(snapshot: Snapshot, new: Sequence[Ended], progress: Progress) -> None:
        del new
        screen = status_screen(Picture(snapshot, {}, limit=5))
        ended = [outcome_line(job, one.outcome) for job, one in progress.ended.items()]
        live.update(Screen({}, [*screen.parts, Line(""), *ended[-8:]]))

    return draw


def _tell(output: Output, snapshot: Snapshot, new: Sequence[Ended], said: set[str]) -> None:
    for place in snapshot.places:
        words = f"{place.name.job}  {place.state}" + (f" on {place.name.node}" if place.name.node else "")  # fmt: skip
        if words not in said:
            said.add(words)
            output.line(words)
    for one in new:
        line = outcome_line(one.account.ticket.job, one.outcome)
        output.line(line.text, line.tone)


def _last_screen(stage: Stage, progress: Progress) -> Screen:
    ended = sorted(progress.ended.values(), key=lambda one: one.account.ticket.draft.input)
    columns = (
        Column("deck"),
        Column("job"),
        Column("outcome"),
        Column("node"),
        Column("took", right=True),
        Column("expected", gives_way=True),
    )
    tones = {
        number: (Tone.GOOD if one.outcome.outcome is Outcome.COMPLETED else Tone.WARN)
        if one.is_as_expected
        else Tone.BAD
        for number, one in enumerate(ended)
    }
    parts: list[Line | Table] = [
        Line(""),
        Table(columns, [_row(one) for one in ended], tones),
        *(line for one in ended for line in _why_failed(one)),
        *_verdict(stage, progress),
    ]
    document = {
        "spool": stage.spool.share.location,
        "as_expected": progress.is_as_expected,
        "expected": {example.deck: str(example.expected) for example in stage.examples},
        "jobs": [account_document(stage.spool.share, one.account) for one in ended],
    }
    return Screen(document, parts)


def _row(one: Ended) -> tuple[str, ...]:
    outcome = one.outcome
    took = ""
    if outcome.started and outcome.ended:
        took = format_duration((outcome.ended - outcome.started).total_seconds())
    expected = "yes" if one.is_as_expected else "NO"
    if one.is_as_expected and outcome.outcome is not Outcome.COMPLETED:
        expected = f"yes: it has to be {outcome.outcome}"
    ticket = one.account.ticket
    return (
        ticket.draft.input,
        ticket.job,
        str(outcome.outcome),
        outcome.node or "",
        took,
        expected,
    )


def _why_failed(one: Ended) -> list[Line]:
    if one.outcome.outcome is Outcome.COMPLETED:
        return []
    return [outcome_line(one.account.ticket.job, one.outcome), *evidence_lines(one.outcome)]


def _verdict(stage: Stage, progress: Progress) -> list[Line]:
    spool = stage.spool.share.location
    failed = [e.deck for e in stage.examples if e.expected is not Outcome.COMPLETED]
    if progress.is_as_expected:
        words, tone = "All ended as expected", Tone.GOOD
    else:
        words, tone = "NOT all ended as expected", Tone.BAD
    job = next((one.account.ticket.job for one in progress.ended.values()), "JOB")
    return [
        Line(f"{words}; {', '.join(failed)} was made to fail.", tone),
        Line(f"The results lie in {spool}/done; the nodes have been stopped."),
        Line("Next, for example:"),
        Line(f"  wam show {job} --spool {spool}"),
        Line(f"  wam get {job} --spool {spool}"),
        Line(f"When you have seen enough, remove the folder {stage.folder}"),
    ]
