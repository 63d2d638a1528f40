"""What no node could ever run."""

import pytest

from spool_layout.records import NodeStatus, format_status
from spool_layout.ticket import Draft, Resources
from tests.clocks import FakeClock
from wamspool.choose import Offer
from wamspool.errors import BadInput
from wamspool.offers import nodes_of, refuse_impossible, whole_offer
from wamspool.open_share import make_share
from wamspool.spool import create_spool, open_spool

DRAFT = Draft(input="a.inp", solver="calculix", resources=Resources(cpus=8))


def offer(node, cpus):
    return Offer(node=node, cpus=cpus, memory_bytes=1 << 30, solvers=("calculix",))


def test_a_spool_without_nodes_refuses_nothing():
    refuse_impossible(DRAFT, [])


def test_one_node_that_could_is_enough():
    refuse_impossible(DRAFT, [offer("a", 4), offer("b", 8)])


def test_each_node_is_named_with_what_it_lacks():
    with pytest.raises(BadInput, match=r"a: it wants 8 cores, 4 to be had; b: .* 2 to be had"):
        refuse_impossible(DRAFT, [offer("a", 4), offer("b", 2)])


def test_a_node_that_is_stopped_counts_and_a_damaged_status_does_not(tmp_path):
    clock = FakeClock()
    share = make_share(str(tmp_path), clock)
    create_spool(share, clock)
    status = NodeStatus("puma", "stopped", cpus=8, memory_bytes=1, solvers=("calculix",))
    share.create("nodes/puma.3.json", format_status(status))
    share.create("nodes/lynx.1.json", b"garbage")
    nodes = nodes_of(open_spool(share, clock))
    assert [whole_offer(sight.status).cpus for sight in nodes] == [8]
    assert whole_offer(nodes[0].status).node == "puma"
