"""A spool of format 1, frozen: it must load for ever, with the fields that nobody knew then."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spool_layout import folders
from spool_layout.after import After
from spool_layout.names import parse_ticket_name
from spool_layout.probe_record import Mark
from spool_layout.records import (
    Evidence,
    JobOnNode,
    JournalEntry,
    OutcomeRecord,
    parse_journal,
)
from spool_layout.request import Request, parse_doctor_request_name, parse_request
from spool_layout.states import Outcome, State
from spool_layout.ticket import InputFile, Resources, format_ticket, parse_ticket
from tests.clocks import FakeClock
from wamspool.find import account_of, find_job
from wamspool.probe.report import read_records
from wamspool.shares.local import LocalShare
from wamspool.snapshot import take_snapshot
from wamspool.spool import create_spool, open_spool

FROZEN = Path(__file__).resolve().parents[1] / "data/spool_v1"
JOB = "bracket-k7f3x"


@pytest.fixture
def spool(tmp_path):
    shutil.copytree(FROZEN, tmp_path / "spool")
    share = LocalShare(tmp_path / "spool", FakeClock(), durable=False)
    create_spool(share, FakeClock())  # folders that were empty, which no repository keeps
    return open_spool(share, FakeClock())


def test_its_settings(spool):
    settings = spool.settings
    assert settings.spool_id == "k7f3xq2w4e"
    assert (settings.heartbeat_s, settings.lease_s, settings.quiet_s) == (5, 60, 4.5)
    assert settings.presets["8cpus"] == {"resources": {"cpus": 8}}


def test_what_is_in_flight(spool):
    snapshot = take_snapshot(spool)
    assert [(p.name.job, p.state, p.name.generation, p.name.attempt) for p in snapshot.places] == [
        ("beam-aaaaa", State.HELD, 1, 0),
        (JOB, State.QUEUED, 0, 0),
        ("wing-bbbbb", State.RUNNING, 3, 2),
    ]
    assert snapshot.places[2].name.node == "ws-12"
    assert snapshot.unreadable == ()


def test_a_ticket_with_all_its_fields(spool):
    ticket = account_of(spool, find_job(spool, JOB)).ticket
    draft = ticket.draft
    assert draft.input == "Mesh Study (3)/bracket.inp" and draft.files == ("mesh.inc",)
    assert draft.resources == Resources(8, 1, 16 << 30, 50 << 30, 43200, 12)
    assert (draft.nodes, draft.tags, draft.after) == (
        ("cougar",),
        ("abaqus2025",),
        (After("plate-m2n4p"),),
    )
    assert (draft.priority, draft.hold, draft.retries) == (5, False, 2)
    assert (draft.email, draft.options) == ("jo@example.com", {"double": "both"})
    assert draft.note == 'mesh study 3: "the coarse one" \u2028 \U0001f600'
    assert draft.extra == {"later_field": {"of": ["a", "newer", "version"], "number": 3}}
    assert ticket.submitted == datetime(2026, 11, 22, 9, 30, 0, 123000, tzinfo=UTC)
    assert ticket.inputs[0] == InputFile(draft.input, "bracket.inp", 68, "0123456789abcdef" * 4)
    assert ticket.remarks == ("mesh.inc: is empty",)
    assert ticket.first_name == find_job(spool, JOB).place.name
    assert parse_ticket(format_ticket(ticket), source="") == ticket


@pytest.mark.parametrize("job", ["beam-aaaaa", "wing-bbbbb"])
def test_tickets_that_say_little(spool, job):
    ticket = account_of(spool, find_job(spool, job)).ticket
    assert ticket.draft.resources == Resources()
    assert ticket.inputs[0].staged == ticket.draft.input
    assert parse_ticket(format_ticket(ticket), source="") == ticket


def test_what_its_node_says(spool):
    account = account_of(spool, find_job(spool, "wing"))
    assert account.on_node == JobOnNode(
        *("wing-bbbbb", 3, "solving"),
        attempt=2,
        cpus=4,
        started="2026-11-22T09:31:00.000Z",
        percent=37.5,
        step=1,
        steps=2,
        increments=9,
        cutbacks=1,
        name="wing",
        owner="jo",
    )
    (sight,) = take_snapshot(spool).nodes
    assert (sight.sequence, sight.status.cpus, sight.status.cpus_free) == (4711, 16, 12)
    assert (sight.status.tags, sight.status.extra) == (("big",), {"mood": {"of": "later"}})


def test_a_done_job(spool):
    account = account_of(spool, find_job(spool, "plate"))
    assert account.state is State.DONE
    assert account.ticket.draft.extra == {"dropped": "incoming/high/plate.inp"}
    assert account.outcome == OutcomeRecord(
        job="plate-m2n4p",
        outcome=Outcome.FAILED,
        reason="diverged",
        sentence="The increment became too small in step 2.",
        attempt=2,
        node="cougar",
        started=datetime(2026, 11, 21, 9, 31, tzinfo=UTC),
        ended=datetime(2026, 11, 21, 10, 1, 30, 500000, tzinfo=UTC),
        exit_code=201,
        cpu_s=1801.25,
        memory_peak_bytes=4 << 30,
        solver_version="CalculiX 2.20",
        lines=(Evidence("plate.log", 4711, "*ERROR: increment size smaller than minimum"),),
        warnings=("*WARNING reading *STEP: a line",),
        warning_count=12,
        results=("plate.frd", "plate.dat"),
        earlier=("attempt 1 on lynx: lost",),
    )


def test_its_journal_but_for_the_line_that_a_crash_cut_off(spool):
    path = folders.journal("2026-11", "cougar")
    entries = parse_journal(spool.share.read(path), source=path)
    assert [(e.event, e.attempt) for e in entries] == [("claim", 0), ("finish", 1)]
    assert entries[1] == JournalEntry(
        "2026-11-21T10:01:31.000Z", "finish", "plate-m2n4p", "cougar", 1, 1, "failed: diverged"
    )


def test_a_request(spool):
    path = "requests/wing-bbbbb.cancel.yaml"
    assert parse_request(spool.share.read(path), source=path) == Request(
        "cancel", "wing-bbbbb", datetime(2026, 11, 22, 9, 40, tzinfo=UTC), "jo", "wrong mesh"
    )


def test_a_request_to_measure(spool):
    path = "requests/cougar.k7f3x.doctor.yaml"
    request = parse_request(spool.share.read(path), source=path)
    assert (request.verb, request.by) == ("doctor", "user-jo-desk")
    assert parse_doctor_request_name(path.partition("/")[2]) == (request.node, request.meeting)


def test_what_was_measured(spool):
    (record,) = read_records(spool.share)
    assert (record.by, record.partner, record.verdict) == ("user-jo-desk", "cougar", Mark.LIMITED)
    assert record.at == datetime(2026, 11, 22, 9, 42, tzinfo=UTC)
    assert [finding.mark for finding in record.findings] == [Mark.OK, Mark.LIMITED, Mark.UNKNOWN]
    assert record.findings[1].figures == {"offset_s": 3600.5, "owner": None}


def test_its_names_are_tickets():
    found = [p for p in FROZEN.glob("*/*.yaml") if p.parent.name in {"incoming", "held", "running"}]
    assert len(found) == 3 and all(parse_ticket_name(p.name) for p in found)
