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
FLEET = ("smb-one", "smb-two", "smb-three", "smb-four")


@pytest.fixture
def server(tmp_path_factory):
    """Of this test's own: it is killed."""
    yield from started_samba(tmp_path_factory.mktemp("samba-nodes"))


def services_of(server, root, tmp_path, names):
    return [
        Service(
            root if name == DISK else server.address("spool"),
            tmp_path / name,
            *("--cpus", "2", "--poll", "0.2"),
            name=name,
            STARTS=str(tmp_path / "starts"),
            **server.environment,
        )
        for name in names
    ]


def submit_jobs(root, tmp_path):
    (tmp_path / "deck.inp").write_text(DECK)
    spool = open_at(root)
    return {submit_deck(spool, tmp_path / "deck.inp").job for _ in range(JOBS)}


def kill_and_restart(server, root, killed):
    """Kills and restarts the server while jobs end; ``killed(n)`` is called after each."""
    for kill in range(1, KILLS + 1):
        wait_for(
            lambda kill=kill: len(outcomes(root)) >= JOBS * kill // (KILLS + 2),
            "some jobs done",
            deadline_s=DEADLINE_S,
        )
        server.stop(signal.SIGKILL)
        server.start()
        killed(kill)


def end(services):
    for service in services:
        service.stop()
        end_runs_below(service.scratch)


@pytest.mark.timeout(3 * DEADLINE_S)
def test_each_job_is_done_once_though_the_server_is_killed(server, tmp_path):
    # A lease that outlasts the server's absences: what is taken back from the dead is run twice,
    # and this test is of what is not.
    root = make_spool(server.disk / "spool", lease=60, heartbeat=2)
    jobs = submit_jobs(root, tmp_path)
    services = services_of(server, root, tmp_path, NODES)
    try:
        for service in services:
            service.start()
        for service in services:
            wait_for((service.scratch / "status.json").is_file, f"{service.name} has begun")
        kill_and_restart(server, root, lambda kill: None)
        wait_for(lambda: set(outcomes(root)) == jobs, "all jobs done", deadline_s=DEADLINE_S)
    finally:
        end(services)
    ended = outcomes(root)
    assert {record.outcome for record in ended.values()} == {Outcome.COMPLETED}
    started = (tmp_path / "starts").read_text().splitlines()
    assert len(started) == len(set(started)) == JOBS
    assert {record.node for record in ended.values()} - {DISK}, "nobody worked over SMB"
    check_journals(root, jobs)
    sweep_up(open_at(root, SteppedClock()))
    assert left_over(root) == []


@pytest.mark.timeout(3 * DEADLINE_S)
def test_each_job_is_published_once_though_a_node_dies_for_good(server, tmp_path):
    root = make_spool(server.disk / "spool", lease=15, heartbeat=2)
    jobs = submit_jobs(root, tmp_path)
    services = services_of(server, root, tmp_path, FLEET)
    victim = services[0]

    def kill_victim(kill):
        if kill == 1:
            victim.kill()
            end_runs_below(victim.scratch)  # its machine is gone, solvers and all

    try:
        for service in services:
            service.start()
        for service in services:
            wait_for((service.scratch / "status.json").is_file, f"{service.name} has begun")
        kill_and_restart(server, root, kill_victim)
        wait_for(lambda: set(outcomes(root)) == jobs, "all jobs done", deadline_s=DEADLINE_S)
    finally:
        end(services)
    assert {record.outcome for record in outcomes(root).values()} == {Outcome.COMPLETED}
    check_journals(root, jobs, dead=victim.name)
    sweep_up(open_at(root, SteppedClock()))
    assert left_over(root) == []


def check_journals(root, jobs, *, dead=""):
    """What the nodes have written down agrees with what lies in done/, and with itself.

    A node that was killed had entries in hand that it could not write any more; one whose answer
    was lost stands there twice, word for word.
    """
    entries = {tuple(sorted(entry.items())) for entry in journal_of(root)}
    events = Counter((entry["event"], entry["job"]) for entry in map(dict, entries))
    nodes = {job: record.node for job, record in outcomes(root).items()}
    for job in jobs:
        finished = events["finish", job]
        assert finished == 1 or (finished == 0 and nodes[job] == dead), (job, finished)
        back = events["expire", job] + events["hand_back", job] + events["requeue", job]
        claimed = events["claim", job]
        assert claimed == 1 + back or (dead and claimed in {back, 1 + back}), (job, claimed, back)
        assert events["fenced", job] == 0
    assert {job for event, job in events if event == "finish"} <= jobs
