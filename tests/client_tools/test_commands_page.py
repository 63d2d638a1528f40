"""``wam page``: the status as a file for a browser."""

from pathlib import Path

import pytest

from spool_layout.states import State
from wamspool.errors import Busy


@pytest.fixture
def full(spool, made):
    made.node(spool, jobs=[made.on_node("plate-bbbbb", percent=40.0)])
    made.job(spool, "plate-bbbbb", State.RUNNING, node="cougar", generation=1)
    made.job(spool, "waits-ccccc")
    made.done(spool, "done-ddddd")
    return spool


def test_it_lies_in_the_spool(wam, full):
    run = wam("page")
    place = Path(full.share.location) / "index.html"
    assert run.out == f"wrote {place}\n"
    page = place.read_text()
    for word in ("cougar", "plate-bbbbb", "40 %", "waits-ccccc", "ended lately", "done-ddddd"):
        assert word in page
    assert wam("page").code == 0, "one that is there is replaced"
    assert wam("status").code == 0, "and it is in nobody's way"


def test_or_where_one_says(wam, full, tmp_path):
    place = tmp_path / "my.html"
    assert wam("page", "--to", place).code == 0
    assert "plate-bbbbb" in place.read_text()
    assert not (Path(full.share.location) / "index.html").exists()
    refused = wam("page", "--to", Path(full.share.location) / "spool.yaml" / "x.html")
    assert refused.code == 61, refused.code
    assert "\n  -> " in refused.err


def test_again_and_again_until_ctrl_c(wam, full, clock, made, monkeypatch):
    place = Path(full.share.location) / "index.html"
    seen = []

    def later():
        seen.append(place.read_text())
        made.job(full, "late-eeeee")

    def busy():
        seen.append(place.read_text())
        monkeypatch.setattr(type(full.share), "replace", _busy)

    def end():
        raise KeyboardInterrupt

    clock.meanwhile = [later, busy, end]
    run = wam("page", "--every", "30")
    assert run.code == 0
    assert run.out == f"wrote {place}, again every 30 s; Ctrl-C ends\n"
    assert ["late-eeeee" in page for page in seen] == [False, True]
    assert 'content="30"' in seen[0]


def _busy(self, path, content):
    raise Busy(path, "is open elsewhere")


def test_a_page_again_and_again_is_no_document(wam, full):
    assert wam("page", "--every", "30", "--json").code == 2


def test_nothing_has_ended(wam, spool):
    wam("page")
    assert "no job has ended" in (Path(spool.share.location) / "index.html").read_text()
