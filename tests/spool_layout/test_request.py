"""Requests: read back equal, and names that tell for whom they are."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout.errors import FormatError
from spool_layout.names import SUFFIX_ALPHABET, SUFFIX_LENGTH
from spool_layout.request import (
    Refusal,
    Request,
    RequestName,
    Verb,
    doctor_request_name,
    format_refusal,
    format_request,
    parse_doctor_request_name,
    parse_refusal,
    parse_refusal_name,
    parse_request,
    parse_request_name,
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


@pytest.mark.parametrize("verb", ["cancel", "requeue", "drain", "resume"])
@given(MARKS)
def test_a_name_tells_what_is_asked_and_of_whom(verb, mark):
    name = RequestName("wing-bbbbb", mark, Verb(verb))
    assert parse_request_name(name.file_name) == name
    assert parse_refusal_name(name.refusal) == name
    assert parse_request_name(name.refusal) is None and parse_refusal_name(name.file_name) is None


def test_a_request_made_by_hand_may_lack_the_mark():
    assert parse_request_name("wing-bbbbb.cancel.yaml") == RequestName(
        "wing-bbbbb", "", Verb.CANCEL
    )


@pytest.mark.parametrize(
    "name",
    [
        "wing.k7f3x.cancel.yaml",
        "con.k7f3x.drain.yaml",
        "node_1.k7f3x.drain.yaml",
        "cougar.k7f3x.doctor.yaml",
        "wing-bbbbb.k7f3x.explode.yaml",
        "wing-bbbbb.k7f3.cancel.yaml",
        ".wing-bbbbb.k7f3x.cancel.yaml",
        "wing-bbbbb.k7f3x.cancel.yaml.part",
        "wing-bbbbb.k7f3x.cancel.yaml\n",
        "../wing-bbbbb.k7f3x.cancel.yaml",
    ],
)
def test_other_names_ask_for_nothing(name):
    assert parse_request_name(name) is None and parse_refusal_name(name) is None


@given(st.builds(Refusal, LINES, LINES, LINES))
def test_a_refusal_is_read_back_equal(refusal):
    assert parse_refusal(format_refusal(refusal), source="r.yaml") == refusal


@given(st.sampled_from([Verb.DRAIN, Verb.RESUME]), LINES)
def test_one_about_a_node_is_read_back_equal(verb, why):
    request = Request(verb, "", NOON, "jo", why, node="cougar")
    read = parse_request(format_request(request), source="r.yaml")
    assert read == request and read.subject == "cougar"
