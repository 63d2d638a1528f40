"""What an earlier service has left on the share and on scratch."""

import pytest

from node_service.attempt import Phase
from node_service.processes import Running
from node_service.recover import find_claims, tidy_scratch
from node_service.stage_in import stage_in
from tests.real.real_spool import left_on, outcomes
from wamspool.errors import Denied


def test_claims_and_runs_of_this_node_are_found_and_no_others(make_site, site, solving):
    claimed = site.submit(name="claimed")
    site.claim(claimed)
    other = make_site(name="beta", root=site.root)
    theirs = other.submit(name="theirs")
    other.claim(theirs)
    found = {a.job: a.phase for a in find_claims(site.node)}
    assert found == {claimed.job: Phase.STAGE_IN, solving.job: Phase.SOLVING}


def test_a_run_goes_on_with_its_start_and_its_gpus(site, solving):
    solving.folder.mark_staged((1, 3))
    began_s = site.clock.utc_now().timestamp() - 50
    site.processes.states[solving.folder.path.name] = Running(7, began_s)
    (found,) = find_claims(site.node)
    assert found.gpus == (1, 3)
    assert found.started_s == pytest.approx(site.clock.monotonic_s() - 50)
    assert found.started is not None and found.stop_asked_s is None


def test_a_run_that_had_been_asked_to_stop_is_not_asked_again(site, solving):
    solving.folder.note_stop("walltime")
    (found,) = find_claims(site.node)
    assert found.stop_asked_s == site.clock.monotonic_s()


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"wam: 99\n"])
def test_a_run_whose_ticket_cannot_be_read_is_neither_taken_up_nor_killed(site, solving, content):
    (site.root / solving.place.path).write_bytes(content)
    assert find_claims(site.node) == []
    tidy_scratch(site.node, [])
    assert site.processes.stopped == [] and solving.folder.is_staged


def test_a_ticket_that_this_account_may_not_read_does_not_keep_the_service_from_starting(
    site, solving
):
    site.share.fail("read", Denied("running", "no right"), about="running/")
    assert find_claims(site.node) == []
    tidy_scratch(site.node, [])
    assert site.processes.stopped == []


def test_a_run_whose_solver_left_the_settings_is_not_killed(make_site, site, solving):
    later = make_site(
        root=site.root,
        programs={"calculix": "/bin/true"},
        processes=site.processes,
        scratch="scratch-alpha",
    )
    assert find_claims(later.node) == []
    tidy_scratch(later.node, [])
    assert site.processes.stopped == [] and solving.folder.is_staged


def test_a_claim_whose_solver_left_the_settings_waits_for_another_node(make_site, site):
    site.claim(site.submit())
    later = make_site(root=site.root, programs={"calculix": "/bin/true"})
    assert find_claims(later.node) == []
    assert len(later.tickets("incoming")) == 1 and later.tickets("claimed") == []
    assert "no solver 'command' on this node" in later.journal()


def test_a_folder_that_is_named_like_a_claim_is_no_claim(site):
    (site.root / "claimed/5-20260101-000000-000-job-abcde.g1.a0.alpha.yaml").mkdir()
    assert find_claims(site.node) == []


def test_a_folder_that_was_not_staged_goes(site):
    attempt = site.attempt()
    attempt.folder.run.mkdir(parents=True)
    (site.root / attempt.place.path).unlink()
    tidy_scratch(site.node, [])
    assert left_on(site.node.scratch.root) == []


def test_a_fenced_run_is_ended_and_put_aside(site, solving):
    (site.root / solving.place.path).unlink()
    tidy_scratch(site.node, [])
    name = solving.folder.path.name
    assert site.processes.stopped == [(name, True)]
    assert left_on(site.node.scratch.root) == [f"aside/{name}"]


def test_what_was_published_before_the_crash_is_shown_and_forgotten(site, solving):
    hidden = site.root / f"done/2026-03/.{solving.job}.g1"
    hidden.mkdir(parents=True)
    (hidden / "outcome.yaml").write_text(f"job: {solving.job}\noutcome: completed\n")
    (site.root / solving.place.path).rename(hidden / "ticket.yaml")
    tidy_scratch(site.node, [])
    assert list(outcomes(site.root)) == [solving.job]
    assert left_on(site.node.scratch.root) == []


def test_what_another_published_is_not_taken_for_ours(site, solving):
    shown = site.root / f"done/2026-03/{solving.job}"
    shown.mkdir(parents=True)
    (shown / "outcome.yaml").write_text(f"job: {solving.job}\noutcome: completed\nnode: beta\n")
    (site.root / solving.place.path).unlink()
    tidy_scratch(site.node, [])
    assert left_on(site.node.scratch.root) == [f"aside/{solving.folder.path.name}"]


def test_held_attempts_are_left_alone(site):
    attempt = site.attempt()
    stage_in(site.node, attempt)
    tidy_scratch(site.node, [attempt])
    assert attempt.folder.is_staged
