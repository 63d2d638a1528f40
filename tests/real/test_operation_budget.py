"""What one job, and one idle look, may cost on the share. Counted, not timed."""

from functools import partial

import pytest

from benchmarks import smb_operations
from benchmarks.bench_spool import new_spool
from benchmarks.operations import (
    IDLE_LOOK_BUDGET,
    LIFE_BUDGET,
    LIFE_COSTS,
    LONGER_LIFE_COSTS,
    cheapest_life,
    count_idle_look,
    count_life,
)


@pytest.mark.parametrize("what", ["ticket", "drop"])
def test_a_jobs_whole_life_costs_no_more_than_it_did_and_keeps_its_budget(tmp_path, what):
    counts = cheapest_life(tmp_path, what)
    most = LIFE_COSTS[what] + LONGER_LIFE_COSTS
    assert 20 < counts.total() <= most <= LIFE_BUDGET, counts


def test_an_idle_look_keeps_its_budget(tmp_path):
    counts = count_idle_look(tmp_path / "idle")
    assert 1 <= counts.total() <= IDLE_LOOK_BUDGET, counts


def test_the_cost_of_a_life_does_not_grow_with_what_is_done(tmp_path):
    # Not flushed: then nothing is carried by threads, which look once more or less.
    make = partial(new_spool, durable=False)
    few = count_life(tmp_path / "few", dropped=False, done_before=1, make=make)
    many = count_life(tmp_path / "many", dropped=False, done_before=500, make=make)
    assert many == few


@pytest.mark.real
@pytest.mark.parametrize("what", ["ticket", "drop"])
def test_a_jobs_whole_life_over_smb_keeps_its_budget(samba, what):
    cost = smb_operations.life(samba, f"life-{what}", dropped=what == "drop")
    assert 40 < cost.messages <= smb_operations.LIFE_BUDGET[what], cost
    assert 20 < cost.trips <= smb_operations.LIFE_TRIPS_BUDGET[what], cost


@pytest.mark.real
def test_an_idle_look_over_smb_keeps_its_budget_however_many_are_done(samba):
    none = smb_operations.idle_look(samba, "none")
    assert 4 <= none.messages <= smb_operations.IDLE_MESSAGES_BUDGET, none
    assert smb_operations.idle_look(samba, "done", done=500) == none


@pytest.mark.real
def test_tickets_that_wait_cost_an_idle_look_no_more_than_their_listing(samba):
    waiting = smb_operations.idle_look(samba, "waiting", waiting=300)
    assert waiting.messages <= smb_operations.IDLE_MESSAGES_BUDGET + 4, waiting


@pytest.mark.real
def test_whole_calls_over_smb_keep_their_budgets_however_many_are_done(samba):
    costs = smb_operations.commands(samba, "calls")
    assert set(costs) == set(smb_operations.COMMANDS)
    for what, cost in costs.items():
        messages, trips = smb_operations.COMMANDS[what]
        assert 40 < cost.trips <= trips and cost.trips < cost.messages <= messages, (what, cost)
    assert smb_operations.commands(samba, "none-done", done=0) == costs


@pytest.mark.real
def test_a_longer_queue_costs_status_and_ticket_no_more_than_its_listing(samba):
    few = smb_operations.commands(samba, "few", queued=50, done=0)
    many = smb_operations.commands(samba, "many", queued=600, done=0)
    assert many["ticket"] == few["ticket"]
    assert many["status"].trips <= few["status"].trips + 3, (few, many)
