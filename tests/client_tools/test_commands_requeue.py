"""``wam requeue``: a run is stopped and repeated, a done job becomes a new one."""

import json

from spool_layout.after import After
from spool_layout.states import Outcome, State
from spool_layout.ticket import Draft, parse_ticket
from tests.client_tools.conftest import DECK
from wamspool.asking import requests_now
from wamspool.expire import take_back
from wamspool.find import find_job
from wamspool.gather import Item
from wamspool.submit import Submission, submit

RUNNING = {"state": State.RUNNING, "node": "cougar", "generation": 1}


def done_job(spool, tmp_path, **asked):
    """A job that has been through its life, with real inputs; its folder."""
    deck = tmp_path / "bracket.inp"
    deck.write_text(DECK)
    draft = Draft("bracket.inp", solver="calculix", **asked)
    return submit(spool, Submission(draft, tmp_path, (Item("bracket.inp", "bracket.inp"),), "jo"))


def test_a_running_one_waits_again(wam, spool, made, clock):
    place = made.job(spool, "bracket-aaaaa", **RUNNING)
    made.node(spool)
    clock.meanwhile = [lambda: take_back(spool, place, silent_s=1)]
    run = wam("requeue", "bracket")
    assert run.code == 0 and run.out == "stopped bracket-aaaaa; it waits again\n"
    assert requests_now(spool.share) == []


def test_one_that_runs_again_already_is_no_less_well_served(wam, spool, made, clock):
    place = made.job(spool, "bracket-aaaaa", **RUNNING)
    made.node(spool)

    def again():
        spool.share.remove(place.path)
        made.job(spool, "bracket-aaaaa", State.RUNNING, node="lynx", generation=3)

    clock.meanwhile = [again]
    run = wam("requeue", "bracket", "--json")
    told = json.loads(run.out)
    assert (run.code, told["jobs"][0]["node"], told["asked"]) == (0, "lynx", [])


def test_it_is_asked_of_this_run_alone(wam, spool, made):
    made.job(spool, "bracket-aaaaa", **RUNNING)
    assert json.loads(wam("requeue", "bracket", "--no-wait", "--json").out)["asked"]
    (name,) = requests_now(spool.share)
    assert b"generation: 1" in spool.share.read(f"requests/{name.file_name}")


def test_a_done_one_is_queued_anew_from_its_inputs(wam, spool, tmp_path):
    ticket = done_job(spool, tmp_path, hold=True, priority=2, note="mesh 3")
    assert wam("kill", ticket.job).code == 0
    run = wam("requeue", ticket.job)
    assert run.code == 0
    (name,) = [e.name for e in spool.share.list("incoming") if e.name.endswith(".yaml")]
    new = parse_ticket(spool.share.read(f"incoming/{name}"), source=name)
    assert run.out == f"{ticket.job} is done; queued anew as {new.job}, a job of its own\n"
    assert new.job != ticket.job and new.inputs == ticket.inputs
    assert (new.draft.priority, new.draft.note, new.draft.hold) == (2, "mesh 3", False)
    assert spool.share.read(f"jobs/{new.job}/bracket.inp") == DECK.encode()
    assert find_job(spool, ticket.job).state is State.DONE


def test_a_done_one_does_not_wait_for_what_is_gone_since(wam, spool, made, tmp_path):
    made.done(spool, "plate-aaaaa")
    made.done(spool, "wheel-bbbbb", Outcome.FAILED)
    ticket = done_job(
        spool, tmp_path, after=(After("plate-aaaaa"), After("wheel-bbbbb"), After("gone-ccccc"))
    )
    assert wam("kill", ticket.job).code == 0
    run = wam("requeue", ticket.job)
    assert run.code == 0
    assert "gone-ccccc is gone: the new job does not come after it" in run.err
    assert "wheel-bbbbb has failed: a job after it would wait for ever" in run.err
    (name,) = [e.name for e in spool.share.list("incoming") if e.name.endswith(".yaml")]
    new = parse_ticket(spool.share.read(f"incoming/{name}"), source=name)
    assert new.draft.after == (After("plate-aaaaa"), After("wheel-bbbbb"))


def test_inputs_that_were_changed_are_not_run(wam, spool, tmp_path):
    ticket = done_job(spool, tmp_path)
    wam("kill", ticket.job)
    folder = find_job(spool, ticket.job).folder
    (tmp_path / "spool" / folder / "inputs/bracket.inp").write_text("other")
    run = wam("requeue", ticket.job)
    assert run.code == 34 and "is not the file that was submitted" in run.err
    assert spool.share.list("jobs") == []


def test_inputs_that_are_gone_are_named(wam, spool, tmp_path):
    ticket = done_job(spool, tmp_path)
    wam("kill", ticket.job)
    (tmp_path / "spool" / find_job(spool, ticket.job).folder / "inputs/bracket.inp").unlink()
    run = wam("requeue", ticket.job)
    assert run.code == 65 and "inputs/bracket.inp is gone" in run.err


def test_one_that_waits_has_nothing_to_stop(wam, spool, made):
    made.job(spool, "bracket-aaaaa", State.HELD)
    run = wam("requeue", "bracket")
    assert run.code == 63 and "is held; it has no run to stop" in run.err
    assert "wam release JOB" in run.err
