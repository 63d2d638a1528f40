"""What runs cost in tokens: computed from the rules that nodes announce, or from WAM's own."""

from client_tools.token_costs import CORES_LEAST, Costs, Step, costs_of
from spool_layout.records import NodeStatus
from spool_layout.tokens import TokenRule, rule_document
from wamspool.profiles.load import load_profiles

CLASSIC = TokenRule(pool="abaqus", factor=5, exponent=0.422, per_gpu=1)
SITE = TokenRule(pool="abaqus", table=((4, 50), (8, 112)))


def node(name, rule, *, cpus=16):
    said = {"tokens": {"abaqus": rule_document(rule)}} if rule else {}
    return NodeStatus(name, "up", cpus=cpus, solvers=("abaqus", "calculix"), extra=said)


def test_steps_hold_each_number_of_cores_once_with_what_the_rule_says():
    steps = Costs("abaqus", CLASSIC, 48).steps()
    cores = [cpus for step in steps for cpus in range(step.first, step.last + 1)]
    assert cores == list(range(1, 49))
    for step in steps:
        assert CLASSIC.tokens(cpus=step.first, gpus=0) == step.tokens
        assert CLASSIC.tokens(cpus=step.last, gpus=0) == step.tokens
    assert len({step.tokens for step in steps}) == len(steps)


def test_the_advice_is_computed():
    classic = Costs("abaqus", CLASSIC, 32).step_of(17)
    assert classic == Step(first=16, last=18, tokens=16)
    assert classic.advice == "18 cores cost what 16 cost"
    assert Costs("abaqus", SITE, 16).document["advice"] == [
        "4 cores cost what 1 costs",
        "16 cores cost what 5 cost",
    ]
    linear = Costs("a", TokenRule(pool="a", factor=1, exponent=1), 8)
    assert linear.document["advice"] == []


def test_a_node_s_rule_comes_before_wam_s_own_and_each_stands_there_once():
    nodes = [node("a", SITE), node("b", SITE), node("c", CLASSIC, cpus=48), node("d", None)]
    assert [c.rule for c in costs_of(nodes, load_profiles({}))] == [SITE, CLASSIC]
    assert [c.rule for c in costs_of([], load_profiles({}))] == [CLASSIC]
    assert costs_of([node("d", None)], load_profiles({})) == []


def test_the_table_reaches_to_the_largest_node_and_to_what_is_asked():
    profiles = load_profiles({})
    assert costs_of([], profiles)[0].cores == CORES_LEAST
    assert costs_of([node("a", CLASSIC, cpus=96)], profiles)[0].cores == 96
    assert costs_of([], profiles, asked_cpus=100)[0].cores == 100
