"""Errors: message, place and cure."""

import pytest

from spool_layout.errors import BadName, FormatError, TooNew, WamError


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({}, "is odd"),
        ({"source": "t.yaml"}, "t.yaml: is odd"),
        ({"line": 3}, "line 3: is odd"),
        ({"source": "t.yaml", "line": 3}, "t.yaml:3: is odd"),
    ],
)
def test_a_format_error_names_its_place(place, message):
    error = FormatError("is odd", **place)
    assert (error.message, str(error), error.problem) == (message, message, "is odd")


def test_a_cure_is_that_of_the_class_unless_a_better_one_is_known():
    assert FormatError("x").cure == FormatError.remedy
    assert FormatError("x", cure="Write 'a'.").cure == "Write 'a'."
    assert WamError("x", cure="").cure == ""


def test_each_class_has_its_own_exit_code():
    classes = (WamError, FormatError, TooNew, BadName)
    assert len({one.exit_code for one in classes}) == len(classes)
