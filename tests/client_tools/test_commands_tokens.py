"""wam tokens: pools, costs, and the answer for one job."""

import json

import pytest

from spool_layout.ticket import Resources
from tests.client_tools.test_pools_shown import TOKENS, hold_tokens, say
from wamspool.open_share import make_share
from wamspool.spool import open_spool


@pytest.fixture
def pooled(spool, clock):
    """A pool of 20 tokens, 4 of them reserved always and 2 declared to be used by others."""
    say(spool, "pools: {abaqus: {tokens: 20, outside: 2, reserve: [{tokens: 4}]}}")
    return open_spool(make_share(spool.share.location, clock), clock)


def test_it_shows_the_pool_who_holds_it_and_the_table(wam, pooled, made):
    made.node(pooled, **TOKENS)
    hold_tokens(made, pooled, "press-aaaaa", 8)
    said = wam("tokens").out
    assert "8/20" in said and "4 reserved, 2 outside" in said and "press-aaaaa 8" in said
    assert "tokens of abaqus by cores, and 1 more for each GPU" in said
    assert "16-18" in said and "18 cores cost what 16 cost" in said


def test_json(wam, pooled, made):
    made.node(pooled, **TOKENS)
    hold_tokens(made, pooled, "press-aaaaa", 8)
    document = json.loads(wam("tokens", "--json").out)
    (pool,) = document["pools"]
    assert (pool["total"], pool["used"], pool["reserved"], pool["outside"], pool["free"]) == (
        20, 8, 4, 2, 6,
    )  # fmt: skip
    assert [job["job"] for job in pool["jobs"]] == ["press-aaaaa"]
    (costs,) = document["costs"]
    assert {"first": 16, "last": 18, "tokens": 16} in costs["steps"]
    assert document["asked"] is None


def test_what_a_node_has_seen_others_use_is_not_free(wam, pooled, made):
    seen = {"licences_seen": {"abaqus": {"outside": 9, "at": "2026-11-22T10:00:00Z"}}}
    made.node(pooled, **(TOKENS | {"extra": TOKENS["extra"] | seen}))
    hold_tokens(made, pooled, "press-aaaaa", 8)
    assert "4 reserved, 9 outside" in wam("tokens").out
    (pool,) = json.loads(wam("tokens", "--json").out)["pools"]
    assert (pool["outside"], pool["free"]) == (9, 3)


def test_one_job_is_answered(wam, pooled, made):
    made.node(pooled, **TOKENS)
    said = wam("tokens", "--cpus", "12", "--gpus", "1").out
    assert "12 cores and 1 GPU take 15 tokens of abaqus: never to be had" in said
    (asked,) = json.loads(wam("tokens", "--cpus", "12", "--gpus", "1", "--json").out)["asked"]
    assert (asked["tokens"], asked["fits_now"], asked["fits_ever"]) == (15, False, False)


@pytest.mark.parametrize(
    ("cpus", "held", "words"),
    [
        (4, 0, "8 tokens of abaqus: 14 are free now"),
        (4, 8, "8 tokens of abaqus: 6 are free now, it would wait"),
        (32, 0, "21 tokens of abaqus: never to be had, the pool has at most 14 for jobs"),
    ],
)
def test_it_says_whether_the_job_would_wait(wam, pooled, made, cpus, held, words):
    made.node(pooled, **TOKENS)
    if held:
        hold_tokens(made, pooled, "press-aaaaa", held)
    assert words in wam("tokens", "--cpus", str(cpus)).out


def test_without_a_pool_it_says_so_and_still_reckons(wam, spool):
    said = wam("tokens")
    assert said.code == 0 and "no licence pool is defined" in said.out
    assert "so they are not counted" in said.out and "16-18" in said.out


def test_what_cannot_be_asked_is_refused(wam, spool):
    assert wam("tokens", "--gpus", "1").code == 2
    run = wam("tokens", "--solver", "calculix")
    assert run.code == 2 and "those that do: abaqus" in " ".join(run.err.split())


def test_what_a_node_has_seen_is_said_of_a_job_that_waits_for_it(wam, pooled, made):
    seen = {"licences_seen": {"abaqus": {"outside": 15, "at": "2026-11-22T10:00:00Z"}}}
    made.node(pooled, **(TOKENS | {"extra": TOKENS["extra"] | seen}))
    made.job(pooled, "plate-aaaaa", solver="abaqus", resources=Resources(4))
    tokens = json.loads(wam("show", "plate", "--json").out)["tokens"]
    assert (tokens["tokens"], tokens["room"]) == (8, 5)
    assert "waits for others to end" in wam("show", "plate").out
    assert "15 are kept for others" in wam("why", "plate").out
