"""Setting aside: the file untouched, a text beside it, nothing overwritten."""

import pytest

from tests.faults import FaultyShare
from tests.spools import new_spool, tree
from wamspool.errors import BadInput, Exists
from wamspool.reject import reject

ERROR = BadInput("a.inp:3: the mesh is 'odd'", cure="Mesh it again.")


@pytest.fixture
def share(tmp_path):
    return new_spool(tmp_path / "spool").share


@pytest.fixture
def root(tmp_path, share):
    return tmp_path / "spool"


def drop(root, name="a.inp", content=b"x"):
    (root / "incoming" / name).write_bytes(content)
    return f"incoming/{name}"


def test_the_file_lies_beside_its_reason(share, root):
    assert reject(share, drop(root), ERROR) == "a.inp"
    assert tree(root / "rejected") == {"a.inp", "a.inp.why.txt"}
    assert not (root / "incoming/a.inp").exists()
    text = (root / "rejected/a.inp.why.txt").read_bytes().decode()
    assert "a.inp:3: the mesh is 'odd'" in text and "What to do: Mesh it again." in text
    assert text.count("\r\n") == text.count("\n") > 5  # Notepad, too


def test_what_was_rejected_before_is_kept(share, root):
    names = [reject(share, drop(root, content=b"%d" % n), ERROR) for n in range(3)]
    assert names == ["a.inp", "a~2.inp", "a~3.inp"]
    for number, name in enumerate(names):
        assert (root / "rejected" / name).read_bytes() == b"%d" % number
        assert (root / "rejected" / f"{name}.why.txt").exists()


def test_a_file_without_its_reason_is_not_written_over(share, root):
    (root / "rejected/a.inp").write_bytes(b"old")
    assert reject(share, drop(root), ERROR) == "a~2.inp"
    assert (root / "rejected/a.inp").read_bytes() == b"old"
    assert tree(root / "rejected") == {"a.inp", "a~2.inp", "a~2.inp.why.txt"}


def test_a_file_that_went_meanwhile_leaves_no_reason_behind(share, root):
    path = drop(root)
    racing = FaultyShare(share).at("move", path, before=lambda: share.remove(path))
    assert reject(racing, path, ERROR) is None
    assert tree(root / "rejected") == set()


@pytest.mark.parametrize(
    ("name", "safe"),
    [("aux.inp", "aux_.inp"), ("a\nb.inp", "a_b.inp"), ("a:b", "a_b"), ("...inp", "job.inp")],
)
def test_an_unsafe_name_is_made_safe(share, root, name, safe):
    assert reject(share, drop(root, name), ERROR) == safe


def test_a_name_that_is_no_unicode_is_shown_escaped(share, root):
    path = drop(root, "a\udcff.inp")
    assert reject(share, path, BadInput(f"{path} is odd")) == "a.inp"
    assert "\\udcff" in (root / "rejected/a.inp.why.txt").read_text()


def test_a_folder_of_rejections_is_bounded(share, root, monkeypatch):
    monkeypatch.setattr("wamspool.reject.COPIES_MAX", 3)
    for _ in range(2):
        reject(share, drop(root), ERROR)
    with pytest.raises(Exists, match="holds 3 files of this name"):
        reject(share, drop(root), ERROR)
    assert (root / "incoming/a.inp").exists()
