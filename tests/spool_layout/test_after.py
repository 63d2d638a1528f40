"""What a job comes after: the texts, and which outcomes meet them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout.after import After, Ending, parse_after
from spool_layout.asked import draft_of, section_of
from spool_layout.errors import FormatError
from spool_layout.names import is_job_name
from spool_layout.states import Outcome
from spool_layout.ticket import Draft, InputFile, format_ticket, parse_draft, parse_ticket
from tests.spools import ticket_for

TEXTS = st.text(max_size=20)
AFTERS = st.builds(parse_after, TEXTS) | st.builds(
    After, st.from_regex(r"[a-z][a-z-]{1,9}-[a-z]{5}", fullmatch=True), st.sampled_from(Ending)
)


@pytest.mark.parametrize(
    ("text", "job", "ending"),
    [
        ("plate-k7f3x", "plate-k7f3x", Ending.COMPLETED),
        ("plate-k7f3x:completed", "plate-k7f3x", Ending.COMPLETED),
        ("plate-k7f3x:any", "plate-k7f3x", Ending.ANY),
        ("plate-k7f3x : Failed", "plate-k7f3x", Ending.FAILED),
        ("plate-k7f3x:finished", "plate-k7f3x", None),
        ("any", "any", Ending.COMPLETED),
    ],
)
def test_texts(text, job, ending):
    assert (parse_after(text).job, parse_after(text).ending) == (job, ending)


@given(AFTERS)
def test_an_after_is_read_back_equal(after):
    assert parse_after(str(after)) == after


@given(AFTERS)
def test_an_older_wam_finds_no_job_of_a_text_with_a_word(after):
    """It takes the whole text for a name, or for a part of one."""
    assert after.word == Ending.COMPLETED or not is_job_name(str(after))
    assert after.word == Ending.COMPLETED or ":" in str(after)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_meets_any_and_at_most_one_of_the_others(outcome):
    met = {ending for ending in Ending if After("a-aaaaa", ending).is_met_by(outcome)}
    assert Ending.ANY in met and len(met) <= 2
    assert (Ending.COMPLETED in met) == (outcome is Outcome.COMPLETED)


def test_failed_is_what_mail_calls_so():
    met = {outcome for outcome in Outcome if After("a", "failed").is_met_by(outcome)}
    assert met == {Outcome.FAILED, Outcome.WALLTIME, Outcome.LOST, Outcome.REJECTED}


@pytest.mark.parametrize("outcome", Outcome)
def test_an_unknown_word_is_met_by_nothing(outcome):
    assert not parse_after("plate-k7f3x:finished").is_met_by(outcome)


def test_a_deck_and_a_ticket_say_it_alike():
    afters = (After("one-aaaaa"), After("two-aaaaa", "any"), After("six-aaaaa", "failed"))
    text = "input: a.inp\nafter: [one-aaaaa, two-aaaaa:any, six-aaaaa:failed]\n"
    assert parse_draft(text, source="t.yaml").after == afters
    section = section_of([("after", "one-aaaaa,two-aaaaa:any,six-aaaaa:failed", 3)], source="a.inp")
    assert draft_of(section, source="a.inp", need_input=False).after == afters


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a-k7f3x:done", "'done' is none of completed, any, failed"),
        ("':any'", "':any' names no job"),
        ("'a-k7f3x:'", "'' is none of"),
    ],
)
def test_what_a_person_writes_is_judged(text, problem):
    with pytest.raises(FormatError) as caught:
        parse_draft(f"input: a.inp\nafter: [{text}]\n", source="t.yaml")
    assert problem in caught.value.message and caught.value.line == 2
    assert "plate-k7f3x:any" in caught.value.cure


def test_a_complete_ticket_keeps_the_word_of_a_newer_wam():
    made = ticket_for()
    inputs = (InputFile("a.inp", "a.inp", 1, "00"),)
    draft = Draft("a.inp", after=(After("one-aaaaa", "finished"),))
    made = replace(made, draft=draft, inputs=inputs)
    text = format_ticket(made)
    assert "one-aaaaa:finished" in text and parse_ticket(text, source="t.yaml") == made
