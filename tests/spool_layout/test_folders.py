"""Each path of the spool is made in one place."""

from datetime import UTC, datetime

import pytest

from spool_layout import folders
from spool_layout.names import TicketName, check_file_path

NAME = TicketName(5, "20261122-093000-123", "bracket-k7f3x", 2, 1, "cougar")


def test_where_things_lie():
    job = "bracket-k7f3x"
    file_name = "5-20261122-093000-123-bracket-k7f3x.g2.a1.cougar.yaml"
    assert folders.queued(NAME) == f"incoming/{file_name}"
    assert folders.held(NAME) == f"held/{file_name}"
    assert folders.claimed(NAME) == f"claimed/{file_name}"
    assert folders.running(NAME) == f"running/{file_name}"
    assert folders.job(job) == "jobs/bracket-k7f3x"
    assert folders.draft(job) == "jobs/bracket-k7f3x/ticket.draft.yaml"
    assert folders.live(job, 2) == "jobs/bracket-k7f3x/live/g2"
    assert folders.door(job, 3) == "doors/bracket-k7f3x.g3"
    assert folders.done("2026-11", job) == "done/2026-11/bracket-k7f3x"
    assert folders.publishing("2026-11", job, 2) == "done/2026-11/.bracket-k7f3x.g2"
    assert folders.status("cougar", 7) == "nodes/cougar.7.json"
    assert folders.journal("2026-11", "cougar") == "journal/2026-11/cougar.jsonl"


def test_a_month_is_that_of_the_moment():
    assert folders.month(datetime(2026, 3, 1, tzinfo=UTC)) == "2026-03"
    assert folders.done_month("2026-03") == "done/2026-03"


def test_all_names_the_folders_once_and_safely():
    assert len(set(folders.ALL)) == len(folders.ALL)
    assert all(check_file_path(folder) == folder.lower() for folder in folders.ALL)


def test_a_folder_in_preparation_is_read_back():
    place = folders.publishing("2026-11", "bracket-k7f3x", 12).rpartition("/")[2]
    assert folders.parse_publishing(place) == ("bracket-k7f3x", 12)


@pytest.mark.parametrize("name", ["bracket-k7f3x.g1", ".bracket-k7f3x", ".x.g", ".x.gone", ".x.g²"])
def test_other_names_are_not_in_preparation(name):
    assert folders.parse_publishing(name) is None
