"""What a failure leaves behind is removed, when that can be done."""

import pytest

from wamspool.errors import Exists, Gone, Unreachable
from wamspool.shares.smb import strays as strays_module
from wamspool.shares.smb.strays import Strays


class _Removed(list):
    """The names that were asked to be removed; ``errors`` are raised first."""

    def __init__(self):
        super().__init__()
        self.errors = []

    def take(self, lines, path, hidden):
        self.append(hidden)
        if self.errors:
            raise self.errors.pop(0)


@pytest.fixture
def removed(monkeypatch):
    removed = _Removed()
    monkeypatch.setattr(strays_module.writing, "remove", removed.take)
    return removed


def run(strays, hidden, error=None, *, goes_by_itself=False):
    with strays.tidied("a", hidden, goes_by_itself=goes_by_itself):
        if error:
            raise error


def test_what_went_well_leaves_nothing_to_do(removed):
    run(Strays(None), "h1")
    assert removed == []


def test_a_refused_one_is_removed_at_once(removed):
    with pytest.raises(Exists):
        run(Strays(None), "h1", Exists("a", "x"))
    assert removed == ["h1"]


def test_one_that_goes_by_itself_is_not_asked_for(removed):
    with pytest.raises(Exists):
        run(Strays(None), "h1", Exists("a", "x"), goes_by_itself=True)
    assert removed == []


@pytest.mark.parametrize("goes_by_itself", [True, False])
def test_after_an_outage_it_is_removed_when_the_server_is_back(removed, goes_by_itself):
    strays = Strays(None)
    for hidden in ("h1", "h2"):
        with pytest.raises(Unreachable):
            run(strays, hidden, Unreachable("a", "x"), goes_by_itself=goes_by_itself)
    assert removed == [], "the server is not waited for once more"
    removed.errors += [Gone("h2", "x"), Unreachable("h1", "x")]
    run(strays, "h3")
    assert removed == ["h2", "h1"]
    run(strays, "h4")
    assert removed == ["h2", "h1", "h1"]
    run(strays, "h5")
    assert removed == ["h2", "h1", "h1"]
