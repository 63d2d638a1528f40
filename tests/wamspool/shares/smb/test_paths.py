"""Paths that mean on the server what they mean here."""

import pytest

from wamspool.errors import Denied
from wamspool.shares.smb.paths import nanoseconds, server_path


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [
        ("", "", ""),
        ("a/b", "", r"a\b"),
        ("", "x/y.inp", r"x\y.inp"),
        ("a/b", "x", r"a\b\x"),
        ("a", "Träger 2.inp", r"a\Träger 2.inp"),
    ],
)
def test_paths_begin_at_the_root(root, path, expected):
    assert server_path(root, path) == expected


@pytest.mark.parametrize(
    "path",
    ["..", "a/../b", "./a", "a//b", "/a", "a/", r"a\b", "a:stream", "a*", "a?", "a\0", "a\nb", "<"],
)
def test_what_means_something_else_there_is_refused(path):
    with pytest.raises(Denied, match="no name") as caught:
        server_path("a", path)
    assert caught.value.path == path


def test_times():
    assert nanoseconds(116_444_736_000_000_001) == 100
