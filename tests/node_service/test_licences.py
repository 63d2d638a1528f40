"""A node and the licence pools: what it claims, announces, waits for and hands back."""

import json
from dataclasses import replace

import pytest

from node_service.licences import WAIT_S
from node_service.processes import Ended, Running
from spool_layout.names import parse_ticket_name
from spool_layout.pool import Pool, Reserve
from spool_layout.states import State
from spool_layout.ticket import Resources
from spool_layout.tokens import Need, TokenRule
from tests.real.real_spool import LocalFolder, journal_of, make_node, open_at, outcomes
from wamspool.errors import Unreachable
from wamspool.gather import gather
from wamspool.submit import submission_of
from wamspool.submit import submit as submit_job
from wamspool.transition import Place, claim

TURNS_IDLE = 4  # one turn of each of the four nodes
RULE = TokenRule(pool="abaqus", factor=5, exponent=0.422)


@pytest.fixture
def licensed(make_site, tmp_path):
    """A site whose solver draws on a pool of 20 tokens; its nodes have eight cores."""

    def make(**said):
        site = make_site(cpus=8, **said)
        settings = replace(site.spool.settings, pools={"abaqus": Pool(20)})
        spool = replace(site.spool, settings=settings)
        profiles = {"command": replace(site.node.profiles["command"], tokens=RULE)}
        site.spool = spool
        site.node = replace(site.node, spool=spool, profiles=profiles)
        return site

    return make


@pytest.fixture
def pooled(licensed):
    return licensed()


def submit(site, tokens=None, *, cpus=1, name="bracket"):
    deck = site.mine / f"{name}.inp"
    deck.write_text("echo\n")
    found = gather(
        LocalFolder(site.mine), deck.name, family_of=lambda _: "command", default_solver="command"
    )
    draft = replace(found.draft, resources=Resources(cpus, tokens=tokens))
    found = replace(found, draft=draft)
    return submit_job(site.spool, submission_of(found, site.mine, owner="jo"))


def other_claims(site, tokens, *, state="running", key="5-20200101-000000-000"):
    """Another node holds tokens; its ticket comes first in the queue unless ``key`` says else."""
    job = f"other-aaaa{len(site.tickets(state))}".replace("0", "x")
    path = site.root / state / f"{key}-{job}.g1.a1.beta.t{tokens}-abaqus.yaml"
    path.write_text("{}")
    return path


def test_what_is_kept_for_others_is_not_taken(pooled):
    pool = Pool(20, outside=4, reserve=(Reserve(tokens=5),))
    settings = replace(pooled.spool.settings, pools={"abaqus": pool})
    pooled.node = replace(pooled.node, spool=replace(pooled.spool, settings=settings))
    submit(pooled, 12, name="large")
    submit(pooled, 11, name="small")
    loop = pooled.loop()
    pooled.turn(loop, 3)
    assert [name.job[:-6] for name in names_in(pooled, "running")] == ["small"]
    assert "hand_back" not in pooled.journal()


def test_a_reserve_that_begins_between_claim_and_count_keeps_the_job_from_starting(pooled):
    submit(pooled, 12)
    loop = pooled.loop()
    claim_of = loop._claiming.licences.claim

    def then_it_is_eight(place, ticket):
        found = claim_of(place, ticket)
        loop._claiming.licences._pools = {"abaqus": Pool(20, reserve=(Reserve(tokens=9),))}
        return found

    loop._claiming.licences.claim = then_it_is_eight
    pooled.turn(loop)
    assert pooled.processes.started == [] and len(names_in(pooled, "incoming")) == 1
    assert "(20 in all, 9 of them kept for others)" in pooled.journal()


def names_in(site, state):
    return [parse_ticket_name(name) for name in site.tickets(state)]


def test_a_claim_announces_its_tokens_and_the_run_keeps_them(pooled):
    submit(pooled, cpus=4)
    loop = pooled.loop()
    pooled.turn(loop)
    ((name),) = names_in(pooled, "running")
    assert (name.tokens, name.pool, name.node) == (8, "abaqus", "alpha")
    pooled.processes.end_all()
    pooled.turn(loop, 2)
    (record,) = outcomes(pooled.root).values()
    assert (record.outcome, record.tokens, record.pool) == ("completed", 8, "abaqus")


def test_a_number_in_the_ticket_overrides_the_formula_and_none_needs_no_pool(pooled):
    submit(pooled, 3)
    submit(pooled, 0, name="free")
    pooled.turn(pooled.loop(), 2)
    assert sorted(name.tokens for name in names_in(pooled, "running")) == [0, 3]


def test_a_ticket_without_a_pool_costs_no_listing(site, monkeypatch):
    site.submit()
    loop = site.loop()
    monkeypatch.setattr("node_service.licences.claims", None)
    site.turn(loop)
    assert len(site.tickets("running")) == 1


def test_what_has_no_room_is_passed_by_and_taken_when_there_is(pooled):
    other = other_claims(pooled, 13)
    submit(pooled, cpus=4, name="large")
    submit(pooled, name="small")
    loop = pooled.loop()
    pooled.turn(loop, 3)
    assert [name.job[:-6] for name in names_in(pooled, "running") if name.node == "alpha"] == [
        "small"
    ]
    assert "hand_back" not in pooled.journal(), "it was not even claimed"
    other.unlink()
    pooled.turn(loop, 3)
    assert len(names_in(pooled, "running")) == 2


def test_two_of_one_look_are_not_both_claimed_for_the_same_room(pooled):
    for name in ("first", "second", "third"):
        submit(pooled, 12, cpus=2, name=name)
        pooled.clock.sleep(1)
    pooled.turn(pooled.loop(), 4)
    assert [name.job[:-6] for name in names_in(pooled, "running")] == ["first"]
    assert "hand_back" not in pooled.journal()


def late(site, loop, tokens, **said):
    """Another announces between this node's claim and its count."""
    claim_of = loop._claiming.licences.claim

    def claim_then_other(place, ticket):
        found = claim_of(place, ticket)
        other_claims(site, tokens, **said)
        return found

    loop._claiming.licences.claim = claim_then_other


@pytest.mark.parametrize("state", ["running", "claimed"])
def test_one_that_was_not_first_hands_back_unstarted(pooled, state):
    ticket = submit(pooled, cpus=8)
    loop = pooled.loop()
    late(pooled, loop, 9, state=state)
    pooled.turn(loop)
    (name,) = names_in(pooled, "incoming")
    assert (name.job, name.node, name.tokens, name.attempt) == (ticket.job, None, 0, 0)
    assert pooled.processes.started == []
    assert "12 tokens of 'abaqus' are not free (20 in all)" in pooled.journal()


def test_one_that_was_first_waits_for_the_others_to_go_and_goes_on(pooled):
    submit(pooled, cpus=8)
    loop = pooled.loop()
    late(pooled, loop, 9, state="claimed", key="9-20300101-000000-000")
    pooled.turn(loop, 3)
    assert [name.tokens for name in names_in(pooled, "claimed")] == [12, 9]
    assert pooled.processes.started == []
    (other,) = (pooled.root / "claimed").glob("*.beta.*")
    other.unlink()
    pooled.turn(loop, 3)
    assert [name.tokens for name in names_in(pooled, "running")] == [12]


def test_one_that_was_first_does_not_wait_for_ever(pooled):
    submit(pooled, cpus=8)
    loop = pooled.loop()
    late(pooled, loop, 9, state="claimed", key="9-20300101-000000-000")
    pooled.turn(loop, int(WAIT_S) + 3)
    assert [name.node for name in names_in(pooled, "incoming")] == [None]
    assert pooled.processes.started == []


def test_a_service_that_was_killed_before_it_counted_counts(pooled):
    ticket = submit(pooled, cpus=8)
    place = Place(State.QUEUED, ticket.first_name)
    need = Need(pool="abaqus", tokens=12)
    claim(pooled.share, pooled.spool.doors, place, "alpha", need=need)
    other_claims(pooled, 9)
    pooled.turn(pooled.loop())
    assert pooled.processes.started == [] and len(names_in(pooled, "incoming")) == 1


def test_a_share_that_cannot_be_asked_has_no_room(pooled):
    submit(pooled)
    loop = pooled.loop()
    pooled.share.fail("list", Unreachable("running", "timed out"), about="running", times=1)
    pooled.turn(loop)
    assert pooled.processes.started == []
    pooled.turn(loop, 3)
    assert len(names_in(pooled, "running")) == 1


def test_a_count_that_fails_after_the_claim_is_made_again(pooled):
    submit(pooled)
    loop = pooled.loop()
    claim_of = loop._claiming.licences.claim

    def then_deaf(place, ticket):
        found = claim_of(place, ticket)
        pooled.share.fail("list", Unreachable("running", "timed out"), about="running", times=1)
        return found

    loop._claiming.licences.claim = then_deaf
    pooled.turn(loop)
    assert pooled.processes.started == [] and len(names_in(pooled, "claimed")) == 1
    pooled.turn(loop, 3)
    assert len(names_in(pooled, "running")) == 1


def test_a_lost_run_gives_its_tokens_back_with_the_ticket(pooled):
    submit(pooled, cpus=4)
    loop = pooled.loop()
    pooled.turn(loop)
    (attempt,) = loop._attempts.values()
    loop._acting.ending.lose(attempt, "gone")
    (name,) = names_in(pooled, "incoming")
    assert (name.tokens, name.pool, name.attempt) == (0, None, 1)


def test_a_pool_that_the_spool_does_not_define_is_logged_and_not_counted(pooled, caplog):
    spool = replace(pooled.spool, settings=replace(pooled.spool.settings, pools={}))
    pooled.node = replace(pooled.node, spool=spool)
    submit(pooled)
    pooled.turn(pooled.loop())
    assert [name.tokens for name in names_in(pooled, "running")] == [0]
    assert "pool unknown" in caplog.text


def drop(site, tokens):
    (site.root / "incoming/bracket.inp").write_text("echo\n")
    text = f"input: bracket.inp\nresources: {{tokens: {tokens}}}\n"
    (site.root / "incoming/bracket.yaml").write_text(text)


def test_a_drop_that_asks_for_more_than_the_pool_has_is_rejected(pooled):
    drop(pooled, 21)
    pooled.turn(pooled.loop(), 4)
    why = (pooled.root / "rejected/bracket.yaml.why.txt").read_text()
    assert "21 tokens of the licence pool 'abaqus', which has 20 in all" in " ".join(why.split())


def test_a_drop_that_asks_for_tokens_where_none_are_counted_is_rejected(site):
    drop(site, 5)
    site.turn(site.loop(), 4)
    why = (site.root / "rejected/bracket.yaml.why.txt").read_text()
    assert "names no licence pool" in " ".join(why.split())


def test_the_status_says_the_rule(pooled):
    pooled.turn(pooled.loop())
    (status,) = (pooled.root / "nodes").glob("alpha.*.json")
    rule = {"pool": "abaqus", "per_gpu": 0, "factor": 5, "exponent": 0.422}
    assert json.loads(status.read_text())["tokens"] == {"command": rule}


@pytest.mark.parametrize(("after_s", "starts"), [(60.0, True), (None, False)])
def test_a_job_of_many_tokens_is_not_passed_for_ever(licensed, after_s, starts):
    """Behind an endless stream of small ones, of which each ends after four seconds."""
    site = licensed()
    settings = replace(site.spool.settings, keep_room_after_s=after_s)
    site.node = replace(site.node, spool=replace(site.spool, settings=settings))
    for number in range(4):
        submit(site, 5, name=f"first{number}")
    loop = site.loop()
    site.turn(loop)
    submit(site, 16, name="large")
    began = None
    for second in range(120):
        submit(site, 5, name=f"small{second}")
        oldest = next(
            (name for name, state in site.processes.states.items() if isinstance(state, Running)),
            None,
        )
        if oldest:
            site.processes.states[oldest] = Ended(0, None, 0.5, 1000.0)
        site.turn(loop)
        running = {name.job[:-6] for name in names_in(site, "running")}
        assert sum(name.tokens for name in names_in(site, "running")) <= 20
        began = second if began is None and "large" in running else began
    assert (began is not None) is starts
    if starts:
        assert 60 <= began <= 60 + 8, "when it is overdue, as soon as what runs has ended"


def test_four_nodes_and_sixty_jobs_stay_within_the_pool_and_keep_it_busy(licensed, tmp_path):
    """What runs is counted from outside after every turn of any node."""
    first = licensed()
    sites = [first]
    for name in ("beta", "gamma", "delta"):
        spool = replace(
            open_at(first.root, first.clock, first.share), settings=first.spool.settings
        )
        node = make_node(
            spool, tmp_path / f"s-{name}", name=name, processes=type(first.processes)(), cpus=8
        )
        node = replace(node, profiles=first.node.profiles)
        sites.append(replace(first, node=node, spool=spool, processes=node.processes, loops=[]))
    sizes = [5 + (7 * i) % 12 for i in range(60)]
    by_job = {
        submit(first, tokens, cpus=2, name=f"job{number}").job: tokens
        for number, tokens in enumerate(sizes)
    }
    loops = [(site, site.loop()) for site in sites]
    idle = most_idle = 0
    for turn in range(2000):
        _, loop = loops[(turn * 7 + turn // 5) % 4]
        loop.turn()
        first.clock.sleep(0.3)
        running = names_in(first, "running")
        used = sum(name.tokens for name in running)
        assert used <= 20
        waiting = [by_job[name.job] for name in names_in(first, "incoming")]
        fits = bool(waiting) and used + min(waiting) <= 20 and not first.tickets("claimed")
        idle = idle + 1 if fits else 0
        most_idle = max(most_idle, idle)
        if turn % 9 == 0:
            for each in sites:
                each.processes.end_all()
        if not waiting and not running and not first.tickets("claimed"):
            break
    assert most_idle <= TURNS_IDLE, "a job that fits waits, and nobody takes it"
    assert len(outcomes(first.root)) == 60
    starts = [line["job"] for line in journal_of(first.root) if line["event"] == "start"]
    assert len(starts) == len(set(starts)) == 60
    for _, loop in loops[1:]:
        loop._finish()
