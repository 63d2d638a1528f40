"""Two services of one name meet at a heartbeat: one stays, and no job is lost to their quarrel."""

import pytest

from node_service.attempt import Phase
from node_service.loop import Loop
from node_service.rivals import NameTaken
from tests.node_service.test_job_requests import Obedient
from tests.real.real_spool import left_over, outcomes
from wamspool.errors import Unreachable


@pytest.fixture
def twins(make_site):
    """Two machines with one name; neither sees the other when it starts."""
    first = make_site(processes=Obedient())
    second = make_site(root=first.root, scratch="elsewhere", processes=Obedient())
    first.node.home, second.node.home = "one:/scratch", "two:/scratch"
    second.clock.drawn = 1000  # other chances
    return first, second


def begun(site, monkeypatch):
    loop = Loop(site.node)
    monkeypatch.setattr(loop._heartbeat, "refuse_rival", lambda: None)
    loop.begin()
    site.loops.append(loop)
    return loop


def serve(loop):
    """One turn, as ``serve`` takes it; whether the service goes on."""
    try:
        loop.turn()
    except NameTaken:
        loop._give_up_name()
        return False
    return True


@pytest.mark.parametrize("same_home", [False, True])
def test_of_two_the_one_that_began_earlier_stays_and_each_job_is_done(
    twins, monkeypatch, same_home
):
    first, second = twins
    if same_home:  # cloned machines are alike in all
        second.node.home = first.node.home
    jobs = [first.submit().job for _ in range(4)]
    serving = {"first": begun(first, monkeypatch), "second": begun(second, monkeypatch)}
    left = []
    for number in range(240):
        for site, name in ((first, "first"), (second, "second")):
            if name in serving and not serve(serving[name]):
                left.append(name)
                del serving[name]
            site.clock.sleep(0.5)
        if number % 30 == 29:
            first.processes.end_all()
            second.processes.end_all()
    assert left == ["second"]
    assert {job: record.outcome for job, record in outcomes(first.root).items()} == dict.fromkeys(
        jobs, "completed"
    )
    assert left_over(first.root) == []


def test_who_leaves_stops_its_runs_and_says_nothing_more_under_the_name(twins, monkeypatch):
    first, second = twins
    begun(first, monkeypatch)
    second.submit()
    loop = begun(second, monkeypatch)
    second.turn(loop, 2)
    (attempt,) = loop._attempts.values()
    assert attempt.phase is Phase.SOLVING
    loop._give_up_name()
    assert second.processes.stopped and attempt.phase is Phase.OVER
    before = sorted(p.name for p in (first.root / "nodes").iterdir())
    loop._heartbeat.beat("stopped", second.node.whole(), [], ())
    assert sorted(p.name for p in (first.root / "nodes").iterdir()) == before


@pytest.mark.parametrize("words", ["ab", "ba"])
def test_two_that_start_at_the_same_moment_do_not_both_begin(twins, monkeypatch, words):
    """The second has shown nothing of itself yet: it leaves, whatever its word."""
    first, _ = twins
    loops = [Loop(site.node) for site in twins]
    for loop, word in zip(loops, words, strict=True):
        monkeypatch.setattr(loop._heartbeat._rivals, "_service", word)
        loop._heartbeat.begin()
        monkeypatch.setattr(loop._heartbeat, "begin", lambda: None)
        monkeypatch.setattr(loop._heartbeat, "refuse_rival", lambda: None)
    began = []
    for site, loop in zip(twins, loops, strict=True):
        try:
            loop.begin()
        except NameTaken:
            continue
        site.loops.append(loop)
        began.append(loop)
    assert began == loops[:1]
    assert len(list((first.root / "nodes").iterdir())) == 1


def test_an_answer_that_was_lost_is_no_rival(site):
    loop = site.loop()
    site.share.fail("create", Unreachable("nodes", "timed out"), about="nodes/", done=True)
    site.turn(loop, 30)
    assert len(list((site.root / "nodes").iterdir())) == 1
