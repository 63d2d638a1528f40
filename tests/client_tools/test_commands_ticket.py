"""``wam ticket``: from decks to jobs, all or none, and what is said."""

import json
import re

import pytest

from spool_layout.after import After
from spool_layout.names import may_be_of_batch
from spool_layout.states import Outcome, State
from spool_layout.ticket import parse_ticket
from wamspool.find import account_of, find_job


def _queued(spool):
    names = (e.name for e in spool.share.list("incoming") if e.name.endswith(".yaml"))
    return [
        parse_ticket(spool.share.read(f"incoming/{name}"), source=name) for name in sorted(names)
    ]


def _nothing_was_written(spool):
    return not _queued(spool) and not spool.share.list("jobs")


def test_one_line_a_job(wam, spool, made, deck):
    made.node(spool)
    (deck.parent / "mesh.inc").write_text("*NODE\n2,1.,1.,1.\n")
    deck.write_text("*INCLUDE, INPUT=mesh.inc\n" + made.DECK)
    run = wam("ticket", deck)
    assert run.code == 0
    assert run.err == ""
    job = re.fullmatch(
        r"queued (bracket-\w{5})  \(bracket\.inp \+ 1 file, 83 B\)  "
        r"follow it: wam log -f \1\n",
        run.out,
    )
    assert job, run.out
    (ticket,) = _queued(spool)
    assert ticket.owner == "jo"
    assert spool.share.read(f"jobs/{job[1]}/mesh.inc").startswith(b"*NODE")


def test_every_option_is_in_the_ticket(wam, spool, deck, made):
    made.job(spool, "first-aaaaa")
    options = (
        "--priority high --cpus 3 --gpus 1 --memory 2GB --walltime 1:30 --scratch 1GB --tokens 0 "
        "--node Cougar --node puma --tag big --name beam --email a@b.c --after first:Any --retries 0"
    )
    assert wam("ticket", deck, *options.split(), "--note", "007").code == 0
    ticket = _queued(spool)[0]
    draft, wanted = ticket.draft, ticket.draft.resources
    assert (draft.priority, draft.name, draft.note, draft.retries) == (2, "beam", "007", 0)
    assert (draft.nodes, draft.tags, draft.email) == (("cougar", "puma"), ("big",), "a@b.c")
    assert draft.after == (After("first-aaaaa", "any"),)
    assert (wanted.cpus, wanted.gpus, wanted.tokens) == (3, 1, 0)
    assert (wanted.memory_bytes, wanted.scratch_bytes) == (2 << 30, 1 << 30)
    assert wanted.walltime_s == 5400
    assert ticket.job.startswith("beam-")


def test_the_command_line_wins_over_the_deck_and_the_deck_over_nothing(wam, spool, deck, made):
    deck.write_text("** WAM: cpus=2 priority=low note=mine\n" + made.DECK)
    wam("ticket", deck, "--cpus", "4")
    (ticket,) = _queued(spool)
    assert ticket.draft.resources.cpus == 4
    assert (ticket.draft.priority, ticket.draft.note) == (8, "mine")


def test_what_is_wrong_in_the_deck_is_not_blamed_on_the_command_line(wam, spool, deck, made):
    deck.write_text("** WAM: cpus=many\n" + made.DECK)
    run = wam("ticket", deck, "--priority", "high")
    assert run.code == 4
    assert "bracket.inp:1: resources.cpus: must be a whole number" in run.err
    deck.write_text("** WAM: retries=many\n" + made.DECK)
    run = wam("ticket", deck, "--priority", "high")
    assert "bracket.inp:1: retries: must be a whole number" in run.err


def test_hold(wam, spool, deck):
    run = wam("ticket", deck, "--hold")
    assert run.out.startswith("held bracket-")
    assert "start it: wam release bracket-" in run.out
    assert len(spool.share.list("held")) == 1


def test_json(wam, spool, deck):
    told = json.loads(wam("ticket", deck, "--json").out)
    (job,) = told["jobs"]
    assert (told["wam"], job["state"], job["owner"]) == (1, "queued", "jo")
    assert find_job(spool, job["job"]).state is State.QUEUED


def test_one_bad_deck_keeps_all_out(wam, spool, deck, made):
    bad = deck.with_name("bad.inp")
    bad.write_text("*INCLUDE, INPUT=gone.inc\n" + made.DECK)
    run = wam("ticket", deck, bad)
    assert run.code == 67
    assert "bad.inp names files that are not there: bad.inp:1: " in run.err
    assert "gone.inc" in run.err
    assert "1 of 2 decks cannot become jobs, so none was queued" in run.err
    assert _nothing_was_written(spool)


def test_keep_going_queues_the_good_ones(wam, spool, deck):
    bad = deck.with_name("bad.inp")
    bad.write_text("*STEP\n*STATIC\n")
    run = wam("ticket", deck, bad, "--keep-going")
    assert run.code == 1
    assert "bad.inp is not whole" in run.err
    assert [ticket.draft.input for ticket in _queued(spool)] == ["bracket.inp"]


def test_keep_going_with_nothing_good_is_a_refusal(wam, spool, deck):
    deck.write_text("")
    run = wam("ticket", deck, "--keep-going")
    assert run.code == 22
    assert "the file is empty" in run.err


def test_a_folder_means_its_root_decks(wam, spool, deck, made):
    (deck.parent / "whole.inp").write_text("*INCLUDE, INPUT=part.inp\n" + made.DECK)
    (deck.parent / "part.inp").write_text("*NODE\n3,0.,0.,0.\n")
    wam("ticket", deck.parent)
    assert [ticket.draft.input for ticket in _queued(spool)] == ["bracket.inp", "whole.inp"]


def test_a_pattern_and_a_deck_that_it_fits_are_one_job_each(wam, spool, deck, made, monkeypatch):
    deck.with_name("beam.inp").write_text(made.DECK)
    monkeypatch.chdir(deck.parent)
    wam("ticket", "b*.inp", deck)
    assert sorted(t.draft.input for t in _queued(spool)) == ["beam.inp", "bracket.inp"]


def test_one_name_for_several_decks_is_refused(wam, spool, deck, made):
    deck.with_name("beam.inp").write_text(made.DECK)
    run = wam("ticket", deck.parent, "--name", "x")
    assert run.code == 33
    assert _nothing_was_written(spool)


def test_a_ticket_that_a_person_wrote(wam, spool, deck):
    ticket = deck.with_name("mine.yaml")
    ticket.write_text("input: bracket.inp\nresources: {cpus: 2}\nnote: from the ticket\n")
    assert wam("ticket", ticket, "--cpus", "3").code == 0
    (queued,) = _queued(spool)
    assert (queued.draft.note, queued.draft.resources.cpus) == ("from the ticket", 3)


def test_a_ticket_whose_deck_is_not_beside_it(wam, spool, deck):
    ticket = deck.with_name("mine.yaml")
    ticket.write_text("input: gone.inp\n")
    run = wam("ticket", ticket)
    assert run.code == 33
    assert "mine.yaml names 'gone.inp', which is not beside it" in run.err


def test_a_dry_run_shows_all_and_writes_nothing(wam, spool, deck):
    run = wam("ticket", deck, "--cpus", "2", "--dry-run")
    assert run.code == 0
    assert "input: bracket.inp" in run.out
    assert "  cpus: 2" in run.out
    assert "#   bracket.inp  41 B" in run.out
    assert run.out.endswith("1 job would be queued; nothing was written.\n")
    assert _nothing_was_written(spool)
    told = json.loads(wam("ticket", deck, "--dry-run", "--json").out)
    assert told["tickets"][0]["files"][0]["source"] == str(deck)


@pytest.mark.parametrize(
    ("options", "lack"),
    [
        (["--cpus", "8"], "it wants 8 cores, 4 to be had"),
        (["--gpus", "1"], "it wants 1 GPU, 0 to be had"),
        (["--memory", "9 GB"], "it wants 9.0 GB of memory, 8.0 GB to be had"),
        (["--node", "puma"], "it is pinned to puma"),
        (["--tag", "big"], "it wants a node tagged big"),
        (["--solver", "command"], "it wants the solver 'command'"),
    ],
)
def test_what_no_known_node_could_ever_run_is_refused(wam, spool, made, deck, options, lack):
    made.node(spool)
    run = wam("ticket", deck, *options)
    assert run.code == 33
    assert f"no node could ever run it (cougar: {lack})" in run.err
    assert _nothing_was_written(spool)


def test_what_only_a_stopped_node_could_run_is_a_warning(wam, spool, made, deck):
    made.node(spool)
    made.node(spool, "puma", cpus=8, state="stopped")
    run = wam("ticket", deck, "--cpus", "8")
    assert run.code == 0
    assert "no node that is up could run it (cougar: it wants 8 cores, 4 to be had)" in run.err
    assert wam("ticket", deck).err == ""


def test_a_solver_that_only_nodes_know(wam, spool, made, deck):
    made.node(spool, solvers=("calculix", "house"))
    assert wam("ticket", deck, "--solver", "House").code == 0
    assert "known are: abaqus, calculix, command, house" in wam("ticket", deck, "--solver", "x").err


def test_remarks_of_the_deck_reader_are_said(wam, spool, made, deck):
    made.node(spool)
    (deck.parent / "sub").mkdir()
    (deck.parent / "sub" / "mesh.inc").write_text("*NODE\n2,1.,1.,1.\n")
    deck.write_text("*INCLUDE, INPUT=sub\\mesh.inc\n" + made.DECK)
    run = wam("ticket", deck)
    assert "warning: bracket.inp:1: a backslash is a folder separator on Windows only" in run.err


def test_a_job_after_one_that_failed_is_warned_of(wam, spool, made, deck):
    made.node(spool)
    made.done(spool, "first-aaaaa", Outcome.FAILED)
    run = wam("ticket", deck, "--after", "first")
    assert run.code == 0
    assert "first-aaaaa has failed: a job after it would wait for ever" in run.err


@pytest.mark.parametrize(
    ("outcome", "ending", "words"),
    [
        (
            Outcome.COMPLETED,
            ":failed",
            "has completed: a job after its failure would wait for ever",
        ),
        (Outcome.CANCELLED, ":failed", "has been cancelled: a job after its failure"),
        (Outcome.WALLTIME, "", "has run out of walltime: a job after it would wait for ever"),
        (Outcome.WALLTIME, ":failed", ""),
        (Outcome.LOST, ":any", ""),
    ],
)
@pytest.mark.parametrize("place", ["option", "deck"])
def test_what_can_never_be_met_is_warned_of(wam, spool, made, deck, outcome, ending, words, place):
    made.node(spool)
    made.done(spool, "first-aaaaa", outcome)
    options = ["--after", f"first-a{ending}"] if place == "option" else []
    if place == "deck":
        deck.write_text(f"** WAM: after=first-aaaaa{ending}\n" + deck.read_text())
    run = wam("ticket", deck, *options)
    assert run.code == 0
    assert f"first-aaaaa {words}" in run.err if words else "for ever" not in run.err


def test_a_deck_after_a_job_that_is_not_there_is_warned_of(wam, spool, made, deck):
    made.node(spool)
    deck.write_text("** WAM: after=nosuch-aaaaa:any\n" + deck.read_text())
    assert "no job's name contains 'nosuch-aaaaa'" in wam("ticket", deck).err


def test_after_with_an_unknown_word_is_refused(wam, spool, made, deck):
    made.node(spool)
    run = wam("ticket", deck, "--after", "first:sometime")
    assert run.code == 2 and "'sometime' is none of completed, any, failed" in run.err


def test_an_outside_file_is_refused_with_the_way_out(wam, spool, made, deck):
    (deck.parent.parent / "mesh.inc").write_text("*NODE\n2,1.,1.,1.\n")
    deck.write_text("*INCLUDE, INPUT=../mesh.inc\n" + made.DECK)
    run = wam("ticket", deck)
    assert run.code == 33
    assert "names '../mesh.inc', which lies outside the deck's folder" in run.err
    assert "--include-outside" in run.err


def test_an_outside_file_travels_when_asked(wam, spool, made, deck):
    (deck.parent.parent / "mesh.inc").write_text("*NODE\n2,1.,1.,1.\n")
    text = "*INCLUDE, INPUT=../mesh.inc\n" + made.DECK
    deck.write_text(text)
    assert wam("ticket", deck, "--include-outside").code == 0
    (ticket,) = _queued(spool)
    folder = f"jobs/{ticket.job}"
    assert spool.share.read(f"{folder}/outside_1_mesh.inc") == b"*NODE\n2,1.,1.,1.\n"
    copy = spool.share.read(f"{folder}/bracket.inp").decode()
    assert copy == text.replace("../mesh.inc", "outside_1_mesh.inc")
    assert deck.read_text() == text, "the user's own file is as it was"
    assert ticket.draft.files == ("outside_1_mesh.inc",)


def test_a_link_is_not_followed(wam, spool, deck):
    link = deck.with_name("link.inp")
    link.symlink_to(deck)
    run = wam("ticket", link)
    assert run.code == 33
    assert "is a link" in run.err


def test_wait_tells_the_outcome(wam, spool, made, deck, clock):
    def finish():
        (ticket,) = _queued(spool)
        spool.share.remove(f"incoming/{ticket.first_name.file_name}")
        made.done(spool, ticket.job)

    clock.meanwhile = [finish]
    run = wam("ticket", deck, "--wait")
    assert run.code == 0
    _, waits, outcome = run.out.splitlines()
    assert waits.endswith("  waits")
    assert outcome.endswith("  completed: All steps were computed.")


def test_a_batch_that_is_waited_for_is_named(wam, spool, made, deck, clock):
    def finish():
        for ticket in _queued(spool):
            spool.share.remove(f"incoming/{ticket.first_name.file_name}")
            made.done(spool, ticket.job)

    second = deck.with_name("second.inp")
    second.write_text(deck.read_text())
    clock.meanwhile = [finish]
    run = wam("ticket", deck, second, "--wait", "--batch", "pair")
    assert run.code == 0
    assert "batch pair  (2 jobs)  one table of all: wam collect @pair" in run.out.splitlines()


def test_a_job_after_one_of_several_is_asked_to_be_named_better(wam, spool, made, deck):
    made.done(spool, "first-aaaaa")
    made.done(spool, "first-bbbbb")
    run = wam("ticket", deck, "--after", "first")
    assert run.code == 32
    assert "--after: 'first' fits 2 jobs" in run.err
    assert "first-aaaaa" in run.err and "first-bbbbb" in run.err


def test_wait_is_not_content_with_a_failure(wam, spool, made, deck, clock):
    def finish():
        (ticket,) = _queued(spool)
        spool.share.remove(f"incoming/{ticket.first_name.file_name}")
        made.done(spool, ticket.job, Outcome.FAILED)

    clock.meanwhile = [finish]
    run = wam("ticket", deck, "--wait", "--json")
    assert run.code == 1
    (job,) = json.loads(run.out)["jobs"]
    assert (job["outcome"], job["reason"], job["state"]) == ("failed", "deck_error", "done")
    assert account_of(spool, find_job(spool, job["job"])).outcome is not None


def test_a_full_share_at_the_second_deck_tells_of_the_first(wam, spool, made, deck, monkeypatch):
    from wamspool import submit
    from wamspool.errors import Full

    deck.with_name("later.inp").write_text(made.DECK)
    really = submit.submit

    def until_full(spool, submission, **named):
        if submission.draft.input == "later.inp":
            raise Full("jobs", "no space left on device")
        return really(spool, submission, **named)

    monkeypatch.setattr(submit, "submit", until_full)
    run = wam("ticket", deck.parent, "--json")
    assert run.code == 15
    assert [job["name"] for job in json.loads(run.out)["jobs"]] == ["bracket"]
    assert "1 of 2 jobs had been queued" in run.err


def test_decks_of_one_call_are_a_batch(wam, spool, made, deck):
    made.node(spool)
    (deck.parent / "plate.inp").write_text(made.DECK)
    run = wam("ticket", deck.parent)
    batch = re.search(
        r"^batch (decks-\w{5})  \(2 jobs\)  one table of all: wam collect @\1$",
        run.out,
        re.MULTILINE,
    )
    assert batch, run.out
    tickets = _queued(spool)
    assert {ticket.draft.batch for ticket in tickets} == {batch[1]}
    assert all(may_be_of_batch(ticket.job, batch[1]) for ticket in tickets)
    assert batch[1] in wam("queue").out
    assert f"batch      {batch[1]}" in wam("show", tickets[0].job).out
    shown = json.loads(wam("queue", "--json").out)
    assert {job["batch"] for job in shown["jobs"]} == {batch[1]}


def test_one_deck_has_a_batch_only_when_it_is_named(wam, spool, made, deck):
    assert json.loads(wam("ticket", deck, "--json").out)["batch"] is None
    named = json.loads(wam("ticket", deck, "--batch", "Mesh", "--json").out)
    assert (named["batch"], named["jobs"][0]["batch"]) == ("mesh", "mesh")
    assert "cannot be the name of a batch" in wam("ticket", deck, "--batch", "a b").err


def test_a_dry_run_tells_the_command_and_where_it_could_run(wam, spool, deck, made):
    made.node(spool)
    made.node(spool, "puma", solvers=("abaqus",))
    run = wam("ticket", deck, "--dry-run")
    assert "# command: ccx -i bracket\n# could run on: cougar\n" in run.out
    (told,) = json.loads(wam("ticket", deck, "--dry-run", "--json").out)["tickets"]
    assert (told["command"], told["nodes"]) == (["ccx", "-i", "bracket"], ["cougar"])


def test_a_dry_run_tells_why_it_could_run_nowhere_now(wam, spool, deck):
    assert "# could run nowhere now: no node is up" in wam("ticket", deck, "--dry-run").out


def test_ctrl_c_while_waiting_says_what_goes_on(wam, spool, deck, clock, made):
    made.node(spool)

    def interrupt():
        raise KeyboardInterrupt

    clock.meanwhile = [interrupt]
    run = wam("ticket", deck, "--wait")
    assert run.code == 130
    assert re.search(r"1 job goes on; come back with 'wam show bracket-\w{5}', end with", run.err)
    (deck.parent / "plate.inp").write_text(made.DECK)
    clock.meanwhile = [interrupt]
    run = wam("ticket", deck.parent, "--wait")
    assert re.search(r"2 jobs go on; come back with 'wam show @decks-\w{5}'", run.err)


def test_a_walltime_without_a_unit_in_a_deck_is_said(wam, spool, deck, made):
    made.node(spool)
    deck.write_text("** WAM: walltime=12\n" + made.DECK)
    run = wam("ticket", deck)
    assert run.code == 0
    assert "bracket.inp:1: walltime=12 is 12 seconds; write 12h if hours are meant" in run.err
