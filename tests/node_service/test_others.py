"""What others use of a machine, by the figures of one that a test makes up, and by a real one's."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from node_service import others as others_module
from node_service.opening import KeptBack
from node_service.others import EVERY_S, LEAST_S, WINDOW_S, Others, steady
from node_service.own_status import own_status, status_lines
from node_service.processes import Ended, Usage, processes_of_this_system
from node_service.processes.machine_use import MachineUse, look_at_machine
from spool_layout.ticket import Resources
from tests.real.real_spool import outcomes, wait_for
from wamspool.offers import in_use_by_others
from wamspool.snapshot import read_node

GB = 1 << 30
RUN = Path("/scratch/bracket.g1")
BY_LOAD = (KeptBack(8, None, by_load=True),)


class FakeMachine:
    """Eight cores with two threads each; what is used of them, a test says."""

    def __init__(self) -> None:
        self.busy_s = 5000.0
        self.memory_used = 1 * GB
        self.looks = 0

    def __call__(self) -> MachineUse:
        self.looks += 1
        return MachineUse(self.busy_s, 64 * GB, 64 * GB - self.memory_used, 8, 16)


@pytest.fixture
def machine(site):
    machine = FakeMachine()
    site.node.machine_use = machine
    site.node.settings = replace(
        site.node.settings, cpus=8, memory_bytes=64 * GB, keep_back=BY_LOAD
    )
    return machine


@pytest.fixture
def others(site, machine):
    return Others(site.node)


@pytest.fixture
def pass_time(site, machine, others):
    """So much time passes in steps, with these loads in cores; ``own`` of a run that is looked at."""

    def step(duration_s, *, foreign=0.0, own=0.0, memory=1 * GB, own_memory=0, run=RUN):
        known = others._cpu_s.get(run, 0.0)
        for _ in range(int(duration_s / EVERY_S)):
            site.clock.sleep(EVERY_S)
            machine.busy_s += (foreign + own) * EVERY_S
            known += own * EVERY_S
            machine.memory_used = memory + own_memory
            usage = Usage(known, own_memory, own_memory)
            others.look({run: usage} if own or own_memory else {})
        return others.cpus_wanting(8)

    others.look({})
    return step


@pytest.mark.parametrize(
    ("load", "held", "told"),
    [(0.69, 0, 0), (0.7, 0, 1), (1.0, 0, 1), (1.0, 2, 1), (1.6, 1, 1), (1.31, 2, 2), (0.0, 3, 0),
     (2.75, 0, 3), (0.3, 1, 0), (0.31, 1, 1)],
)  # fmt: skip
def test_a_figure_stays_until_the_load_has_left_it_clearly(load, held, told):
    assert steady(load, held) == told
    assert steady(load, told) == told  # and does not move again


def test_what_others_compute_is_wanting(pass_time):
    assert pass_time(LEAST_S - EVERY_S, foreign=2) == 0  # nothing is said so early
    assert pass_time(WINDOW_S, foreign=2) == 2
    assert pass_time(EVERY_S) == 2  # a pause
    assert pass_time(WINDOW_S) == 0


def test_a_load_that_goes_to_and_fro_is_one_figure(pass_time):
    pass_time(WINDOW_S, foreign=2)
    told = {pass_time(EVERY_S, foreign=load) for load in [3, 1, 2, 0, 4, 1, 3, 2, 1, 3] * 5}
    assert told == {2}


def test_a_short_burst_is_no_use(pass_time):
    pass_time(WINDOW_S)
    assert pass_time(EVERY_S, foreign=4) == 0


def test_runs_are_not_others(pass_time):
    assert pass_time(WINDOW_S, own=6) == 0
    assert pass_time(WINDOW_S, own=6, foreign=2) == 2


def test_nor_are_runs_that_ended_before_anybody_looked(pass_time, site, machine, others):
    pass_time(WINDOW_S)
    for number in range(30):
        site.clock.sleep(2.0)
        machine.busy_s += 8 * 2.0
        folder = Path(f"/scratch/short-{number}.g1")
        others.note_end(folder, 8 * 2.0)
        others.note_end(folder, 8 * 2.0)  # until it is published it is seen to have ended
        if others.is_due():
            others.look({})
        assert others.cpus_wanting(8) == 0


def test_what_an_earlier_service_started_counts_from_the_first_look_on(site, machine, others):
    others.note_end(Path("/scratch/ended.g1"), 7000.0)
    others.look({RUN: Usage(9000.0, 0, 0)})
    site.clock.sleep(WINDOW_S)
    machine.busy_s += 3 * WINDOW_S
    others.note_end(Path("/scratch/ended.g1"), 7000.0)
    others.look({RUN: Usage(9000.0 + WINDOW_S, 0, 0)})
    assert others.cpus_wanting(8) == 2


def test_cores_beyond_what_is_offered_are_theirs_first(pass_time, others):
    pass_time(WINDOW_S, foreign=3)
    assert [others.cpus_wanting(n) for n in (4, 5, 6, 8)] == [0, 0, 1, 3]
    assert [others.cpus_wanting(n) for n in (12, 16, 20)] == [0, 3, 3]  # threads are offered there


def test_memory_of_others_is_wanting_when_it_is_much(pass_time, others):
    def told(memory, own=0):
        pass_time(WINDOW_S + EVERY_S, memory=memory, own_memory=own)
        return others.memory_wanting(64 * GB)

    assert told(6 * GB) == 0  # so much is always the system's own
    assert told(30 * GB) == 30 * GB
    assert told(30.5 * GB) == 30 * GB
    assert told(5.5 * GB) == 6 * GB
    assert told(5 * GB) == 0
    assert told(2 * GB, own=40 * GB) == 0
    assert told(30 * GB, own=20 * GB) == 30 * GB
    assert others.memory_wanting(40 * GB) == 6 * GB


def test_nothing_is_looked_at_where_nobody_wants_it(site, machine, others):
    site.node.settings = replace(site.node.settings, keep_back=(), measure_memory=False)
    assert not others.is_due()
    others.look({})
    assert machine.looks == 0 and others.cpus_wanting(8) == others.memory_wanting(64 * GB) == 0


def test_a_system_that_does_not_tell_is_used_by_nobody(site, others, machine, pass_time):
    pass_time(WINDOW_S, foreign=4, memory=40 * GB)
    site.node.machine_use = lambda: None
    site.clock.sleep(EVERY_S)
    others.look({})
    assert others.cpus_wanting(8) == others.memory_wanting(64 * GB) == 0


def turns(site, loop, machine, duration_s, foreign):
    for _ in range(int(duration_s)):
        machine.busy_s += foreign
        site.clock.sleep(1.0)
        site.node.lease.renew(site.clock.monotonic_s())
        loop.turn()


def test_a_job_waits_for_cores_that_others_use_and_no_run_is_touched(site, machine):
    loop = site.loop()
    site.submit(name="small", resources=Resources(2))
    turns(site, loop, machine, 90, 3.0)
    assert len(site.tickets("running")) == 1
    site.submit(name="large", resources=Resources(4))
    turns(site, loop, machine, 60, 3.0)
    assert len(site.tickets("running")) == 1
    status = read_node(site.spool, "alpha").status
    assert (status.cpus, status.cpus_free, status.kept_back, status.others_cpus) == (8, 3, 3, 3)
    assert in_use_by_others(status) == ("3 cores are in use by others",)
    assert site.processes.told == site.processes.stopped == []
    told, _ = own_status(site.node.settings.scratch)
    lines = status_lines(told, running=True, now=site.clock.utc_now())
    assert "  hours   3 cores kept back, 3 cores are in use by others" in lines
    turns(site, loop, machine, 90, 0.0)
    assert len(site.tickets("running")) == 2
    assert read_node(site.spool, "alpha").status.others_cpus == 0


def test_as_many_as_the_entry_says_at_most(site, machine):
    site.node.settings = replace(site.node.settings, keep_back=(KeptBack(2, None, by_load=True),))
    loop = site.loop()
    turns(site, loop, machine, 90, 5.0)
    status = read_node(site.spool, "alpha").status
    assert (status.kept_back, status.others_cpus) == (2, 2)


def test_a_job_waits_for_memory_that_others_use(site, machine):
    machine.memory_used = 40 * GB
    loop = site.loop()
    turns(site, loop, machine, 5, 0.0)
    site.submit(name="large", resources=Resources(1, memory_bytes=30 * GB))
    turns(site, loop, machine, 5, 0.0)
    assert site.tickets("running") == []
    status = read_node(site.spool, "alpha").status
    assert (status.memory_bytes, status.memory_free_bytes) == (64 * GB, 24 * GB)
    assert in_use_by_others(status) == ("40.0 GB of memory are in use by others",)
    machine.memory_used = 20 * GB
    turns(site, loop, machine, 90, 0.0)
    assert len(site.tickets("running")) == 1


def test_runs_of_the_service_are_no_others_of_it(site, machine):
    began_s, states = {}, site.processes.states

    def used_s(name):
        return machine.busy_s - began_s.setdefault(name, machine.busy_s)

    def running():
        return [name for name, state in states.items() if not isinstance(state, Ended)]

    site.processes.usages = lambda folders: {f: Usage(used_s(f.name), GB, GB) for f in folders}
    loop = site.loop()
    for number in range(6):
        site.submit(name=f"short-{number}", resources=Resources(8))
    turns(site, loop, machine, 5, 0.0)
    for _ in range(6):
        (name,) = running()
        used_s(name)
        turns(site, loop, machine, 13, 8.0)  # all of it is the run's
        states[name] = Ended(0, None, used_s(name), 1000.0)
        turns(site, loop, machine, 3, 0.0)
    assert read_node(site.spool, "alpha").status.others_cpus == 0
    assert len(list((site.root / "done").glob("*/*"))) == 6


BURNS = "import time\nprint('', flush=True)\nwhile True: pass\n"


@pytest.mark.real
def test_a_process_that_burns_a_core_is_seen_and_a_run_that_does_is_not(site, monkeypatch):
    monkeypatch.setattr(others_module, "LEAST_S", 0.1)
    site.node.settings = replace(site.node.settings, keep_back=BY_LOAD, measure_memory=False)
    seen = []
    site.node.machine_use = lambda: seen[-1]
    stranger, owner = Others(site.node), Others(site.node)
    with subprocess.Popen([sys.executable, "-c", BURNS], stdout=subprocess.PIPE) as burner:
        try:
            burner.stdout.read(1)

            def look():
                cpu_s = _cpu_s(burner.pid)
                seen.append(look_at_machine())
                # The clock goes as fast as a core of its own would have computed that.
                site.clock.sleep(cpu_s - known[-1])
                known.append(cpu_s)
                stranger.look({})
                owner.look({RUN: Usage(cpu_s, 0, 0)})

            known = [_cpu_s(burner.pid)]
            look()
            while _cpu_s(burner.pid) - known[-1] < 1.0:  # where there is much to do, for a while
                burner.poll()
            look()
        finally:
            burner.kill()
    cores = seen[-1].processors
    machine_has_much = seen[-1].busy_s - seen[0].busy_s > 1.6
    assert stranger._cpus >= 1 and stranger.cpus_wanting(cores) >= 1
    assert stranger._cpus - owner._cpus == 1
    assert owner._cpus == 0 or machine_has_much  # what others do here meanwhile is no run's


@pytest.mark.real
def test_what_real_runs_used_is_known_to_be_theirs_though_nobody_looked(make_site):
    site = make_site(processes=processes_of_this_system(), environment={"LC_ALL": "C"})
    site.node.machine_use = look_at_machine
    loop = site.loop()
    others = loop._claiming.courtesy.others
    others.look({})
    for number in range(4):
        site.submit("i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done\n", name=f"run-{number}")
    wait_for(lambda: site.turn(loop) or len(outcomes(site.root)) == 4, "four ends")
    used_s = sum(one.cpu_s for one in outcomes(site.root).values())
    assert others._own_s == pytest.approx(used_s, abs=0.05) and used_s > 0.1


def _cpu_s(pid):
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system
