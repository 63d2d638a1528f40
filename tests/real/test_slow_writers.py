"""Decks that take their time: never started early, never refused, started once."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from spool_layout.states import Outcome
from tests.cube import HELD_AT_ITS_SIDE, MESH, PULLED_AT_A_CORNER, STEEL
from tests.real.real_spool import (
    done_folder,
    journal_of,
    make_spool,
    need_ccx,
    outcomes,
    serving,
    wait_for,
)

pytestmark = pytest.mark.real

HEAD = MESH
TAIL = STEEL + HELD_AT_ITS_SIDE + PULLED_AT_A_CORNER
DECK = HEAD + TAIL


@dataclass(eq=False)
class Writing:
    """One writer at its work; ``unit_s`` is how long it takes over the whole deck."""

    folder: Path
    name: str
    unit_s: float
    ended: float = 0.0

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.inp"

    def pause(self, part: float) -> None:
        time.sleep(self.unit_s * part)


def pieces(writing: Writing, text: str, file) -> None:
    """The text, little by little, over three eighths of the time."""
    size = max(1, len(text) // 10)
    for start in range(0, len(text), size):
        file.write(text[start : start + size].encode())
        file.flush()
        writing.pause(0.375 / 10)


def kept_open(writing: Writing) -> None:
    with writing.path.open("wb") as file:
        pieces(writing, HEAD, file)
        writing.pause(0.25)
        pieces(writing, TAIL, file)


def closed_at_the_pause(writing: Writing) -> None:
    before, card, after = DECK.partition("*CLOAD")
    with writing.path.open("wb") as file:
        pieces(writing, before, file)
    writing.pause(0.25)
    with writing.path.open("ab") as file:
        pieces(writing, card + after, file)


def size_first(writing: Writing) -> None:
    with writing.path.open("wb") as file:
        file.truncate(len(DECK))
        writing.pause(0.25)
        pieces(writing, DECK, file)


def size_first_and_reopened(writing: Writing) -> None:
    with writing.path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, len(DECK))
    writing.pause(0.5)
    with writing.path.open("r+b") as file:
        pieces(writing, DECK, file)


def hidden_then_renamed(writing: Writing) -> None:
    hidden = writing.folder / f".{writing.name}.inp.part"
    with hidden.open("wb") as file:
        pieces(writing, HEAD, file)
        writing.pause(0.25)
        pieces(writing, TAIL, file)
    hidden.rename(writing.path)


def include_after_the_deck(writing: Writing) -> None:
    part = f"{writing.name}.part"
    writing.path.write_text(f"*INCLUDE, INPUT={part}\n{TAIL}")
    writing.pause(0.5)
    with (writing.folder / part).open("wb") as file:
        pieces(writing, HEAD, file)


WRITERS: dict[str, Callable[[Writing], None]] = {
    "kept-open": kept_open,
    "closed-at-the-pause": closed_at_the_pause,
    "size-first": size_first,
    "size-first-and-reopened": size_first_and_reopened,
    "hidden-then-renamed": hidden_then_renamed,
    "include-after-the-deck": include_after_the_deck,
}


def write_all(writings: dict[Writing, Callable]) -> list[threading.Thread]:
    def write(writing: Writing, writer: Callable[[Writing], None]) -> None:
        writer(writing)
        writing.ended = time.time()

    threads = [threading.Thread(target=write, args=item) for item in writings.items()]
    for thread in threads:
        thread.start()
    return threads


def check(root: Path, writings: list[Writing]) -> None:
    """Each deck is one completed job, begun after its last byte, and nothing was refused."""
    wait_for(lambda: len(outcomes(root)) >= len(writings), "all decks are done", deadline_s=40)
    assert list((root / "rejected").iterdir()) == []
    by_name = {job.rpartition("-")[0]: record for job, record in outcomes(root).items()}
    assert sorted(by_name) == sorted(w.name for w in writings)
    for writing in writings:
        record = by_name[writing.name]
        assert record.outcome is Outcome.COMPLETED, f"{writing.name}: {record.sentence}"
        assert record.attempt == 1
        folder = done_folder(root, record.job)
        assert (folder / f"{writing.name}.dat").stat().st_size > 0
        starts = [e for e in journal_of(root) if e["event"] == "start" and e["job"] == record.job]
        assert len(starts) == 1
        assert record.started.timestamp() >= writing.ended - 0.02, f"{writing.name} began early"


def serve_writers(tmp_path, unit_s: float, writers: dict[str, Callable], *arguments: str) -> None:
    settings = {"include_wait": max(2.0, unit_s), "default_solver": "calculix"}
    root = make_spool(tmp_path / "spool", **settings)
    programs = ("--program", f"calculix={need_ccx()}", "--cpus", "2")
    with serving(root, tmp_path / "scratch", *programs, *arguments) as service:
        wait_for(lambda: " begin " in service.said(), "the service has begun")
        writings = {
            Writing(root / "incoming", name, unit_s): writer for name, writer in writers.items()
        }
        for thread in write_all(writings):
            thread.join()
        check(root, list(writings))


@pytest.mark.parametrize("events", [(), ("--no-events",)], ids=["events", "polling"])
def test_a_slow_writer_gets_one_job_that_began_after_its_last_byte(tmp_path, events):
    """Each has a spool and a service of its own, and nobody else writes there; all at once, since
    they spend their time waiting.
    """

    need_ccx()

    def serve(name: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        serve_writers(folder, 2.0, {name: WRITERS[name]}, *events, "--poll", "0.3")

    with ThreadPoolExecutor(len(WRITERS)) as pool:
        served = {name: pool.submit(serve, name) for name in WRITERS}
    wrong = {name: str(one.exception()) for name, one in served.items() if one.exception()}
    assert not wrong


def test_several_slow_writers_at_once_do_not_disturb_each_other(tmp_path):
    serve_writers(tmp_path, 3.0, WRITERS)


def test_twenty_seconds_with_a_pause_of_five(tmp_path):
    names = ("kept-open", "closed-at-the-pause", "size-first")
    serve_writers(tmp_path, 20.0, {name: WRITERS[name] for name in names})
