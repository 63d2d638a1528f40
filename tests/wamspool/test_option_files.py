"""Files that the options of a job name, and those that travel from beside its deck."""

import pytest

from spool_layout.asked import laid_over
from tests.mapping_source import MappingSource
from wamspool.errors import BadInput
from wamspool.gather import explain_missing, gather
from wamspool.profiles.load import load_profiles

DECK = b"*NODE\n1, 0., 0., 0.\n*RESTART, READ\n*STEP\n*STATIC\n0.1, 1.\n*END STEP\n"


def gathered(options, *there, beside=False, name="bracket.inp", stronger=True):
    wishes = b"".join(
        b"** WAM: option.%s=%s\n" % (k.encode(), v.encode()) for k, v in options.items()
    )
    files = {name: DECK if stronger else wishes + DECK} | dict.fromkeys(there, b"x")
    return gather(
        MappingSource(files),
        name,
        family_of=lambda _: "abaqus",
        default_solver="abaqus",
        stronger=laid_over({"options": laid_over(options)}) if stronger else None,
        profiles=load_profiles({}),
        takes_beside=beside,
    )


def names(found):
    return [item.name for item in found.items]


@pytest.mark.parametrize("stronger", [True, False], ids=["command line", "deck"])
def test_what_is_there_of_an_earlier_job_travels(stronger):
    there = ("first.odb", "first.res", "first.stt", "second.odb", "first.txt")
    found = gathered({"oldjob": "first"}, *there, stronger=stronger)
    assert names(found) == ["bracket.inp", "first.res", "first.stt", "first.odb"]
    assert found.draft.files == ("first.res", "first.stt", "first.odb")
    assert found.missing == ()


@pytest.mark.parametrize("value", ["umat", "umat.for"])
def test_a_subroutine_travels_with_or_without_its_suffix(value):
    assert names(gathered({"user": value}, "umat.for", "umat.txt")) == ["bracket.inp", "umat.for"]


def test_a_subroutine_may_have_the_name_of_the_deck():
    assert names(gathered({"user": "bracket"}, "bracket.f")) == ["bracket.inp", "bracket.f"]


def test_an_option_without_any_file_is_a_missing_file():
    found = gathered({"oldjob": "first"}, "second.odb")
    assert explain_missing(found.missing) == "bracket.inp: the option oldjob wants 'first'"
    found = gathered({"oldjob": "first"}, stronger=False)
    assert explain_missing(found.missing) == "bracket.inp:1: the option oldjob wants 'first'"


@pytest.mark.parametrize(
    ("option", "value"), [("oldjob", "bracket"), ("globalmodel", "BRACKET.odb")]
)
def test_results_that_the_job_itself_would_write_over_are_refused(option, value):
    with pytest.raises(BadInput, match="would write over those files") as raised:
        gathered({option: value}, "bracket.odb")
    assert raised.value.cure.startswith("Give the deck another name")


def test_a_remark_that_asks_for_the_option_is_moot_once_it_is_given():
    asked = gathered({}).remarks
    assert "give oldjob=NAME in the ticket's options" in asked[0]
    assert gathered({"oldjob": "first"}, "first.odb").remarks == ()
    assert gathered({"globalmodel": "first"}, "first.odb").remarks == asked


def test_what_the_profile_does_not_permit_is_left_to_others():
    found = gathered({"oldjob": "../first", "colour": "red"}, "first.odb")
    assert names(found) == ["bracket.inp"] and found.missing == ()


def test_the_environment_file_travels_where_the_folder_is_ones_own():
    assert names(gathered({}, "abaqus_v6.env", beside=True)) == ["bracket.inp", "abaqus_v6.env"]
    assert names(gathered({}, "abaqus_v6.env")) == ["bracket.inp"]
    assert names(gathered({}, beside=True)) == ["bracket.inp"]
