"""What one job, and one idle look, may cost on the share. Counted, not timed."""

import pytest

from benchmarks.operations import IDLE_LOOK_BUDGET, LIFE_BUDGET, count_idle_look, count_life


@pytest.mark.parametrize("dropped", [False, True])
def test_a_jobs_whole_life_keeps_its_budget(tmp_path, dropped):
    counts = count_life(tmp_path / "life", dropped=dropped)
    assert 20 < counts.total() <= LIFE_BUDGET, counts


def test_an_idle_look_keeps_its_budget(tmp_path):
    counts = count_idle_look(tmp_path / "idle")
    assert 1 <= counts.total() <= IDLE_LOOK_BUDGET, counts


def test_the_cost_of_a_life_does_not_grow_with_what_is_done(tmp_path):
    few = count_life(tmp_path / "few", dropped=False, done_before=1)
    many = count_life(tmp_path / "many", dropped=False, done_before=500)
    assert many == few
