"""The status file whose name is the heartbeat."""

from dataclasses import replace

import pytest

from node_service.heartbeat import SEQUENCE_MAX, Heartbeat
from node_service.rivals import NameTaken
from node_service.settings import STATUS_S
from spool_layout.records import NodeStatus, format_status, parse_status
from tests.real.real_spool import QUICK
from wamspool.errors import Busy, Full


def beats(site):
    return sorted(p.name for p in (site.root / "nodes").iterdir())


def beating(site):
    heartbeat = Heartbeat(site.node)
    heartbeat.begin()
    return heartbeat


def beat(site, heartbeat, state="up", attempts=(), problems=()):
    heartbeat.beat(state, site.node.whole(), list(attempts), tuple(problems))


def test_each_beat_is_a_new_name_and_the_old_one_goes(site):
    heartbeat = beating(site)
    for number in (1, 2, 3):
        beat(site, heartbeat)
        assert beats(site) == [f"alpha.{number}.json"]
        site.clock.sleep(STATUS_S)


def test_nothing_is_written_when_nothing_is_new_until_a_heartbeat_is_due(make_site):
    site = make_site()
    heartbeat = beating(site)
    beat(site, heartbeat)
    written = len(site.share.calls)
    beat(site, heartbeat)
    assert len(site.share.calls) == written


def test_the_number_goes_on_where_the_last_service_left_off(site):
    (site.root / "nodes/alpha.41.json").write_text("{}")
    (site.root / "nodes/beta.99.json").write_text("{}")
    beat(site, beating(site))
    assert beats(site) == ["alpha.42.json", "beta.99.json"]


def test_a_number_without_a_next_one_was_written_by_hand_and_is_not_counted_on(site):
    (site.root / f"nodes/alpha.{SEQUENCE_MAX * 10 - 1}.json").write_text("{}")
    (site.root / "nodes/alpha.7.json").write_text("{}")
    beat(site, beating(site))
    assert beats(site) == ["alpha.8.json"]


def test_a_reader_in_the_way_of_removing_leaves_no_file_behind_for_good(site):
    heartbeat = beating(site)
    beat(site, heartbeat)
    site.share.fail("remove", Busy("nodes", "open"), about="alpha.1.json")
    site.clock.sleep(STATUS_S)
    beat(site, heartbeat)
    assert beats(site) == ["alpha.1.json", "alpha.2.json"]
    site.clock.sleep(STATUS_S)
    beat(site, heartbeat)
    assert beats(site) == ["alpha.3.json"]


def test_a_share_that_refuses_is_asked_again_after_a_pause(site):
    heartbeat = beating(site)
    site.share.fail("create", Full("nodes", "no room"))
    beat(site, heartbeat)
    assert beats(site) == []
    assert heartbeat.due_in_s() == min(STATUS_S, QUICK["heartbeat"])
    beat(site, heartbeat)
    assert beats(site) == []
    site.clock.sleep(STATUS_S)
    beat(site, heartbeat)
    assert beats(site) == ["alpha.1.json"]


def test_the_end_is_said_at_once(site):
    heartbeat = beating(site)
    beat(site, heartbeat)
    beat(site, heartbeat, state="stopped")
    (path,) = (site.root / "nodes").iterdir()
    assert parse_status(path.read_bytes(), source="").state == "stopped"


def test_the_status_tells_what_the_node_has_and_holds(site, solving):
    solving.problem = "the share is full"
    beat(site, beating(site), attempts=[solving], problems=["the share is full"])
    (path,) = (site.root / "nodes").iterdir()
    status = parse_status(path.read_bytes(), source="")
    assert (status.node, status.cpus, status.solvers) == ("alpha", 2, ("command",))
    assert status.problems == ("the share is full",)
    (job,) = status.jobs
    assert (job.job, job.phase, job.attempt, job.note) == (
        solving.job,
        "solving",
        1,
        "the share is full",
    )


def elsewhere(site, sequence, state="up"):
    status = NodeStatus(site.node.name, state, extra={"home": "other:/scratch"})
    (site.root / f"nodes/alpha.{sequence}.json").write_bytes(format_status(status))


def test_a_living_service_of_this_name_elsewhere_is_a_rival(site, monkeypatch):
    elsewhere(site, 7)
    heartbeat = beating(site)
    monkeypatch.setattr(type(site.clock), "sleep", lambda *_: elsewhere(site, 8))
    with pytest.raises(NameTaken, match=r"alive already \(other:/scratch\)"):
        heartbeat.refuse_rival()


def test_a_dead_or_ended_service_elsewhere_is_none(site):
    heartbeat = beating(site)
    heartbeat.refuse_rival()
    elsewhere(site, 7, state="stopped")
    before_s = site.clock.monotonic_s()
    heartbeat.refuse_rival()
    assert site.clock.monotonic_s() == before_s
    elsewhere(site, 8)
    heartbeat.refuse_rival()
    assert site.clock.monotonic_s() > before_s


def test_a_number_that_another_has_taken_is_passed(site):
    heartbeat = beating(site)
    beat(site, heartbeat)
    elsewhere(site, 2)
    for _ in range(2):
        site.clock.sleep(STATUS_S + site.node.spool.settings.heartbeat_s)
        beat(site, heartbeat)
    assert beats(site) == ["alpha.4.json"]


def test_results_on_their_way_are_said_to_be(site, solving):
    solving.stop_asked_s, solving.has_ended = site.clock.monotonic_s(), True
    beat(site, beating(site), attempts=[solving])
    (path,) = (site.root / "nodes").iterdir()
    assert parse_status(path.read_bytes(), source="x").jobs[0].phase == "stage-out"


def test_a_run_that_is_being_stopped_is_said_to_be(site, solving):
    solving.stop_asked_s = site.clock.monotonic_s()
    beat(site, beating(site), "draining", [solving])
    (path,) = (site.root / "nodes").iterdir()
    told = parse_status(path.read_bytes(), source="x")
    assert (told.state, told.jobs[0].phase) == ("draining", "stopping")


def test_what_a_run_uses_is_told_and_no_beat_is_made_for_it(site, solving):
    slow = replace(site.spool.settings, heartbeat_s=10.0)
    object.__setattr__(site.node.spool, "settings", slow)
    heartbeat = beating(site)

    def told():
        (name,) = beats(site)
        status = parse_status((site.root / "nodes" / name).read_bytes(), source=name)
        (job,) = status.jobs
        return name, (job.cores_busy, job.memory_used_bytes, job.memory_peak_bytes)

    def use(cores, used_bytes):
        solving.used.sampled_s = site.clock.monotonic_s()
        solving.used.cores_busy = cores
        solving.used.memory_bytes = solving.used.memory_peak_bytes = used_bytes

    beat(site, heartbeat, attempts=[solving])
    assert told() == ("alpha.1.json", (None, None, None))
    for _ in range(3):
        use(1.666, 1000)
        beat(site, heartbeat, attempts=[solving])
        assert told()[0] == "alpha.1.json"
        site.clock.sleep(STATUS_S)
    site.clock.sleep(10.0)
    use(2.0, 2000)
    beat(site, heartbeat, attempts=[solving])
    assert told() == ("alpha.2.json", (2.0, 2000, 2000))
    site.clock.sleep(STATUS_S)
    use(3.0, 3000)
    beat(site, heartbeat, attempts=[solving], problems=("something new",))
    assert told() == ("alpha.3.json", (3.0, 3000, 3000))
