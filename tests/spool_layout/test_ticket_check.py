"""A ticket that is passed without being read back could have been read back."""

from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout import ticket_check
from spool_layout.errors import FormatError
from spool_layout.ticket import (
    CPUS_MAX,
    GPUS_MAX,
    RETRIES_MAX,
    TOKENS_MAX,
    Draft,
    InputFile,
    Resources,
    Ticket,
    format_ticket,
    parse_ticket,
)
from spool_layout.ticket_check import refuse_unreadable
from spool_layout.units import DURATION_MAX_S, SIZE_MAX_BYTES

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAIN = Ticket(
    "plate-k7f3x",
    Draft("plate.inp", solver="calculix"),
    NOON,
    "jo",
    (InputFile("plate.inp", "plate.inp", 7, "ab" * 32),),
)

ANY_TEXT = st.text(max_size=70) | st.sampled_from(
    ["", "no", "12:30", "a.inp", "../a", "con.inp", "\x00", "\ud800", "x" * 65, "\\", "a\nb", "~"]
)


def around(least, most):
    return st.integers(least - 1, most + 1) | st.sampled_from([least - 1, least, most, most + 1])


RESOURCES = st.builds(
    Resources,
    cpus=around(1, CPUS_MAX),
    gpus=around(0, GPUS_MAX),
    memory_bytes=st.none() | around(0, SIZE_MAX_BYTES),
    scratch_bytes=st.none() | around(0, SIZE_MAX_BYTES),
    walltime_s=st.none() | st.floats(-1, DURATION_MAX_S * 2, allow_nan=False),
    tokens=st.none() | around(0, TOKENS_MAX),
)


@st.composite
def tickets(draw):
    """Tickets of which many are plain but for one thing, which may be anything."""
    draft = Draft(
        input=draw(st.just("plate.inp") | ANY_TEXT),
        files=tuple(draw(st.lists(ANY_TEXT, max_size=2))),
        name=draw(ANY_TEXT),
        solver=draw(ANY_TEXT),
        priority=draw(st.integers(0, 9)),
        resources=draw(st.just(Resources()) | RESOURCES),
        hold=draw(st.booleans()),
        retries=draw(st.just(1) | around(0, RETRIES_MAX)),
    )
    file = InputFile(
        draw(st.just("plate.inp") | ANY_TEXT),
        draw(st.just("plate.inp") | ANY_TEXT),
        draw(around(0, 2**60)),
        draw(ANY_TEXT),
    )
    job = draw(st.just("plate-k7f3x") | ANY_TEXT)
    ticket = Ticket(job, draft, NOON, draw(ANY_TEXT), (file,))
    plain = draw(st.sampled_from(["job", "draft", "owner", "inputs", ""]))
    return replace(PLAIN, **{plain: getattr(ticket, plain)}) if plain else ticket


def is_read(ticket):
    try:
        parse_ticket(format_ticket(ticket), source=ticket.job)
    except FormatError:
        return False
    return True


@given(tickets())
def test_what_is_refused_is_exactly_what_cannot_be_read(ticket):
    try:
        refuse_unreadable(ticket, format_ticket(ticket))
    except FormatError:
        assert not is_read(ticket)
    else:
        assert is_read(ticket)


def test_a_plain_ticket_is_not_read_to_be_checked():
    with patch.object(ticket_check, "parse_ticket", side_effect=AssertionError("was read")):
        refuse_unreadable(PLAIN, format_ticket(PLAIN))
        asked = Resources(8, 1, 16 << 30, 50 << 30, 3600.0, 12)
        more = replace(PLAIN, draft=replace(PLAIN.draft, resources=asked, hold=True))
        refuse_unreadable(more, format_ticket(more))


@pytest.mark.parametrize("note", ["x" * 1001, "bell\x07"])
def test_a_note_that_nobody_takes_is_refused(note):
    ticket = replace(PLAIN, draft=replace(PLAIN.draft, note=note))
    with pytest.raises(FormatError):
        refuse_unreadable(ticket, format_ticket(ticket))
