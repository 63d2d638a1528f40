"""Two services that are killed at random, and CalculiX under them: it must not notice.

``WAM_KILLS=50 WAM_KILLED_JOBS=60`` for the long form.
"""

import os
import random
import shlex
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from spool_layout.states import Outcome
from tests.real.real_spool import (
    Service,
    SteppedClock,
    done_folder,
    journal_of,
    left_on,
    left_over,
    make_spool,
    need_ccx,
    open_at,
    outcomes,
    serving,
    submit_deck,
    sweep_up,
    wait_for,
)

KILLS = int(os.environ.get("WAM_KILLS", "6"))
JOBS = int(os.environ.get("WAM_KILLED_JOBS", "8"))
EXAMPLES = Path(__file__).parents[2] / "examples"

# Says when CalculiX began and that it came to its own end: one that is killed never says so.
WATCHED = """\
#!/bin/sh
[ "$1" = "-v" ] && exec {ccx} -v
echo "begin $2" >>{starts}
{ccx} "$@"
code=$?
echo "end $2" >>{starts}
exit $code
"""


def deck_of(number: int) -> str:
    """A press of its own steel: some ten increments, about a second."""
    text = (EXAMPLES / "press.inp").read_text()
    text = text.replace("0.005, 1., 1.E-5, 0.005", "0.1, 1., 1.E-5, 0.1")
    text = text.replace("210000., 0.3", f"{200000 + 100 * number}., 0.3")
    return text.replace("NSET=TIP, TOTALS=ONLY\nRF", "NSET=TIP\nU, RF")


@pytest.fixture
def undisturbed(tmp_path):
    """The .dat of each job where nothing is killed."""
    root, scratch = make_spool(tmp_path / "calm"), tmp_path / "calm-scratch"
    jobs = submitted(root, tmp_path / "calm-decks")
    with serving(root, scratch, "--until-idle", "--cpus", "2") as service:
        assert service.wait(deadline_s=60 + 5 * JOBS) == 0, service.said()
    return {name: dat_of(root, job) for name, job in jobs.items()}


def submitted(root: Path, folder: Path) -> dict[str, str]:
    """The job of each deck."""
    folder.mkdir()
    spool, jobs = open_at(root), {}
    for number in range(JOBS):
        deck = folder / f"press{number}.inp"
        deck.write_text(deck_of(number))
        jobs[deck.stem] = submit_deck(spool, deck, solver="calculix").job
    return jobs


def dat_of(root: Path, job: str) -> bytes:
    (found,) = done_folder(root, job).glob("*.dat")
    return found.read_bytes()


def watched_ccx(folder: Path, starts: Path) -> Path:
    program = folder / "watched-ccx"
    program.write_text(WATCHED.format(starts=shlex.quote(str(starts)), ccx=need_ccx()))
    program.chmod(0o755)
    return program


def kill_at_random(services: list[Service], chance: random.Random) -> int:
    """How often a service was killed while it lived; each has been started again."""
    kills = 0
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.0, 0.8))
        service = chance.choice(services)
        kills += service.lives
        service.kill()
        service.start()
        if chance.random() < 0.5:  # else the next kill may come before it has even begun
            begun = service.said().count(" begin ")
            wait_for(
                lambda s=service, n=begun: s.said().count(" begin ") > n or not s.lives,
                "the service has begun",
            )
    return kills


def test_calculix_does_not_notice_services_that_are_killed(tmp_path, undisturbed):
    chance = random.Random(KILLS)
    root, starts = make_spool(tmp_path / "spool"), tmp_path / "starts"
    jobs = submitted(root, tmp_path / "decks")
    program = watched_ccx(tmp_path, starts)
    arguments = ("--cpus", "1", "--poll", "0.2", "--program", f"calculix={program}")
    with ExitStack() as stack:
        services = [
            stack.enter_context(serving(root, tmp_path / name, *arguments, name=name))
            for name in ("alpha", "beta")
        ]
        kills = kill_at_random(services, chance)
        wait_for(lambda: len(outcomes(root)) == JOBS, "all jobs are done", deadline_s=60 + 5 * JOBS)
    print(f"{kills} kills of {KILLS} met a living service")
    ended = outcomes(root)
    assert {r.outcome for r in ended.values()} == {Outcome.COMPLETED}
    assert {name: dat_of(root, job) for name, job in jobs.items()} == undisturbed
    said = starts.read_text().splitlines()
    assert sorted(said) == sorted(f"{word} {name}" for name in jobs for word in ("begin", "end"))
    published = [line["job"] for line in journal_of(root) if line["event"] == "finish"]
    assert len(published) == len(set(published))
    assert kills >= KILLS // 2
    sweep_up(open_at(root, SteppedClock()))
    assert left_over(root) + left_on(tmp_path / "alpha") + left_on(tmp_path / "beta") == []
