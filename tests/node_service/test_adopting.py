"""Drops on their way to the queue, with several nodes looking at them."""

import pytest

from node_service.adopting import Adopting
from node_service.decide import Consider
from spool_layout.ticket import parse_ticket
from wamspool.drops import Step
from wamspool.errors import Unreachable
from wamspool.incoming import Incoming
from wamspool.sweep import Sweep

GRACES_S = 0.2 + 1.0  # of these spools: door_grace and include_wait


class Adopter:
    """One node's adopting, by hand."""

    def __init__(self, site) -> None:
        self.site = site
        self.adopting = Adopting(site.node)
        self.incoming = Incoming(site.spool)

    def look(self):
        queue = self.incoming.look_everywhere()
        made = [
            self.adopting.consider(Consider(drop, folder))
            for folder in queue.folders
            for drop in folder.drops
        ]
        self.adopting.tidy(queue)
        return {c.path.rpartition("/")[2]: (c.step, c.detail) for c in made if c}

    def steps(self):
        return {name: step for name, (step, _) in self.look().items()}


@pytest.fixture
def alpha(site):
    return Adopter(site)


@pytest.fixture
def beta(site, make_site):
    other = make_site(name="beta", root=site.root)
    other.clock = other.spool.clock
    return Adopter(other)


def drop(site, name="bracket.inp", text="echo\n"):
    path = site.root / "incoming" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def tickets(site):
    return [
        parse_ticket(p.read_bytes(), source="") for p in site.root.glob("incoming/[0-9]-*.yaml")
    ]


def job_folders(site):
    return sorted(p.name.rpartition("-")[0] for p in (site.root / "jobs").iterdir())


def test_a_drop_becomes_a_job_that_remembers_where_it_lay(site, alpha):
    drop(site)
    assert alpha.steps() == {"bracket.inp": Step.ADOPTED}
    (ticket,) = tickets(site)
    assert ticket.draft.extra["dropped"] == "incoming/bracket.inp"
    assert (site.root / f"jobs/{ticket.job}/bracket.inp").read_text() == "echo\n"
    assert alpha.look() == {} and alpha.adopting.unsettled == set()


@pytest.mark.parametrize("first", ["aaa.yaml", "zzz.yaml"])
def test_a_ticket_and_its_deck_are_one_job_whichever_is_seen_first(site, alpha, first):
    drop(site)
    drop(site, first, "input: bracket.inp\npriority: high\n")
    alpha.look()
    alpha.look()
    (ticket,) = tickets(site)
    assert ticket.draft.priority == 2
    assert list((site.root / "rejected").iterdir()) == []


def test_a_deck_waits_while_its_ticket_waits(site, alpha):
    drop(site)
    drop(site, "t.yaml", "input: bracket.inp\nfiles: [mesh.inc]\n")
    assert alpha.steps() == {"bracket.inp": Step.WAITING, "t.yaml": Step.WAITING}
    drop(site, "mesh.inc", "x")
    assert alpha.steps()["t.yaml"] is Step.ADOPTED
    (ticket,) = tickets(site)
    assert {f.name for f in ticket.inputs} == {"bracket.inp", "mesh.inc"}


@pytest.mark.parametrize("text", ["input: bracket.inp\ncpus: 4\n", "input: bracket.inp\n: ["])
def test_a_deck_goes_with_its_refused_ticket_and_is_not_run_without_it(site, alpha, text):
    drop(site)
    drop(site, "bracket.yaml", text)
    alpha.look()
    alpha.look()
    assert tickets(site) == []
    names = {p.name for p in (site.root / "rejected").iterdir()}
    assert {"bracket.inp", "bracket.inp.why.txt", "bracket.yaml", "bracket.yaml.why.txt"} == names


def test_only_one_of_two_nodes_adopts(site, alpha, beta):
    drop(site)
    site.share.fail("create", Unreachable("jobs", "timed out"), about=".adopt-")
    assert alpha.steps() == {"bracket.inp": Step.WAITING}
    assert beta.steps() == {"bracket.inp": Step.WAITING}
    assert alpha.steps() == {"bracket.inp": Step.ADOPTED}
    assert beta.steps() == {}
    assert len(tickets(site)) == 1


def test_the_other_goes_on_where_the_first_died(site, alpha, beta):
    drop(site)
    site.share.fail("move", Unreachable("jobs", "timed out"), about="bracket.inp")
    assert alpha.steps() == {"bracket.inp": Step.WAITING}
    assert beta.steps() == {"bracket.inp": Step.WAITING}
    beta.site.clock.sleep(GRACES_S)
    assert beta.steps() == {"bracket.inp": Step.ADOPTED}
    assert len(tickets(site)) == 1


def test_a_sleeper_that_wakes_after_another_adopted_changes_nothing(site, alpha, beta):
    drop(site)
    site.share.fail("move", Unreachable("jobs", "timed out"), about="bracket.inp")
    alpha.look()
    beta.look()
    beta.site.clock.sleep(GRACES_S)
    beta.look()
    (ticket,) = tickets(site)
    assert alpha.steps() == {}
    assert (site.root / f"jobs/{ticket.job}/bracket.inp").exists()


def test_a_new_drop_of_the_same_name_leaves_the_inputs_of_the_adopted_one_alone(site, alpha, beta):
    """Alpha held the door of the first file when beta passed it over; then it sees a second."""
    drop(site)
    site.share.fail("move", Unreachable("jobs", "timed out"), about="bracket.inp")
    alpha.look()
    beta.look()
    beta.site.clock.sleep(GRACES_S)
    beta.look()
    (first,) = tickets(site)
    drop(site, text="echo another\n")
    alpha.look()
    assert (site.root / f"jobs/{first.job}/bracket.inp").read_text() == "echo\n"
    alpha.look()
    assert len(tickets(site)) == 2


def test_a_file_that_is_written_again_leaves_no_folder_behind(site, alpha):
    drop(site)
    site.share.fail("create", Unreachable("jobs", "timed out"), about=".adopt-")
    alpha.look()
    assert job_folders(site) == ["bracket"]
    drop(site, text="echo more\n")
    alpha.look()
    assert job_folders(site) == ["bracket"] and len(tickets(site)) == 1


def test_nobody_finishes_a_ticket_whose_drop_still_lies_there(site, alpha, beta):
    """Its adopter died with the draft written: all inputs are there, but for the ticket itself."""
    drop(site)
    drop(site, "t.yaml", "input: bracket.inp\n")
    site.share.fail("move", Unreachable("jobs", "timed out"), about="t.yaml")
    alpha.look()
    sweep = Sweep(beta.site.spool)
    for _ in range(3):
        sweep.sweep()
        beta.site.clock.sleep(1.0)
    assert tickets(site) == []
    beta.look()
    beta.site.clock.sleep(GRACES_S)
    beta.look()
    assert len(tickets(site)) == 1 and beta.look() == {}


def test_a_sweep_leaves_a_submission_in_progress_alone(site, beta):
    (site.root / "jobs/bracket-abcde").mkdir()
    (site.root / "jobs/bracket-abcde/bracket.inp").write_text("half of it")
    sweep = Sweep(beta.site.spool)
    for _ in range(5):
        sweep.sweep()
        beta.site.clock.sleep(60.0)
    assert (site.root / "jobs/bracket-abcde/bracket.inp").read_text() == "half of it"


def test_a_sweep_leaves_the_doors_of_jobs_in_flight_alone(site, beta):
    ticket = site.submit()
    site.claim(ticket)
    sweep = Sweep(beta.site.spool)
    for _ in range(5):
        sweep.sweep()
        beta.site.clock.sleep(60.0)
    assert [p.name for p in (site.root / "doors").iterdir()] == [f"{ticket.job}.g1"]


def test_a_link_among_the_decks_of_a_folder_keeps_nobody_from_the_others(site, alpha, tmp_path):
    drop(site, "study/good.inp")
    (site.root / "incoming/study/bad.inp").symlink_to(tmp_path)
    steps = alpha.steps()
    assert steps["good.inp"] is Step.ADOPTED and steps["bad.inp"] is Step.REJECTED


def test_what_waits_is_said_once_and_again_when_it_changes(site, alpha, caplog):
    caplog.set_level("INFO")
    drop(site, "t.yaml", "input: bracket.inp\n")
    for _ in range(3):
        alpha.look()
    assert sum(record.getMessage() == "drop waits" for record in caplog.records) == 1
