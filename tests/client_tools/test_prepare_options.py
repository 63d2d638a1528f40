"""Files that options name, as ``wam ticket`` finds them beside a deck for Abaqus."""

import pytest

from spool_layout.ticket import parse_ticket

RESTART = "*HEADING\n*RESTART, READ\n*STEP\n*STATIC\n0.1, 1.\n*END STEP\n"


@pytest.fixture
def submit(wam, deck):
    deck.write_text(RESTART)

    def run(*options):
        return wam("ticket", deck, "--solver", "abaqus", *options)

    return run


def queued(spool):
    (name,) = (e.name for e in spool.share.list("incoming") if e.name.endswith(".yaml"))
    return parse_ticket(spool.share.read(f"incoming/{name}"), source=name)


def test_an_earlier_jobs_files_travel(submit, deck, spool, made):
    made.node(spool, solvers=("abaqus",))
    for name in ("first.res", "first.odb"):
        (deck.parent / name).write_text("x")
    run = submit("--option", "oldjob=first")
    assert (run.code, run.err) == (0, "")
    ticket = queued(spool)
    assert {i.name for i in ticket.inputs} == {"bracket.inp", "first.res", "first.odb"}
    assert ticket.remarks == ()


def test_one_whose_files_are_not_there_is_refused(submit, deck, spool):
    run = submit("--option", "oldjob=first")
    assert run.code != 0
    assert "names files that are not there: bracket.inp: the option oldjob wants 'first'" in run.err
    assert not spool.share.list("jobs")


def test_a_restart_without_an_earlier_job_is_queued_with_a_remark(submit, spool, made):
    made.node(spool, solvers=("abaqus",))
    run = submit()
    assert run.code == 0
    assert "bracket.inp:2: *RESTART reads the files of an earlier job" in run.err
    assert "give oldjob=NAME in the ticket's options" in run.err


def test_the_users_environment_file_is_taken_along_and_shown(submit, deck, made, spool):
    made.node(spool, solvers=("abaqus",))
    (deck.parent / "abaqus_v6.env").write_text("ask_delete = ON\n")
    run = submit("--dry-run")
    assert run.code == 0
    assert "abaqus_v6.env  16 B" in run.out


def test_what_the_profile_does_not_permit_is_refused(submit, spool):
    run = submit("--option", "user=../umat.f")
    assert run.code == 7
    assert "does not take '../umat.f'" in run.err
