"""Several services on one spool: each job is run by one of them, once, and nothing is left over."""

from collections import Counter

import pytest

from spool_layout.states import Outcome
from tests.real.real_spool import (
    Service,
    SteppedClock,
    end_runs_below,
    journal_of,
    left_on,
    left_over,
    make_spool,
    open_at,
    outcomes,
    submit_deck,
    sweep_up,
)

pytestmark = pytest.mark.real

JOBS = 200
NODES = ("alpha", "beta", "gamma")
# One write to a file opened for appending: lines of several nodes do not mix.
DECK = 'echo "$WAM_CONTROL" >>"$STARTS"\nsleep 0.05\necho done >deck.dat\n'


def run_services(tmp_path, root, starts):
    services = [
        Service(
            root,
            tmp_path / name,
            *("--until-idle", "--cpus", "2", "--poll", "0.2"),
            name=name,
            STARTS=str(starts),
        )
        for name in NODES
    ]
    try:
        for service in services:
            service.start()
        for service in services:
            assert service.wait(deadline_s=100) == 0, service.said()
    finally:
        for service in services:
            service.stop()
            end_runs_below(service.scratch)


@pytest.mark.timeout(150)
def test_three_services_run_two_hundred_jobs_once_each(tmp_path):
    root, starts = make_spool(tmp_path / "spool"), tmp_path / "starts"
    (tmp_path / "deck.inp").write_text(DECK)
    spool = open_at(root)
    jobs = {submit_deck(spool, tmp_path / "deck.inp").job for _ in range(JOBS)}
    run_services(tmp_path, root, starts)
    check_all_done_once(tmp_path, root, starts, jobs)


def test_three_services_adopt_forty_dropped_decks_once_each(tmp_path):
    root, starts = make_spool(tmp_path / "spool"), tmp_path / "starts"
    for number in range(40):
        place = ("incoming", "incoming/high", "incoming/study")[number % 3]
        (root / place).mkdir(exist_ok=True)
        (root / f"{place}/deck{number}.inp").write_text(DECK)
    run_services(tmp_path, root, starts)
    jobs = set(outcomes(root))
    assert len(jobs) == 40
    check_all_done_once(tmp_path, root, starts, jobs)


def check_all_done_once(tmp_path, root, starts, jobs):
    ended = outcomes(root)
    assert set(ended) == jobs
    assert {record.outcome for record in ended.values()} == {Outcome.COMPLETED}
    assert {record.attempt for record in ended.values()} == {1}
    started = starts.read_text().splitlines()
    assert len(started) == len(set(started)) == len(jobs)
    events = Counter((entry["event"], entry["job"]) for entry in journal_of(root))
    for event in ("claim", "start", "finish"):
        assert {job: events[event, job] for job in jobs} == dict.fromkeys(jobs, 1)
    by = {entry["job"]: entry["by"] for entry in journal_of(root) if entry["event"] == "finish"}
    assert by == {job: record.node for job, record in ended.items()}
    assert len(set(by.values())) == len(NODES), "a node had nothing to do"
    assert [left_on(tmp_path / name) for name in NODES] == [[], [], []]
    sweep_up(open_at(root, SteppedClock()))  # doors that were made in vain by another
    assert left_over(root) == []
