"""One node's question to the licence server answers for all: several nodes of one spool."""

from dataclasses import replace

import pytest

from node_service.licence_hearing import ALL_S, HEAR_S, LicenceHearing
from node_service.licence_queries import GRACE_S, NEXT_S
from spool_layout.records import NodeStatus, format_status
from tests.node_service.test_licence_queries import QUERY, AtOnce, Server
from tests.node_service.test_licences import licensed, names_in, submit
from wamspool.errors import Unreachable

__all__ = ["licensed"]


class Fleet:
    """Nodes that share a spool, and one time; ``servers`` tell how often each has asked."""

    def __init__(self) -> None:
        self.sites, self.loops, self.servers = {}, {}, {}

    def turn(self, times=1, *, step_s=1.0, only=()):
        for _ in range(times):
            for name, loop in self.loops.items():
                if not only or name in only:
                    loop.turn()
            for site in self.sites.values():
                site.clock.sleep(step_s)
                site.node.lease.renew(site.clock.monotonic_s())

    def queries(self, name):
        return self.loops[name]._claiming.licences.queries

    @property
    def runs(self):
        return {name: server.runs for name, server in self.servers.items()}


@pytest.fixture
def fleet(licensed, monkeypatch):
    """Makes nodes; those of ``asking`` have a query, and what their command prints is ``used``."""
    monkeypatch.setattr("node_service.licence_queries.threading.Thread", AtOnce)

    def make(names, *, asking, used=9, **settings):
        fleet, root = Fleet(), None
        for name in names:
            site = licensed(name=name, root=root)
            root = site.root
            wanted = {"abaqus": QUERY} if name in asking else {}
            site.node.settings = replace(
                site.node.settings, licences=wanted, **settings.get(name, {})
            )
            fleet.sites[name], fleet.loops[name] = site, site.loop()
            if name in asking:
                fleet.servers[name] = Server(used)
                fleet.queries(name)._ask = fleet.servers[name].ask
        return fleet

    return make


def test_a_node_without_a_query_takes_no_more_than_another_has_seen_free(fleet):
    nodes = fleet(["alpha", "beta"], asking=["beta"], used=9)
    submit(nodes.sites["alpha"], 12, name="large")
    submit(nodes.sites["alpha"], 11, name="small")
    for _ in range(8):  # it waits for the first figure, though it is the first to look
        nodes.turn(only=["alpha"])
        assert names_in(nodes.sites["alpha"], "running") == []
    nodes.turn(20)
    assert [name.job[:-6] for name in names_in(nodes.sites["alpha"], "running")] == ["small"]
    assert nodes.queries("alpha").outside("abaqus") == 9
    assert nodes.runs == {"beta": 1}


def test_of_many_that_could_ask_one_does(fleet):
    names = ["alpha", "beta", "gamma", "delta"]
    nodes = fleet(names, asking=names, used=18)
    submit(nodes.sites["alpha"], 12)
    nodes.turn(150, step_s=4.0)
    assert sum(nodes.runs.values()) == nodes.runs["alpha"] and 8 <= nodes.runs["alpha"] <= 11
    assert {nodes.queries(name).outside("abaqus") for name in names} == {18}


def test_the_next_asks_when_the_first_is_gone_and_when_its_query_fails(fleet):
    nodes = fleet(["alpha", "beta", "gamma"], asking=["alpha", "beta"], used=18)
    submit(nodes.sites["alpha"], 12)
    nodes.turn(20)
    assert nodes.runs == {"alpha": 1, "beta": 0}
    nodes.turn(30, step_s=4.0, only=["beta", "gamma"])
    assert nodes.runs["alpha"] == 1 and nodes.runs["beta"] >= 1
    nodes.servers["beta"].problem, nodes.servers["alpha"].used = "lmstat cannot be started", 17
    nodes.turn(60, step_s=4.0)
    asked = nodes.runs["beta"]
    assert {nodes.queries(name).outside("abaqus") for name in nodes.loops} == {17}
    assert nodes.runs["alpha"] >= 3 and asked >= 1


def test_a_node_that_has_no_room_asks_for_those_that_have(fleet):
    nodes = fleet(
        ["alpha", "beta"], asking=["beta"], used=9, beta={"cpus": 1, "tags": ()},
    )  # fmt: skip
    submit(nodes.sites["alpha"], 1, cpus=1, name="first")
    nodes.turn(20, only=["beta"])
    assert len(names_in(nodes.sites["beta"], "running")) == 1  # and it is full now
    nodes.turn(2, step_s=600.0, only=["beta"])
    submit(nodes.sites["alpha"], 9, name="second")
    nodes.turn(20)
    assert len(names_in(nodes.sites["alpha"], "running")) == 2
    assert nodes.queries("alpha").outside("abaqus") == 8  # of nine one is the first job's


def test_while_nobody_knows_what_the_spool_declares_counts_after_some_time(fleet):
    nodes = fleet(["alpha", "beta"], asking=["beta"])
    nodes.servers["beta"].problem = "lmstat cannot be started"
    submit(nodes.sites["alpha"], 20)
    nodes.turn(int(GRACE_S * 0.8))
    assert names_in(nodes.sites["alpha"], "running") == []
    nodes.turn(int(GRACE_S * 0.4))
    assert len(names_in(nodes.sites["alpha"], "running")) == 1
    assert names_in(nodes.sites["alpha"], "running")[0].node == "alpha"


def test_a_spool_on_which_nobody_asks_waits_for_nothing(fleet):
    nodes = fleet(["alpha", "beta"], asking=[])
    submit(nodes.sites["alpha"], 20)
    nodes.turn(2)
    assert len(names_in(nodes.sites["alpha"], "running")) == 1


def put_status(site, node, sequence, said, **fields):
    status = NodeStatus(node, fields.pop("state", "up"), extra={"licences_seen": said}, **fields)
    folder = site.root / "nodes"
    for old in folder.glob(f"{node}.*.json"):
        old.unlink()
    (folder / f"{node}.{sequence}.json").write_bytes(format_status(status))


SEEN = {"outside": 7, "at": "2026-11-23T10:00:00Z", "every": 60}


def test_the_age_of_a_figure_is_that_in_its_nodes_own_time(licensed):
    site = licensed()
    hearing = LicenceHearing(site.node)
    put_status(site, "old", 1, {"abaqus": SEEN}, written="2026-11-23T10:05:01Z")
    hearing.look(every_s=0)
    assert hearing.newest("abaqus") is None and hearing.askers("abaqus") == ["old"]
    put_status(site, "old", 2, {"abaqus": SEEN}, written="2026-11-23T10:02:00Z")
    put_status(site, "young", 5, {"abaqus": SEEN | {"outside": 3}}, written="2026-11-23T10:01:00Z")
    site.clock.sleep(1)
    hearing.look(every_s=0)
    assert hearing.newest("abaqus").outside == 3
    site.clock.sleep(241)
    assert hearing.newest("abaqus") is None
    assert hearing.newest("other") is None


@pytest.mark.parametrize(
    "said",
    [None, [], {"abaqus": 7}, {"abaqus": {}}, {"abaqus": {"outside": "7", "every": "x"}},
     {"abaqus": {"outside": None, "at": "", "every": 60.0}}],
)  # fmt: skip
def test_what_is_damaged_or_not_known_yet_is_no_figure(licensed, said):
    site = licensed()
    hearing = LicenceHearing(site.node)
    put_status(site, "odd", 1, said)
    (site.root / "nodes" / "torn.1.json").write_text("{")
    hearing.look(every_s=0)
    assert hearing.newest("abaqus") is None


def test_those_that_stopped_or_are_silent_ask_no_more(licensed):
    site = licensed()
    hearing = LicenceHearing(site.node)
    put_status(site, "gone", 1, {"abaqus": SEEN}, state="stopped")
    put_status(site, "silent", 1, {"abaqus": SEEN})
    hearing.look(every_s=0)
    assert hearing.askers("abaqus") == ["silent"]
    site.clock.sleep(site.spool.settings.lease_s + HEAR_S + 1)
    hearing.look(every_s=0)
    assert hearing.askers("abaqus") == []


def test_what_it_costs(licensed):
    site = licensed()
    hearing = LicenceHearing(site.node)
    put_status(site, "asks", 1, {"abaqus": SEEN})
    for number in range(5):
        put_status(site, f"plain{number}", 1, {})

    def cost(*, every_s=0.0):
        before = len(site.share.calls)
        hearing.look(every_s=every_s)
        return sorted(call.partition(" ")[0] for call in site.share.calls[before:])

    assert cost() == ["list"] + 6 * ["read"]  # each is read once
    assert cost() == ["list"]
    put_status(site, "asks", 2, {"abaqus": SEEN})
    put_status(site, "plain0", 2, {})
    assert cost() == ["list", "read"]
    assert cost(every_s=HEAR_S) == []
    site.clock.sleep(ALL_S)
    put_status(site, "plain0", 3, {"abaqus": SEEN})  # its settings are others now
    assert cost() == ["list", "read"]
    assert hearing.askers("abaqus") == ["plain0"]  # the other has not been heard of for long


def test_nothing_is_heard_while_nothing_waits(fleet):
    nodes = fleet(["alpha", "beta"], asking=["beta"])
    nodes.turn(5)
    for name, loop in nodes.loops.items():
        share, before = nodes.sites[name].share, len(nodes.sites[name].share.calls)
        loop._claiming.licences.note_look(())
        loop._claiming.licences.queries.look()
        assert share.calls[before:] == []


def test_a_share_that_does_not_answer_changes_nothing(licensed):
    site = licensed()
    hearing = LicenceHearing(site.node)
    put_status(site, "asks", 1, {"abaqus": SEEN})
    hearing.look(every_s=0)
    site.share.fail("list", Unreachable("nodes", "away"))
    hearing.look(every_s=0)
    assert hearing.newest("abaqus").outside == 7
    assert QUERY.every_s > NEXT_S
