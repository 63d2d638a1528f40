"""Each path of the spool is made in one place."""

from datetime import UTC, datetime

from spool_layout import folders
from spool_layout.names import TicketName, check_file_path

NAME = TicketName(5, "20261122-093000-123", "bracket-k7f3x", 2, 1, "cougar")


def test_where_things_lie():
    job = "bracket-k7f3x"
    file_name = "5-20261122-093000-123-bracket-k7f3x.g2.a1.cougar.yaml"
    assert folders.queued(NAME) == f"incoming/{file_name}"
    assert folders.held(NAME) == f"held/{file_name}"
    assert folders.job(job) == "jobs/bracket-k7f3x"
    assert folders.draft(job) == "jobs/bracket-k7f3x/ticket.draft.yaml"
    assert folders.live(job, 2) == "jobs/bracket-k7f3x/live/g2"
    assert folders.door(job, 3) == "doors/bracket-k7f3x.g3"
    assert folders.done("2026-11", job) == "done/2026-11/bracket-k7f3x"
    assert folders.publishing("2026-11", job, 2) == "done/2026-11/.bracket-k7f3x.g2"
    assert folders.status("cougar", 7) == "nodes/cougar.7.json"
    assert folders.journal("2026-11", "cougar") == "journal/2026-11/cougar.jsonl"


def test_where_a_doctor_works_and_what_it_leaves():
    assert folders.request("cougar.k7f3x.doctor.yaml") == "requests/cougar.k7f3x.doctor.yaml"
    assert folders.probe_record("cougar") == "doctor/cougar.yaml"
    assert folders.probe_record("user-jo-desk", "cougar") == "doctor/user-jo-desk.with.cougar.yaml"
    assert folders.probe_ground("locks", "k7f3x") == "locks/.wam-doctor-k7f3x"
    assert folders.probe_ground("", "k7f3x") == ".wam-doctor-k7f3x"


def test_a_month_is_that_of_the_moment():
    assert folders.month(datetime(2026, 3, 1, tzinfo=UTC)) == "2026-03"
    assert folders.done_month("2026-03") == "done/2026-03"


def test_all_names_the_folders_once_and_safely():
    assert len(set(folders.ALL)) == len(folders.ALL)
    assert all(check_file_path(folder) == folder.lower() for folder in folders.ALL)
