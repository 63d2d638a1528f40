"""Results lie under names that every share can hold, and that are not WAM's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout.names import fold
from spool_layout.result_names import OWN, names_shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("bracket.frd", "bracket.frd"),
        ("sub/.hidden", "sub/.hidden"),
        ("ticket.yaml", "run-ticket.yaml"),
        ("Outcome.YAML", "run-Outcome.YAML"),
        ("inputs", "run-inputs"),
        ("inputs/mesh.inc", "run-inputs/mesh.inc"),
        ("sub/ticket.yaml", "sub/ticket.yaml"),
        ("t=0:30.csv", "t=0_30.csv"),
        ("new\nline\x1b.dat", "new_line_.dat"),
        ("back\\slash", "back_slash"),
        ("bad\udcff.dat", "bad_.dat"),
        ("dot. .", "dot___"),
        ("CON", "_CON"),
        ("sub/nul.dat", "sub/_nul.dat"),
    ],
)
def test_a_name_is_kept_where_every_share_can_hold_it(name, shown):
    assert names_shown([name]) == {name: shown}


def test_of_two_that_a_share_may_take_for_one_the_first_keeps_its_name():
    assert names_shown(["a.dat", "A.dat"]) == {"A.dat": "A.dat", "a.dat": "a~2.dat"}
    assert names_shown(["a", "A"]) == {"A": "A", "a": "a~2"}


def test_a_name_that_can_be_kept_is_whatever_others_are_made_to():
    names = ["a:b", "a_b", "run-inputs", "inputs"]
    shown = names_shown(names)
    assert shown["a_b"] == "a_b" and shown["run-inputs"] == "run-inputs"
    assert shown["a:b"] == "a_b~2" and shown["inputs"] == "run-inputs~2"


def test_a_file_gives_way_to_a_folder_of_its_name():
    assert names_shown(["Sub", "sub/a.dat"]) == {"Sub": "Sub~2", "sub/a.dat": "sub/a.dat"}


def test_a_long_name_stays_as_long_as_a_share_and_who_copies_it_can_take():
    long = "x" * 251 + ".dat"
    shown = names_shown([long, long.upper()])
    assert all(len(name) == 240 for name in shown.values()) and len(set(shown.values())) == 2
    assert shown[long.upper()].endswith(".DAT") and shown[long].endswith("~2.dat")
    assert names_shown(["é" * 150, "x." + "y" * 250]) == {
        "é" * 150: "é" * 120,
        "x." + "y" * 250: "x." + "y" * 238,
    }


PARTS = st.text("aA:./ _é\udcff\n", min_size=1, max_size=4) | st.sampled_from(sorted(OWN))
PATHS = st.lists(PARTS, min_size=1, max_size=2).map("/".join)


def _is_path(name):
    return all(part not in {"", ".", ".."} for part in name.split("/"))


@given(st.sets(PATHS.filter(_is_path), max_size=12))
def test_no_two_are_one_to_any_share_and_none_is_our_own(names):
    shown = names_shown(names)
    folded = [fold(name) for name in shown.values()]
    assert set(shown) == names and len(set(folded)) == len(folded)
    above = {fold(name[:at]) for name in shown.values() for at in _slashes(name)}
    assert not above & set(folded)
    assert not {name.split("/")[0].casefold() for name in shown.values()} & OWN
    assert names_shown(shown.values()) == {name: name for name in shown.values()}


def _slashes(name):
    return [at for at, letter in enumerate(name) if letter == "/"]
