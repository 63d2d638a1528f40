"""Requests: read back equal, and names that tell for whom they are."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout.errors import FormatError
from spool_layout.names import SUFFIX_ALPHABET, SUFFIX_LENGTH
from spool_layout.request import (
    Request,
    Verb,
    doctor_request_name,
    format_request,
    parse_doctor_request_name,
    parse_request,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINES = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=40)
MARKS = st.text(SUFFIX_ALPHABET, min_size=SUFFIX_LENGTH, max_size=SUFFIX_LENGTH)


@given(st.builds(Request, st.just(Verb.CANCEL), LINES, st.just(NOON), LINES, LINES))
def test_a_request_is_read_back_equal(request):
    assert parse_request(format_request(request), source="r.yaml") == request


@given(LINES, LINES, MARKS)
def test_one_to_measure_too(by, why, mark):
    request = Request(Verb.DOCTOR, "", NOON, by, why, node="cougar", meeting=mark)
    assert parse_request(format_request(request), source="r.yaml") == request


def test_a_request_names_only_what_its_verb_needs():
    assert "node" not in format_request(Request(Verb.CANCEL, "a-k7f3x", NOON))
    assert "job" not in format_request(Request(Verb.DOCTOR, "", NOON, node="n", meeting="k7f3x"))


@pytest.mark.parametrize("text", ["verb: explode\njob: a", "job: a", "verb: cancel\nasked: soon"])
def test_what_is_no_request(text):
    with pytest.raises(FormatError, match=r"r\.yaml"):
        parse_request(text, source="r.yaml")


@given(MARKS)
def test_a_name_tells_whom_it_is_for(mark):
    assert parse_doctor_request_name(doctor_request_name("ws-12", mark)) == ("ws-12", mark)


@pytest.mark.parametrize(
    "name",
    [
        "wing-bbbbb.cancel.yaml",
        "cougar.k7f3x.doctor.yml",
        "cougar.k7f3.doctor.yaml",
        "cougar.k7f3i.doctor.yaml",
        "cougar.../..doctor.yaml",
        ".wam-1234-5",
        "con.k7f3x.doctor.yaml",
        "-.k7f3x.doctor.yaml",
        "cougar.k7f3x.doctor.yaml\n",
    ],
)
def test_other_names_ask_for_no_measuring(name):
    assert parse_doctor_request_name(name) is None
