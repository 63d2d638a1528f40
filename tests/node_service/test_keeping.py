"""Large jobs beside an endless stream of small ones: time of the test, runs of the test.

Bound that is shown: a large job starts ``keep_room_after``, and twice the longest run, after nothing
waits before it: within one run a node has passed it by, within another one it has its room.
"""

from itertools import count

import pytest

from node_service.processes import Ended
from spool_layout.ticket import Resources
from tests.node_service.conftest import FakeProcesses
from tests.real.real_spool import make_spool
from wamspool.snapshot import read_node

STEP_S = 10.0
HEARTBEAT_S = 10.0
RUN_S = 60.0
AFTER_S = 300.0
BOUND_S = AFTER_S + 2 * RUN_S + 2 * STEP_S


class Stream:
    """Nodes in step, a queue that never runs dry of one-core jobs, and runs that end in time."""

    def __init__(self, make_site, root, *, nodes=("alpha",), cpus=2, walltime_s=None):
        self.sites = [
            make_site(name=name, root=root, cpus=cpus, processes=FakeProcesses()) for name in nodes
        ]
        self.loops = [site.loop() for site in self.sites]
        self.walltime_s = walltime_s
        self.started_s: dict[str, float] = {}
        self.first_s: dict[str, float] = {}
        self.kept: list[dict[str, str]] = []
        self.now_s = 0.0
        self._ends_s: dict[str, float] = {}
        self._numbers = count()

    @property
    def one(self):
        return self.sites[0]

    def large(self, cpus=2, name="large"):
        """Small ones run already when it comes."""
        self.run(60)
        return self.one.submit(name=name, resources=Resources(cpus)).job

    def run(self, until_s, *, until=lambda: False):
        while self.now_s < until_s and not until():
            self._small()
            self._note_first()
            for site, loop in zip(self.sites, self.loops, strict=True):
                loop.turn()
                self._end_runs(site)
                site.clock.sleep(STEP_S)
            self.kept.append(
                {
                    site.node.name: loop._heartbeat.keeps_room_for
                    for site, loop in zip(self.sites, self.loops, strict=True)
                }
            )
            self.now_s += STEP_S

    def run_until_started(self, *jobs):
        self.run(self.now_s + 4 * AFTER_S, until=lambda: all(j in self.started_s for j in jobs))

    def run_until_kept(self, job):
        self.run(self.now_s + 4 * AFTER_S, until=lambda: job in self.kept[-1].values())
        assert job in self.kept[-1].values()

    def waited_s(self, job):
        return self.started_s[job] - self.first_s[job]

    def _small(self):
        waiting = len(self.one.tickets("incoming"))
        for _ in range(max(0, 2 * len(self.sites) + 2 - waiting)):
            resources = Resources(1, walltime_s=self.walltime_s)
            self.one.submit(name=f"s{next(self._numbers)}", resources=resources)

    def _note_first(self):
        """Since when nothing that is smaller waits before a large one."""
        for name in self.one.tickets("incoming"):
            job = name.removesuffix(".yaml").split("-", maxsplit=4)[4]
            if job.startswith("s"):
                return
            self.first_s.setdefault(job, self.now_s)

    def _end_runs(self, site):
        for folder in site.processes.started:
            job = folder.rpartition(".g")[0]
            if job not in self.started_s:
                self.started_s[job] = self.now_s
                # The first one is short, so that the cores of a node never become free at once.
                run_s = RUN_S / 2 if folder == site.processes.started[0] else RUN_S
                self._ends_s[job] = self.now_s + run_s
            if self.now_s >= self._ends_s[job]:
                site.processes.states[folder] = Ended(0, None, 0.5, 1000.0)


@pytest.fixture
def make_stream(make_site, tmp_path):
    def make(*, keep_room_after=AFTER_S, **said):
        settings = {"heartbeat": HEARTBEAT_S, "lease": 90, "keep_room_after": keep_room_after}
        return Stream(make_site, make_spool(tmp_path / "spool", **settings), **said)

    return make


def test_a_large_job_behind_an_endless_stream_starts_within_the_bound(make_stream):
    stream = make_stream()
    large = stream.large()
    stream.run_until_started(large)
    assert AFTER_S <= stream.waited_s(large) <= BOUND_S, "it was not the room kept that started it"


def test_without_room_kept_it_does_not(make_stream):
    stream = make_stream(keep_room_after="never")
    large = stream.large()
    stream.run(4 * AFTER_S)
    assert large not in stream.started_s
    assert len(stream.started_s) > 30, "the stream ran dry"


def test_when_the_large_one_has_begun_the_stream_goes_on(make_stream):
    stream = make_stream()
    large = stream.large()
    stream.run_until_started(large)
    stream.run(stream.now_s + 2 * RUN_S)
    assert stream.kept[-1] == {"alpha": ""}
    assert sum(s > stream.started_s[large] for s in stream.started_s.values()) >= 2


def test_what_ends_in_time_by_its_walltime_runs_before_it(make_stream):
    """Of four cores those that become free first serve jobs that end with the last one."""
    stream = make_stream(cpus=4, walltime_s=RUN_S / 2)
    large = stream.large(cpus=4)
    stream.run_until_kept(large)
    began_s = stream.now_s - STEP_S
    stream.run_until_started(large)
    between = [s for s in stream.started_s.values() if began_s < s < stream.started_s[large]]
    assert stream.waited_s(large) <= BOUND_S
    assert len(between) <= 2


def test_several_nodes_keep_room_for_different_large_jobs(make_stream):
    stream = make_stream(nodes=("alpha", "beta", "gamma"))
    large = [stream.large(name=f"large{n}") for n in range(3)]
    stream.run_until_started(*large)
    # Two that begin at the same moment see each other at the next heartbeats: one begins anew.
    assert max(map(stream.waited_s, large)) <= BOUND_S + 4 * HEARTBEAT_S
    for job in large:
        keepers = [sum(kept == job for kept in moment.values()) for moment in stream.kept]
        assert sum(number > 1 for number in keepers) * STEP_S <= 4 * HEARTBEAT_S


def test_without_room_kept_several_nodes_start_none_of_them(make_stream):
    stream = make_stream(keep_room_after="never", nodes=("alpha", "beta"))
    large = [stream.large(name=f"large{n}") for n in range(2)]
    stream.run(4 * AFTER_S)
    assert not stream.started_s.keys() & set(large)


def test_a_node_that_drains_keeps_no_room(make_stream):
    stream = make_stream()
    stream.run_until_kept(stream.large())
    stream.loops[0]._requests.draining.begin(by="jo", why="", since="")
    stream.run(stream.now_s + STEP_S)
    assert stream.kept[-1] == {"alpha": ""}


def test_the_status_says_for_whom_room_is_kept(make_stream):
    stream = make_stream()
    large = stream.large()
    stream.run_until_kept(large)
    assert read_node(stream.one.spool, "alpha").status.keeps_room_for == large


@pytest.mark.parametrize(("after", "reads"), [("never", 0), (AFTER_S, 3)])
def test_only_an_overdue_job_has_the_others_heard_and_rarely(make_stream, after, reads):
    stream = make_stream(keep_room_after=after, nodes=("alpha", "beta"))
    for name in ("large0", "large1"):
        stream.large(name=name)
    stream.run(AFTER_S / 2)
    calls = stream.one.share.calls
    assert not [call for call in calls if call.startswith("read nodes/beta")]
    stream.run(stream.now_s + AFTER_S)
    calls.clear()
    stream.run(stream.now_s + 20)
    heard = [call for call in calls if call.startswith("read nodes/beta")]
    assert len(heard) <= reads


@pytest.mark.parametrize("kept_off", ["after", "avoided", "kept back"])
def test_no_room_is_kept_for_what_something_else_keeps_from_the_node(
    make_stream, monkeypatch, kept_off
):
    stream = make_stream()
    large = stream.large()
    claiming = stream.loops[0]._claiming
    if kept_off == "after":
        monkeypatch.setattr(
            claiming._dependencies, "are_met", lambda t: t.job != large or stream.now_s < 100
        )
    elif kept_off == "avoided":
        monkeypatch.setattr(
            claiming, "avoided", lambda: frozenset([large]) | frozenset(claiming._attempts)
        )
    else:
        monkeypatch.setattr(claiming.courtesy, "kept_back", lambda: 1)
    stream.run(3 * AFTER_S)
    assert large not in stream.started_s
    assert all(kept == {"alpha": ""} for kept in stream.kept)
    assert stream.started_s and max(stream.started_s.values()) > 2 * AFTER_S
