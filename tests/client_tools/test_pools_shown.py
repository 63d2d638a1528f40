"""Licence pools and mail as the command line tells of them."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from client_tools.config import config_file
from client_tools.pools_shown import licences_of_job
from spool_layout.states import State
from spool_layout.ticket import Resources
from wamspool.find import account_of, find_job
from wamspool.offers import nodes_of
from wamspool.open_share import make_share
from wamspool.spool import open_spool

RULE = {"pool": "abaqus", "factor": 5, "exponent": 0.422, "per_gpu": 1}
TOKENS = {"extra": {"tokens": {"abaqus": RULE}}, "solvers": ("abaqus", "calculix")}


def say(spool, line):
    settings = Path(spool.share.location, "spool.yaml")
    settings.write_text(f"{settings.read_text()}{line}\n")


@pytest.fixture
def pooled(spool, clock):
    """The spool with a pool of 20 tokens."""
    say(spool, "pools: {abaqus: {tokens: 20}, ansys: {tokens: 3}}")
    return open_spool(make_share(spool.share.location, clock), clock)


def hold_tokens(made, spool, job, tokens, *, node="cougar", state=State.RUNNING):
    place = made.job(spool, job, state, node=node, generation=1, solver="abaqus")
    named = replace(place, name=replace(place.name, tokens=tokens, pool="abaqus"))
    spool.share.move(place.path, named.path)


def test_status_shows_the_pools_and_who_holds_what(wam, pooled, made):
    made.node(pooled)
    hold_tokens(made, pooled, "press-aaaaa", 8)
    hold_tokens(made, pooled, "plate-aaaaa", 5, node="puma", state=State.CLAIMED)
    said = wam("status").out
    assert "13/20" in said and "plate-aaaaa 5, press-aaaaa 8" in said and "0/3" in said
    document = json.loads(wam("status", "--json").out)
    abaqus, ansys = document["pools"]
    assert (abaqus["pool"], abaqus["total"], abaqus["used"]) == ("abaqus", 20, 13)
    assert abaqus["jobs"] == [
        {"job": "plate-aaaaa", "node": "puma", "tokens": 5},
        {"job": "press-aaaaa", "node": "cougar", "tokens": 8},
    ]
    assert (ansys["used"], ansys["jobs"]) == (0, [])
    assert document["nodes"][0]["tokens"] == {"abaqus": 8}


@pytest.mark.parametrize(
    ("state", "has_pools", "times"),
    [(State.QUEUED, True, 1), (State.RUNNING, True, 1), (State.QUEUED, False, 1),
     (State.RUNNING, False, 0)],
)  # fmt: skip
def test_the_nodes_are_read_once_for_all_that_is_said_of_a_job(
    spool, clock, made, state, has_pools, times
):
    if has_pools:
        say(spool, "pools: {abaqus: {tokens: 20}}")
    opened = open_spool(make_share(spool.share.location, clock), clock)
    made.node(opened, **TOKENS)
    node = "cougar" if state is State.RUNNING else None
    made.job(opened, "press-aaaaa", state, node=node, generation=1, solver="abaqus")
    account = account_of(opened, find_job(opened, "press-aaaaa"))
    read = []

    def nodes():
        read.append(nodes_of(opened))
        return read[-1]

    said = licences_of_job(opened, account, nodes)
    assert (said.tokens is not None, len(read)) == (has_pools, times)


def test_a_spool_without_pools_speaks_of_none(wam, spool, made):
    made.node(spool)
    assert "licences" not in wam("status").out
    assert json.loads(wam("status", "--json").out)["pools"] == []


def test_many_holders_are_counted(wam, pooled, made):
    made.node(pooled)
    for number in range(6):
        hold_tokens(made, pooled, f"job{number}-aaaaa", 2)
    assert "and 2 more" in wam("status").out


def test_show_tells_what_a_job_holds_or_has_to_get(wam, pooled, made):
    made.node(pooled, **TOKENS)
    hold_tokens(made, pooled, "press-aaaaa", 13)
    made.job(pooled, "plate-aaaaa", solver="abaqus")
    assert "13 of the pool abaqus, holds them (13 of 20 are used)" in wam("show", "press").out
    said = wam("show", "plate").out
    assert "5 of the pool abaqus, has to get them (13 of 20 are used)" in said
    assert "waits for others" not in said
    hold_tokens(made, pooled, "shaft-aaaaa", 3)
    assert "(16 of 20 are used): waits for others to end" in wam("show", "plate").out
    document = json.loads(wam("show", "plate", "--json").out)["tokens"]
    assert document == {
        "pool": "abaqus",
        "tokens": 5,
        "held": False,
        "used": 16,
        "total": 20,
        "room": 20,
    }


def test_show_tells_where_a_solver_got_no_licence(wam, pooled, made):
    refused = {"abaqus": {"tokens": 8, "until": "2026-11-22T10:00:00Z"}}
    made.node(pooled, **(TOKENS | {"extra": TOKENS["extra"] | {"no_licence": refused}}))
    made.job(pooled, "small-aaaaa", solver="abaqus")
    made.job(pooled, "large-aaaaa", solver="abaqus", resources=Resources(cpus=4))
    said = wam("show", "large").out
    assert "licence    refused on cougar, which tries again after 2026-11-22" in said
    (document,) = json.loads(wam("show", "large", "--json").out)["no_licence"]
    assert document == {"node": "cougar", "tokens": 8, "until": "2026-11-22T10:00:00.000Z"}
    assert "refused on" not in wam("show", "small").out, "it takes fewer"


def test_show_tells_what_a_done_job_held(wam, pooled, made):
    made.done(pooled, "done-aaaaa", tokens=12, pool="abaqus")
    assert "12 tokens of abaqus" in wam("show", "done").out
    outcome = json.loads(wam("show", "done", "--json").out)["outcome"]
    assert (outcome["tokens"], outcome["pool"]) == (12, "abaqus")


def test_show_says_nothing_of_tokens_where_none_are_taken(wam, pooled, made):
    made.job(pooled, "bracket-aaaaa")
    made.done(pooled, "done-aaaaa")
    for job in ("bracket-aaaaa", "done-aaaaa"):
        assert "tokens" not in wam("show", job).out
        assert json.loads(wam("show", job, "--json").out)["tokens"] is None


@pytest.mark.parametrize(
    ("options", "problem", "cure"),
    [
        (["--tokens", "5"], "the profile of the solver 'calculix' names no licence", "Leave"),
        (["--solver", "abaqus", "--tokens", "21"], "21 tokens .* 'abaqus', which has 20", "Ask"),
        (["--solver", "abaqus", "--cpus", "64"], "it takes 28 tokens", "Ask for fewer"),
    ],
)
def test_what_no_pool_could_give_is_refused(wam, pooled, made, deck, options, problem, cure):
    made.node(pooled, **TOKENS, cpus=64, cpus_free=64)
    run = wam("ticket", deck, *options)
    assert run.code == 33 and re.search(problem, run.err) and cure in run.err
    assert not [e for e in pooled.share.list("incoming") if e.name.endswith(".yaml")]


def test_what_a_pool_can_give_is_queued(wam, pooled, made, deck):
    made.node(pooled, **TOKENS, cpus=64, cpus_free=64)
    assert wam("ticket", deck, "--solver", "abaqus", "--cpus", "16").code == 0
    assert wam("ticket", deck, "--solver", "abaqus", "--tokens", "20").code == 0


def test_an_undefined_pool_is_named(wam, spool, made, deck):
    made.node(spool, **TOKENS)
    run = wam("ticket", deck, "--solver", "abaqus", "--tokens", "5")
    assert "spool.yaml defines no licence pool 'abaqus'" in run.err


def test_who_asks_for_mail_where_none_is_sent_is_told(wam, spool, made, deck):
    made.node(spool)
    run = wam("ticket", deck, "--email", "jo@example.com")
    assert run.code == 0
    assert "no mail will go to jo@example.com: this spool has no mail server" in run.err


def test_so_is_who_asks_in_the_deck(wam, spool, made, deck):
    made.node(spool)
    deck.write_text("** WAM: email=jo@example.com\n" + deck.read_text())
    assert "no mail will go to jo@example.com" in wam("ticket", deck).err


def test_what_the_user_s_settings_say_holds_for_jobs_that_say_no_other(wam, spool, made, deck):
    made.node(spool)
    file = config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("email: jo@example.com:failed\n")
    assert "no mail" not in wam("ticket", deck).err, "nobody has asked for it here"
    say(spool, "mail: {server: mail.example.com, sender: wam@example.com}")
    asked = []
    for options in ((), ("--email", "ann@example.com")):
        (job,) = json.loads(wam("ticket", deck, *options, "--json").out)["jobs"]
        asked.append(json.loads(wam("show", job["job"], "--json").out)["email"])
    assert asked == ["jo@example.com:failed", "ann@example.com"]


def test_with_a_mail_server_nothing_is_remarked(wam, spool, made, deck):
    made.node(spool)
    say(spool, "mail: {server: mail.example.com, sender: wam@example.com}")
    run = wam("ticket", deck, "--email", "jo@example.com, ann@example.com")
    assert (run.code, run.err) == (0, "")


def test_an_address_that_is_none_is_refused(wam, spool, deck):
    run = wam("ticket", deck, "--email", "Jo <jo@example.com>")
    assert run.code == 2 and "--email" in run.err and "no plain address" in run.err
