"""Looking into incoming/: few listings, presets that add up, nothing that ends the look."""

import os

import pytest

from spool_layout.states import State
from tests.adopting import Adopting
from tests.clocks import FakeClock
from tests.faults import FaultyShare, raising
from tests.spools import DECK, as_seen_by, named, new_spool, put
from wamspool.errors import Denied
from wamspool.incoming import FOLDERS_MAX, Incoming
from wamspool.transition import Place


@pytest.fixture
def spool(tmp_path):
    return new_spool(tmp_path / "spool")


@pytest.fixture
def folder(tmp_path, spool):
    return tmp_path / "spool/incoming"


def folders_of(queue):
    return {folder.path: folder for folder in queue.folders}


def drops_of(queue):
    return {drop.path for folder in queue.folders for drop in folder.drops}


def test_the_queue_is_in_its_order(spool):
    urgent = named("c-aaaaa", priority=2, stamp="20261123-000000-000")
    early = named("b-aaaaa", stamp="20261121-000000-000")
    again = named("a-aaaaa", generation=2, attempt=1)
    for name in (again, early, urgent):
        put(spool, Place(State.QUEUED, name))
    assert tuple(Incoming(spool).look().waiting) == (urgent, early, again)


def test_what_only_looks_like_a_ticket_does_not_wait(spool, folder):
    (folder / named("a-aaaaa").file_name).mkdir()
    (folder / named("b-aaaaa").file_name).symlink_to("absent")
    os.mkfifo(folder / named("c-aaaaa").file_name)
    assert not Incoming(spool).look().waiting


def test_a_look_costs_two_listings_whatever_there_is(spool, folder):
    for number in range(30):
        (folder / f"study-{number}/inner").mkdir(parents=True)
        (folder / f"study-{number}/a.inp").write_bytes(DECK)
        put(spool, Place(State.QUEUED, named(f"job-{number:05}")))
    counting = FaultyShare(spool.share)
    incoming = Incoming(as_seen_by(spool, FakeClock(), counting))
    for _ in range(100):
        before = counting.calls
        queue = incoming.look()
        assert counting.calls - before <= 2
    assert len(drops_of(queue)) == 30


def test_every_folder_has_its_turn(spool, folder):
    incoming = Incoming(spool)
    for _ in range(30):
        incoming.look()
        spool.clock.advance(1)
    names = ("high", "low", "2cpus", "4cpus", "8cpus")
    for name in names:
        (folder / name / "a.inp").write_bytes(DECK)
    for _ in names:
        queue = incoming.look()
        spool.clock.advance(1)
    assert drops_of(queue) == {f"incoming/{name}/a.inp" for name in names}


def test_a_folder_that_told_of_a_change_is_listed_next(spool, folder):
    incoming = Incoming(spool)
    for _ in range(30):
        incoming.look()
        spool.clock.advance(1)
    (folder / "low/a.inp").write_bytes(DECK)
    incoming.changed("incoming/low")
    incoming.changed("incoming/absent")
    assert drops_of(incoming.look()) == {"incoming/low/a.inp"}


def test_presets_add_up_from_the_outside_in(spool, folder):
    (folder / "high/8cpus/Study").mkdir(parents=True)
    for place in ("", "high/", "high/8cpus/", "high/8cpus/Study/"):
        (folder / f"{place}a.inp").write_bytes(DECK)
    queue = Incoming(spool).look_everywhere()
    high, cpus = {"priority": "high"}, {"resources": {"cpus": 8}}
    presets = {drop.path: list(drop.presets) for f in queue.folders for drop in f.drops}
    assert presets == {
        "incoming/a.inp": [],
        "incoming/high/a.inp": [high],
        "incoming/high/8cpus/a.inp": [high, cpus],
        "incoming/high/8cpus/Study/a.inp": [high, cpus],
    }
    groups = {path for path, f in folders_of(queue).items() if f.is_group}
    assert groups == {"incoming/high/8cpus/Study"}


def test_a_preset_s_name_inside_a_dropped_folder_is_just_a_name(spool, folder):
    (folder / "study/high").mkdir(parents=True)
    (folder / "study/high/a.inp").write_bytes(DECK)
    queue = Incoming(spool).look_everywhere()
    known = folders_of(queue)["incoming/study/high"]
    assert known.presets == () and known.is_group


def test_what_is_gone_is_forgotten_with_all_below_it(spool, folder):
    (folder / "study/inner").mkdir(parents=True)
    (folder / "study/inner/a.inp").write_bytes(DECK)
    incoming = Incoming(spool)
    assert drops_of(incoming.look_everywhere())
    (folder / "study").rename(folder.parent / "elsewhere")
    assert "study" not in str(folders_of(incoming.look_everywhere()).keys())


def test_a_folder_that_goes_between_two_listings_is_no_error(spool, folder):
    (folder / "study").mkdir()
    vanishing = FaultyShare(spool.share)
    vanishing.at("list", "incoming/study", before=(folder / "study").rmdir)
    incoming = Incoming(as_seen_by(spool, FakeClock(), vanishing))
    assert "incoming/study" not in folders_of(incoming.look_everywhere())


def test_a_folder_that_may_not_be_read_does_not_keep_us_from_the_rest(spool, folder):
    (folder / "private").mkdir()
    (folder / "low/a.inp").write_bytes(DECK)
    refusing = FaultyShare(spool.share)
    refusing.at("list", "private", before=raising(Denied("private", "Permission denied")), times=99)
    queue = Incoming(as_seen_by(spool, FakeClock(), refusing)).look_everywhere()
    assert drops_of(queue) == {"incoming/low/a.inp"}


def test_a_link_to_a_folder_is_not_looked_into(spool, folder, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a.inp").write_bytes(DECK)
    (folder / "way").symlink_to(tmp_path / "outside")
    assert drops_of(Incoming(spool).look_everywhere()) == set()


def test_a_flood_of_folders_is_bounded(spool, folder):
    for number in range(FOLDERS_MAX + 50):
        (folder / f"f{number:03}").mkdir()
    queue = Incoming(spool).look_everywhere()
    assert len(queue.folders) == FOLDERS_MAX


def test_how_long_a_folder_has_kept_its_names(spool, folder):
    incoming = Incoming(spool)
    began_s = spool.clock.monotonic_s()
    assert folders_of(incoming.look())["incoming"].quiet_since_s == began_s
    spool.clock.advance(5)
    assert folders_of(incoming.look())["incoming"].quiet_since_s == began_s
    put(spool, Place(State.QUEUED, named()))
    assert folders_of(incoming.look())["incoming"].quiet_since_s == began_s
    (folder / "mesh.inc").write_bytes(b"")
    known = folders_of(incoming.look())["incoming"]
    assert known.quiet_since_s == began_s + 5


def test_drops_in_all_these_folders_become_jobs(spool, folder):
    (folder / "high/8cpus").mkdir()
    for place in ("", "high/", "high/8cpus/", "low/"):
        (folder / f"{place}a.inp").write_bytes(DECK)
    node = Adopting(spool)
    node.settle(for_s=30)
    waiting = Incoming(spool).look().waiting
    assert sorted(name.priority for name in waiting) == [2, 2, 5, 8]


def test_a_folder_that_is_being_dropped_comes_before_the_presets_and_hides_nothing(spool):
    (folder := spool.share).make_folder("incoming/study")
    folder.make_folder("incoming/study/mesh")
    folder.create("incoming/study/a.inp", b"*STEP\n")
    incoming = Incoming(spool)
    everything = incoming.look_everywhere()
    assert {f.path for f in everything.folders} >= {"incoming/study", "incoming/study/mesh"}
    assert incoming.is_filling()
    folder.create("incoming/study/b.inp", b"*STEP\n")
    found = next(f for f in incoming.look().folders if f.path == "incoming/study")
    assert "b.inp" in found.names
    folder.remove("incoming/study/a.inp")
    folder.remove("incoming/study/b.inp")
    incoming.look()
    assert not incoming.is_filling()
