"""What the jobs of drops are called."""

import pytest

from spool_layout.names import is_job_name, may_be_of_batch
from tests.adopting import Adopting, jobs
from tests.spools import DECK, new_spool
from wamspool.errors import NoSuchJob
from wamspool.find import find_batch

TICKET = b"input: plate.inp\nbatch: Mesh-Study\n"


@pytest.fixture
def spool(tmp_path):
    return new_spool(tmp_path / "spool")


@pytest.fixture
def incoming(tmp_path, spool):
    return tmp_path / "spool/incoming"


def drop(folder, name, ticket):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plate.inp").write_bytes(DECK)
    (folder / name).write_bytes(ticket)


def test_the_jobs_of_dropped_tickets_are_found_by_their_batch(spool, incoming):
    for number in range(3):
        drop(incoming / f"case-{number}", "job.yaml", TICKET)
    drop(incoming / "another", "job.yaml", b"input: plate.inp\n")
    Adopting(spool).settle(for_s=60)
    assert len(jobs(spool)) == 4
    found = [one.job for one in find_batch(spool, "mesh-study")]
    assert found == sorted(j for j, t in jobs(spool).items() if t.draft.batch == "mesh-study")
    assert len(found) == 3
    assert all(may_be_of_batch(job, "mesh-study") for job in found)


def test_two_adopters_mean_the_same_job(spool, incoming):
    drop(incoming / "case", "job.yaml", TICKET)
    first, second = Adopting(spool), Adopting(spool)
    for _ in range(12):
        first.settle(for_s=5)
        second.settle(for_s=5)
    assert len(jobs(spool)) == 1


def test_a_batch_takes_nothing_from_what_tells_jobs_apart(spool, incoming):
    """Three letters of a digest would be drawn twice by one in a hundred folders of such tickets."""
    drop(incoming / "case", "job.yaml", TICKET)
    Adopting(spool).settle(for_s=60)
    (job,) = jobs(spool)
    assert is_job_name(job)
    name, more, suffix = job.rsplit("-", 2)
    assert (name, len(more), len(suffix)) == ("job", 2, 5)


def test_the_longest_name_has_room_for_them(spool, incoming):
    drop(incoming / "case", "x" * 120 + ".yaml", TICKET)
    Adopting(spool).settle(for_s=60)
    (job,) = jobs(spool)
    assert len(job) == 40 + 6
    assert may_be_of_batch(job, "mesh-study")


def test_a_preset_may_name_the_batch(tmp_path):
    spool = new_spool(tmp_path / "other")
    settings = tmp_path / "other/spool.yaml"
    text = settings.read_text()
    settings.write_text(text.replace("presets:\n", "presets:\n  study:\n    batch: sample\n", 1))
    (tmp_path / "other/incoming/study").mkdir()
    (tmp_path / "other/incoming/study/plate.inp").write_bytes(DECK)
    adopting = Adopting(new_spool(tmp_path / "other"))
    adopting.settle(for_s=60)
    (job,) = jobs(spool)
    assert [one.job for one in find_batch(spool, "sample")] == [job]


def test_a_ticket_without_one_is_of_none(spool, incoming):
    drop(incoming / "case", "job.yaml", b"input: plate.inp\n")
    Adopting(spool).settle(for_s=60)
    (job,) = jobs(spool)
    assert job.count("-") == 1
    with pytest.raises(NoSuchJob):
        find_batch(spool, "mesh-study")
