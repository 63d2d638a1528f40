"""Tickets moved and copied by hand while a node is up: into cancel/, held/, and back."""

import shutil

import pytest

from node_service.requests import BY_HAND_S
from tests.node_service.test_job_requests import Obedient, run, solving
from tests.owners import OwnedShare
from tests.real.real_spool import outcomes


@pytest.fixture
def site(make_site):
    made = make_site(processes=Obedient())
    made.share._share = OwnedShare(made.share._share, nodes="wam")
    return made


def drag(site, source, target, *, copy=False):
    """What Explorer does with the only ticket in a folder."""
    (path,) = (site.root / source).glob("*.yaml")
    if copy:
        shutil.copy2(path, site.root / target / path.name)
    else:
        path.rename(site.root / target / path.name)
    return path.name


def waits(site):
    """A node that takes nothing, and a job that waits."""
    loop = site.loop()
    loop._requests.draining.begin(by="jo", why="", since="")
    return site.submit().job, loop


def cancelled(site, loop, times=4):
    run(site, loop, times, step_s=BY_HAND_S / 2)
    return outcomes(site.root)


@pytest.mark.parametrize("copy", [False, True])
@pytest.mark.parametrize("source", ["incoming", "held"])
def test_a_waiting_ticket_in_cancel_ends_its_job(site, source, copy):
    job, loop = waits(site)
    if source == "held":
        drag(site, "incoming", "held")
    drag(site, source, "cancel", copy=copy)
    record = cancelled(site, loop)[job]
    assert (record.outcome, record.by) == ("cancelled", "jo")
    assert "into cancel" in record.sentence
    assert not any((site.root / "cancel").iterdir()) and not any((site.root / "doors").iterdir())
    assert len(outcomes(site.root)) == 1


def test_a_running_ticket_dragged_into_cancel_is_no_lost_job(site):
    job, loop = solving(site)
    drag(site, "running", "cancel")
    record = cancelled(site, loop)[job]
    assert record.outcome == "cancelled" and "It was running on" in record.sentence
    assert site.processes.stopped and '"fenced"' in site.journal()
    assert list((site.root / "done").glob(f"*/{job}/inputs/*.inp"))


def test_a_copy_of_a_running_ticket_ends_the_run_with_what_it_has_computed(site):
    job, loop = solving(site)
    drag(site, "running", "cancel", copy=True)
    record = cancelled(site, loop, 8)[job]
    assert record.outcome == "cancelled" and "It was running;" in record.sentence
    assert not any((site.root / "cancel").iterdir()) and '"fenced"' not in site.journal()


def test_another_s_copy_cancels_nothing_and_a_text_says_why(site):
    _job, loop = waits(site)
    site.share._share.owners["cancel"] = "eve"
    name = drag(site, "incoming", "cancel", copy=True)
    assert cancelled(site, loop) == {}
    said = (site.root / "cancel" / f"{name}.why.txt").read_text()
    assert "it belongs to jo, and eve is no operator" in said and "What to do: Ask" in said
    assert [p.name for p in (site.root / "cancel").iterdir()] == [f"{name}.why.txt"]
    assert len(site.tickets("incoming")) == 1


def test_what_is_no_ticket_or_a_damaged_one_is_told_once_and_left(site):
    _job, loop = waits(site)
    (site.root / "cancel" / "deck.inp").write_text("*NODE\n")
    (site.root / "cancel" / "Thumbs.db").write_text("")
    name = drag(site, "incoming", "cancel")
    (site.root / "cancel" / name).write_text("job: [\n")
    assert cancelled(site, loop) == {}
    left = {p.name for p in (site.root / "cancel").iterdir()}
    assert left == {"deck.inp", "deck.inp.why.txt", "Thumbs.db", name, f"{name}.why.txt"}
    assert "line" in (site.root / "cancel" / f"{name}.why.txt").read_text()
    assert site.journal().count('"refused"') == 2


def test_a_copy_that_comes_when_the_job_is_done_goes(site):
    _job, loop = solving(site)
    name = drag(site, "running", "held", copy=True)
    site.processes.end_all()
    run(site, loop, 4)
    (site.root / "held" / name).rename(site.root / "cancel" / name)
    before = outcomes(site.root)
    assert cancelled(site, loop) == before and not any((site.root / "cancel").iterdir())


def test_a_spool_of_before_gets_the_folder(site):
    (site.root / "cancel").rmdir()
    run(site, site.loop(), 1)
    assert (site.root / "cancel").is_dir()


def test_a_ticket_moved_to_held_and_back_is_held_and_runs_once(site):
    loop = site.loop()
    job = site.submit().job
    drag(site, "incoming", "held")
    run(site, loop, 3)
    assert not site.processes.started and site.tickets("held")
    drag(site, "held", "incoming")
    run(site, loop, 3)
    site.processes.end_all()
    run(site, loop, 3)
    assert list(outcomes(site.root)) == [job] and len(site.processes.started) == 1


def test_copies_of_several_running_tickets_end_them_all_at_once(site):
    for name in ("first", "second"):
        site.submit(name=name)
    loop = site.loop()
    site.turn(loop, 3)
    for path in (site.root / "running").glob("*.yaml"):
        shutil.copy2(path, site.root / "cancel" / path.name)
    site.turn(loop, 5, step_s=BY_HAND_S / 2)
    assert len({name for name, _ in site.processes.stopped}) == 2


@pytest.mark.parametrize("state", ["incoming", "running"])
def test_a_copy_that_is_put_back_when_its_job_is_done_is_set_aside(site, state):
    """It had been kept in held/, of a job that waited or ran."""
    job, loop = solving(site) if state == "running" else waits(site)
    name = drag(site, state, "held", copy=True)
    loop._requests.draining.end()
    run(site, loop, 3)
    site.processes.end_all()
    run(site, loop, 6)
    (before,) = outcomes(site.root).values()
    (site.root / "held" / name).rename(site.root / "incoming" / name)
    run(site, loop, 40, step_s=5.0)
    assert outcomes(site.root) == {job: before} and len(list(site.root.glob("done/*/*"))) == 1
    assert [job in path.name for path in (site.root / "rejected").glob("*.why.txt")] == [True]
    assert not any((site.root / "doors").iterdir()) and not loop._attempts
