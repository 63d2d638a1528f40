"""Licence pools: never over the total, whoever claims when, and never idle for politeness."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spool_layout.names import parse_ticket_name
from spool_layout.pool import Pool
from spool_layout.records import NodeStatus, format_status, parse_status
from spool_layout.states import FOLDERS, State
from spool_layout.ticket import Draft, Resources
from spool_layout.tokens import Need, TokenRule
from tests.clocks import FakeClock
from tests.spools import as_seen_by, named, new_spool, put
from wamspool.errors import BadInput, TicketGone
from wamspool.pools import (
    Standing,
    announce_rules,
    announced_rule,
    holders,
    need_of,
    refuse_tokens,
    rules_for,
    seen_outside,
    standing,
    use_of,
)
from wamspool.transition import Place, claim, hand_back, start

RULE = TokenRule(pool="abaqus", factor=5, exponent=0.422, per_gpu=1)
POOLS = {"abaqus": Pool(20)}


def draft(tokens=None, cpus=1, gpus=0):
    return Draft("a.inp", solver="abaqus", resources=Resources(cpus, gpus, tokens=tokens))


def held(job, tokens, state=State.RUNNING, pool="abaqus", **said):
    name = named(job, generation=1, node="n", tokens=tokens, pool=pool, **said)
    return Place(state, name)


@pytest.mark.parametrize(
    ("asked", "rule", "pools", "tokens"),
    [
        (draft(cpus=8), RULE, POOLS, 12),
        (draft(cpus=8, gpus=2), RULE, POOLS, 14),
        (draft(3, cpus=8), RULE, POOLS, 3),
        (draft(0, cpus=8), RULE, POOLS, None),
        (draft(cpus=8), None, POOLS, None),
        (draft(cpus=8), RULE, {}, None),
        (draft(cpus=8), RULE, {"ansys": Pool(5)}, None),
    ],
)
def test_what_a_job_needs(asked, rule, pools, tokens):
    expected = Need(pool="abaqus", tokens=tokens) if tokens else None
    assert need_of(asked, rule, pools) == expected


@pytest.mark.parametrize(
    ("asked", "rules", "pools", "problem", "cure"),
    [
        (draft(5), [None], POOLS, "names no licence pool", "Leave 'tokens' out"),
        (draft(5), [RULE], {}, "defines no licence pool 'abaqus'", "pools: {abaqus: {tokens: 20}}"),
        (draft(21), [RULE], POOLS, "21 tokens of .* which has 20 in all", "Ask for fewer"),
        (draft(cpus=64), [RULE, RULE], POOLS, "takes 28 tokens", "Ask for fewer cores"),
    ],
)
def test_what_no_pool_could_ever_give_is_refused(asked, rules, pools, problem, cure):
    with pytest.raises(BadInput, match=problem) as caught:
        refuse_tokens(asked, rules, pools)
    assert cure in caught.value.cure


@pytest.mark.parametrize(
    ("asked", "rules", "pools"),
    [
        (draft(20), [RULE], POOLS),
        (draft(cpus=64), [RULE, None], POOLS),  # one of the nodes takes no tokens for it
        (draft(5), [], POOLS),  # nobody knows the solver's profile
        (draft(0), [None], {}),
        (draft(cpus=64), [RULE], {}),
    ],
)
def test_what_some_node_may_run_is_not_refused(asked, rules, pools):
    refuse_tokens(asked, rules, pools)


def test_clients_learn_the_rules_from_the_nodes_status():
    rules = announce_rules({"abaqus": RULE, "calculix": None})
    status = NodeStatus("n", "up", solvers=("abaqus", "calculix"), extra={"tokens": rules})
    read = parse_status(format_status(status), source="n")
    assert rules_for("abaqus", [read]) == (RULE,)
    assert rules_for("calculix", [read]) == (None,)
    assert rules_for("ansys", [read]) == ()


@pytest.mark.parametrize("said", [None, 5, [], {"abaqus": 5}, {"abaqus": {"pool": "A"}}])
def test_a_damaged_status_says_nothing_of_tokens(said):
    status = NodeStatus("n", "up", solvers=("abaqus",), extra={"tokens": said})
    assert announced_rule(status, "abaqus") is None


def test_use_is_the_sum_over_names_each_job_once():
    moving = held("a-aaaaa", 5, State.CLAIMED)
    places = [
        moving,
        Place(State.RUNNING, moving.name),
        held("b-aaaaa", 7),
        held("c-aaaaa", 2, pool="ansys"),
        Place(State.RUNNING, named("d-aaaaa", generation=1, node="n")),
    ]
    assert use_of(places) == {"abaqus": 12, "ansys": 2}
    assert [name.job for name in holders(places)["abaqus"]] == ["a-aaaaa", "b-aaaaa"]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], Standing.ADMITTED),
        ([held("b-aaaaa", 10)], Standing.ADMITTED),
        ([held("b-aaaaa", 11)], Standing.HANDS_BACK),
        ([held("b-aaaaa", 11, pool="ansys")], Standing.ADMITTED),
        ([held("b-aaaaa", 11, State.CLAIMED)], Standing.WAITS),
        ([held("b-aaaaa", 11, State.CLAIMED, priority=2)], Standing.HANDS_BACK),
        # The first of them leaves room for this one: the third has to go.
        (
            [
                held("b-aaaaa", 5, State.CLAIMED, priority=2),
                held("c-aaaaa", 10, State.CLAIMED),
            ],
            Standing.WAITS,
        ),
    ],
)
def test_who_goes_on(others, expected):
    mine = held("a-aaaaa", 10, State.CLAIMED)
    assert standing(mine.name, [mine, *others], room=20) is expected


def listed(spool, state) -> list[Place]:
    names = (parse_ticket_name(entry.name) for entry in spool.share.list(FOLDERS[state]))
    return [Place(state, name) for name in names if name]


@dataclass
class World:
    """What the claimants do to each other: who was admitted and has not ended."""

    pool: Pool
    admitted: dict[str, int] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)

    def admit(self, job: str, tokens: int) -> None:
        self.admitted[job] = tokens
        assert sum(self.admitted.values()) <= self.pool.tokens


def claimant(spool, node: str, needs: dict[str, int], world: World) -> Iterator[None]:
    """A node that gives way to the others between any two operations on the share."""
    while len(world.ended) < len(needs):
        yield
        for place in sorted(listed(spool, State.QUEUED), key=lambda p: p.name.key):
            need = Need(pool="abaqus", tokens=needs[place.name.job])
            before = listed(spool, State.CLAIMED)
            yield
            before += listed(spool, State.RUNNING)
            if use_of(before).get("abaqus", 0) + need.tokens > world.pool.tokens:
                continue
            yield
            yield from one_claim(spool, node, place, need, world)


STAGING = 4


def one_claim(spool, node, place, need, world) -> Iterator[None]:
    try:
        mine = claim(spool.share, spool.doors, place, node, need=need)
    except TicketGone:
        return
    while mine is not None:
        yield
        places = listed(spool, State.CLAIMED)
        yield
        places += listed(spool, State.RUNNING)
        found = standing(mine.name, places, room=world.pool.tokens)
        if found is Standing.HANDS_BACK:
            assert hand_back(spool.share, spool.doors, mine) is not None
            return
        if found is Standing.ADMITTED:
            world.admit(mine.name.job, need.tokens)
            break
    else:
        return
    for _ in range(STAGING):
        yield
    mine = start(spool.share, mine)
    yield  # solving
    yield
    spool.share.remove(mine.path)
    del world.admitted[mine.name.job]
    world.ended.add(mine.name.job)


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 20), min_size=1, max_size=8),
    nodes=st.integers(2, 4),
    order=st.lists(st.integers(0, 3), max_size=250),
)
def test_claimants_in_any_order_stay_within_the_pool_and_all_jobs_end(
    tmp_path_factory, sizes, nodes, order
):
    clock = FakeClock()
    spool = new_spool(tmp_path_factory.mktemp("pools") / "spool", clock)
    needs = {f"job{i}-aaaaa": tokens for i, tokens in enumerate(sizes)}
    for job in needs:
        put(spool, Place(State.QUEUED, named(job)))
    world = World(Pool(20))
    claimants = [claimant(as_seen_by(spool, clock), f"n{i}", needs, world) for i in range(nodes)]
    for turn in order:  # as chance has it, then fairly
        next(claimants[turn % nodes], None)
    for _ in range(400 * len(needs)):
        clock.advance(1)
        for one in claimants:
            next(one, None)
        if len(world.ended) == len(needs):
            break
    assert world.ended == set(needs)


def test_of_two_that_announce_at_once_one_goes_on(tmp_path):
    """In step at each operation, which is where politeness would leave the pool idle."""
    clock = FakeClock()
    spool = new_spool(tmp_path / "spool", clock)
    needs = {"a-aaaaa": 15, "b-aaaaa": 15, "c-aaaaa": 15}
    places = [put(spool, Place(State.QUEUED, named(job))) for job in needs]
    world = World(Pool(20))
    running = [
        one_claim(spool, f"n{i}", place, Need(pool="abaqus", tokens=15), world)
        for i, place in enumerate(places)
    ]
    for _ in range(20):
        for one in running:
            next(one, None)
    assert world.ended == {"a-aaaaa"}
    assert {place.name.job for place in listed(spool, State.QUEUED)} == {"b-aaaaa", "c-aaaaa"}


def test_one_that_comes_before_in_the_queue_but_later_does_not_pass_an_admitted_one(tmp_path):
    """It had looked before the other announced, and slept until the other had counted."""
    clock = FakeClock()
    spool = new_spool(tmp_path / "spool", clock)
    late, early = (put(spool, Place(State.QUEUED, named(j))) for j in ("a-aaaaa", "b-aaaaa"))
    world, need = World(Pool(20)), Need(pool="abaqus", tokens=15)
    admitted = one_claim(spool, "n1", early, need, world)
    while not world.admitted:
        next(admitted)
    sleeper = one_claim(spool, "n2", late, need, world)
    for _ in range(STAGING):
        for _ in range(3):
            next(sleeper)
        next(admitted)
    assert set(world.admitted) == {"b-aaaaa"}


NEWER = {"outside": 4, "at": "2026-11-23T10:00:00Z", "every": 60}


@pytest.mark.parametrize(
    ("statuses", "outside"),
    [
        ([], 0),
        ([("2026-11-23T10:00:30Z", NEWER)], 4),
        ([("2026-11-23T10:00:30Z", NEWER), ("2026-11-23T10:00:50Z", NEWER | {"outside": 9})], 4),
        ([("2026-11-23T10:05:00Z", NEWER)], 4),
        ([("2026-11-23T10:05:01Z", NEWER)], 0),
        ([("2026-11-23T10:05:01Z", NEWER | {"every": 120})], 4),
        ([("2026-11-23T09:00:00Z", NEWER)], 4),  # its clock was set back
        ([("2026-11-23T10:00:30Z", {"outside": 4, "at": "2026-11-23T10:00:00Z"})], 4),
        ([("", {"outside": None, "at": "", "every": 60})], 0),
        ([("", {"outside": 4})], 4),
        ([("", "damaged")], 0),
    ],
)
def test_the_newest_figure_of_a_licence_server_counts(statuses, outside):
    nodes = [
        NodeStatus("cougar", "up", written=written, extra={"licences_seen": {"abaqus": said}})
        for written, said in statuses
    ]
    assert seen_outside("abaqus", [NodeStatus("plain", "up"), *nodes]) == outside
    assert seen_outside("other", nodes) == 0
