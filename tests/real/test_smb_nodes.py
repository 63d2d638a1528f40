"""Services that reach one spool over SMB and on the server's disk, while the server is killed:
each job is run by one of them, and published once.
"""

import os
import signal
from collections import Counter

import pytest

from spool_layout.states import Outcome
from tests.real.real_spool import (
    Service,
    SteppedClock,
    end_runs_below,
    journal_of,
    left_over,
    make_spool,
    open_at,
    outcomes,
    submit_deck,
    sweep_up,
    wait_for,
)
from tests.real.samba import started_samba

pytestmark = pytest.mark.real

JOBS = int(os.environ.get("WAM_SMB_JOBS", "80"))
KILLS = int(os.environ.get("WAM_SMB_KILLS", "2"))
DEADLINE_S = 100 + JOBS
DECK = 'echo "$WAM_CONTROL" >>"$STARTS"\nsleep 0.05\necho done >deck.dat\n'
DISK = "on-the-disk"
NODES = ("smb-one", "smb-two", DISK)


@pytest.fixture
def server(tmp_path_factory):
    """Of this test's own: it is killed."""
    yield from started_samba(tmp_path_factory.mktemp("samba-nodes"))


@pytest.mark.timeout(3 * DEADLINE_S)
def test_each_job_is_done_once_though_the_server_is_killed(server, tmp_path):
    # A lease that outlasts the server's absences: what is taken back from the dead is run twice,
    # and this test is of what is not.
    root = make_spool(server.disk / "spool", lease=60, heartbeat=2)
    starts, spool = tmp_path / "starts", open_at(root)
    (tmp_path / "deck.inp").write_text(DECK)
    jobs = {submit_deck(spool, tmp_path / "deck.inp").job for _ in range(JOBS)}
    services = [
        Service(
            root if name == DISK else server.address("spool"),
            tmp_path / name,
            *("--cpus", "2", "--poll", "0.2"),
            name=name,
            STARTS=str(starts),
            **server.environment,
        )
        for name in NODES
    ]
    try:
        for service in services:
            service.start()
        for service in services:
            wait_for((service.scratch / "status.json").is_file, f"{service.name} has begun")
        for kill in range(1, KILLS + 1):
            wait_for(
                lambda kill=kill: len(outcomes(root)) >= JOBS * kill // (KILLS + 2),
                "some jobs done",
                deadline_s=DEADLINE_S,
            )
            server.stop(signal.SIGKILL)
            server.start()
        wait_for(lambda: set(outcomes(root)) == jobs, "all jobs done", deadline_s=DEADLINE_S)
    finally:
        for service in services:
            service.stop()
            end_runs_below(service.scratch)
    ended = outcomes(root)
    assert {record.outcome for record in ended.values()} == {Outcome.COMPLETED}
    started = starts.read_text().splitlines()
    assert len(started) == len(set(started)) == JOBS
    finished = Counter(entry["job"] for entry in journal_of(root) if entry["event"] == "finish")
    assert finished.keys() <= jobs and set(finished.values()) == {1}
    assert {record.node for record in ended.values()} - {DISK}, "nobody worked over SMB"
    sweep_up(open_at(root, SteppedClock()))
    assert left_over(root) == []
