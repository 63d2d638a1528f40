"""Errors of the share and of jobs: each class has one meaning, one exit code, one remedy."""

import wamspool.decks.errors
import wamspool.errors
from spool_layout.errors import WamError
from wamspool.errors import ShareError


def classes(root=WamError):
    found = {root}
    for inner in root.__subclasses__():
        found |= classes(inner)
    return {one for one in found if one.__module__.startswith(("spool_layout", "wamspool"))}


def test_no_two_classes_have_one_exit_code():
    assert wamspool.decks.errors.DeckError in classes()
    public = [one for one in classes() if not one.__name__.startswith("_")]
    codes = [one.exit_code for one in public]
    assert len(set(codes)) == len(codes)
    assert all(2 < code < 64 for code in codes)


def test_every_class_says_what_to_do():
    assert all(one.remedy.endswith((".", "?")) for one in classes())


def test_the_list_at_the_top_of_the_module_is_whole():
    own = {one.__name__ for one in classes() if one.__module__ == "wamspool.errors"}
    assert all(name in wamspool.errors.__doc__ for name in own)


def test_a_share_error_names_the_path():
    error = ShareError("incoming/a.inp", "is odd", cure="Look.")
    assert (error.message, error.path, error.cure) == (
        "incoming/a.inp: is odd",
        "incoming/a.inp",
        "Look.",
    )
