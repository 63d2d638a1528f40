"""Copies of what people watch while a job runs."""

import os

import pytest

from node_service.live import PIECE_BYTES, PIECES_AT_ONCE, UNWATCHED_BYTES
from node_service.live import LiveCopies as Copies
from node_service.settings import LIVE_S
from node_service.watchers import UNANSWERED_S, WATCHED_S, Watchers
from spool_layout.request import watch_request_name
from wamspool.errors import Full


def LiveCopies(node, *attempts):  # noqa: N802 - made as in the service, with its watchers
    held = {attempt.job: attempt for attempt in attempts}
    return Copies(node, Watchers(node, held))


def carried(site, live, *attempts):
    """The copies after one interval."""
    live.carry(list(attempts))
    site.clock.sleep(LIVE_S)
    live.carry(list(attempts))
    (attempt,) = attempts
    folder = site.root / f"jobs/{attempt.job}/live/g{attempt.generation}"
    return {p.name: p.read_bytes() for p in folder.iterdir()} if folder.exists() else {}


def test_what_was_added_is_carried_over_and_nothing_twice(site, solving):
    live, out = LiveCopies(site.node), solving.folder.run / "solver.out"
    out.write_bytes(b"one\n")
    assert carried(site, live, solving) == {"solver.out": b"one\n"}
    out.write_bytes(b"one\ntwo\n")
    (solving.folder.run / "bracket.sta").write_bytes(b"1\n")
    assert carried(site, live, solving) == {"solver.out": b"one\ntwo\n", "bracket.sta": b"1\n"}


def test_a_job_that_ends_within_the_first_interval_costs_nothing(site, solving):
    (solving.folder.run / "solver.out").write_bytes(b"one\n")
    before = len(site.share.calls)
    LiveCopies(site.node).carry([solving])
    assert len(site.share.calls) == before


def test_a_service_started_anew_goes_on_where_the_copy_ends(site, solving):
    out = solving.folder.run / "solver.out"
    out.write_bytes(b"one\n")
    carried(site, LiveCopies(site.node), solving)
    solving.live_offsets.clear()
    out.write_bytes(b"one\ntwo\n")
    assert carried(site, LiveCopies(site.node), solving) == {"solver.out": b"one\ntwo\n"}


@pytest.fixture
def watching(site, solving):
    """The watchers of the node, and a call that asks as a client does and carries."""
    watchers = Watchers(site.node, {solving.job: solving})
    live = Copies(site.node, watchers)

    def ask(mark="aaaaa"):
        site.share.create(f"requests/{watch_request_name(solving.job, mark)}", b"wam: 1\n")

    def look():
        watchers.see({entry.name for entry in site.share.list("requests")})
        live.carry([solving])

    return ask, look


def folder_of(site, attempt):
    return site.root / f"jobs/{attempt.job}/live/g{attempt.generation}"


def sent(site):
    return [call for call in site.share.calls if call.startswith("append jobs")]


def test_while_nobody_watches_only_the_beginning_is_carried(site, solving):
    live = LiveCopies(site.node, solving)
    (solving.folder.run / "solver.out").write_bytes(b"x" * (UNWATCHED_BYTES + 7))
    (solving.folder.run / "bracket.msg").write_bytes(b"m")
    assert len(carried(site, live, solving)["solver.out"]) == UNWATCHED_BYTES
    before = len(site.share.calls)
    assert set(carried(site, live, solving)) == {"solver.out"}
    assert len(site.share.calls) == before, "nothing more goes over the share"


def test_a_watcher_is_shown_all_at_once_and_told_that_it_is_fresh(site, solving, watching):
    ask, look = watching
    (solving.folder.run / "solver.out").write_bytes(b"x" * (2 * PIECE_BYTES))
    (solving.folder.run / "bracket.msg").write_bytes(b"m")
    ask()
    look()
    assert (folder_of(site, solving) / "solver.out").stat().st_size == 2 * PIECE_BYTES
    assert (folder_of(site, solving) / "bracket.msg").read_bytes() == b"m"
    assert site.share.list("requests") == []


def test_only_what_was_added_goes_over_the_share_and_nothing_when_nobody_watches(
    site, solving, watching
):
    ask, look = watching
    out, total = solving.folder.run / "solver.out", 0
    ask()
    for number in range(10):
        with out.open("ab") as file:
            total += file.write(f"line {number}\n".encode() * 2000)
        look()
        site.clock.sleep(LIVE_S)
        assert (folder_of(site, solving) / "solver.out").read_bytes() == out.read_bytes()
    assert len(sent(site)) <= 11, "one for each increment, and one for the folder"
    site.clock.sleep(WATCHED_S)
    with out.open("ab") as file:
        file.write(b"unseen")
    before = len(sent(site))
    for _ in range(10):
        look()
        site.clock.sleep(LIVE_S)
    assert len(sent(site)) == before
    ask("bbbbb")
    look()
    assert (folder_of(site, solving) / "solver.out").read_bytes() == out.read_bytes()


def test_much_at_once_is_carried_in_turns(site, solving, watching):
    ask, look = watching
    most = PIECES_AT_ONCE * PIECE_BYTES
    with (solving.folder.run / "solver.out").open("wb") as file:
        file.truncate(most + 7)
    ask()
    look()
    assert (folder_of(site, solving) / "solver.out").stat().st_size == most
    site.clock.sleep(LIVE_S)
    look()
    assert (folder_of(site, solving) / "solver.out").stat().st_size == most + 7


def test_a_request_about_nobody_s_job_goes_after_a_while(site, solving, watching):
    _, look = watching
    site.share.create(f"requests/{watch_request_name('other-ccccc', 'aaaaa')}", b"wam: 1\n")
    look()
    assert len(site.share.list("requests")) == 1
    site.clock.sleep(UNANSWERED_S)
    look()
    assert site.share.list("requests") == []


def test_a_share_that_refuses_is_tried_at_the_next_turn(site, solving):
    live = LiveCopies(site.node)
    (solving.folder.run / "solver.out").write_bytes(b"one\n")
    site.share.fail("append", Full("jobs", "no room"))
    assert carried(site, live, solving) == {}
    assert carried(site, live, solving) == {"solver.out": b"one\n"}


def test_after_a_job_has_ended_elsewhere_its_folder_does_not_come_back(site, solving):
    live = LiveCopies(site.node)
    (solving.folder.run / "solver.out").write_bytes(b"one\n")
    (site.root / f"jobs/{solving.job}").rename(site.root / "done/elsewhere")
    assert carried(site, live, solving) == {}
    assert not (site.root / f"jobs/{solving.job}").exists()


def test_a_pipe_in_the_place_of_a_text_keeps_nobody_waiting(site, solving):
    os.mkfifo(solving.folder.run / "bracket.sta")
    assert carried(site, LiveCopies(site.node), solving) == {}
