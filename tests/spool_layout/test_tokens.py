"""Licence tokens as data: what a run takes, what a profile may say of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout.errors import FormatError
from spool_layout.fields import Fields
from spool_layout.profile import parse_profile
from spool_layout.tokens import TokenRule, parse_rule, rule_document
from spool_layout.yaml_text import dump, load_mapping

LEAST = 'wam_profile: 1\nname: a\nfamily: command\ncommand: ["{program}"]\n'
ABAQUS = TokenRule(pool="abaqus", factor=5, exponent=0.422, per_gpu=1)
# The counts that sites publish for Abaqus' classic tokens.
KNOWN = {1: 5, 2: 6, 3: 7, 4: 8, 6: 10, 8: 12, 12: 14, 16: 16, 24: 19, 32: 21, 48: 25, 64: 28,
         96: 34, 128: 38}  # fmt: skip


@pytest.mark.parametrize(("cpus", "tokens"), KNOWN.items())
def test_the_formula_gives_the_known_counts(cpus, tokens):
    assert ABAQUS.tokens(cpus=cpus, gpus=0) == tokens
    assert ABAQUS.tokens(cpus=cpus, gpus=3) == tokens + 3


@pytest.mark.parametrize(("cpus", "tokens"), [(1, 5), (2, 6), (3, 8), (4, 8), (5, 12), (64, 12)])
def test_a_line_of_a_table_holds_down_to_the_line_before_and_the_last_for_more(cpus, tokens):
    rule = TokenRule(pool="a", table=((1, 5), (2, 6), (4, 8), (8, 12)))
    assert rule.tokens(cpus=cpus, gpus=0) == tokens


def test_a_whole_result_loses_nothing_to_its_last_digit():
    assert TokenRule(pool="a", factor=10, exponent=1 / 3).tokens(cpus=27, gpus=0) == 30


RULES = st.builds(
    TokenRule,
    pool=st.from_regex(r"[a-z][a-z0-9_-]{0,23}", fullmatch=True),
    factor=st.floats(0, 1e6),
    exponent=st.floats(0, 4),
    per_gpu=st.integers(0, 1000),
) | st.builds(
    TokenRule,
    pool=st.just("abaqus"),
    table=st.dictionaries(st.integers(1, 4096), st.integers(0, 1000), min_size=1).map(
        lambda table: tuple(sorted(table.items()))
    ),
)


@given(RULES)
def test_a_rule_is_read_back(rule):
    text = dump(rule_document(rule))
    assert parse_rule(Fields(load_mapping(text, source=""))) == rule


def test_a_profile_names_pool_and_formula():
    text = LEAST + "tokens: {pool: abaqus, factor: 5, exponent: 0.422, per_gpu: 1}\n"
    assert parse_profile(text, source="a.yaml").tokens == ABAQUS
    assert parse_profile(LEAST, source="a.yaml").tokens is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tokens: abaqus", "tokens: must be a mapping"),
        ("tokens: {factor: 5}", "tokens.pool: '' cannot be the name"),
        ("tokens: {pool: a}", "tokens.factor: is missing"),
        ("tokens: {pool: a, factor: -1}", "must be 0 to 1e.06, not -1"),
        ("tokens: {pool: a, factor: 1, exponent: 5}", "must be 0 to 4, not 5"),
        ("tokens: {pool: a, factor: nan}", "must be 0 to"),
        ("tokens: {pool: a, factor: 1, per_gpu: 0.5}", "must be a whole number"),
        ('tokens: {pool: a, factor: "__import__"}', "could not convert"),
        ("tokens: {pool: a, count: floor(5 * cpus)}", "count: is not a field"),
        ("tokens: {pool: a, factor: 1, table: {1: 5}}", "cannot stand beside"),
        ("tokens: {pool: a, table: {one: 5}}", "tokens.table.one: is no number of cores"),
        ("tokens: {pool: a, table: {1: five}}", "must be a whole number"),
    ],
)
def test_a_mistake_in_a_profile_is_named_with_its_line(text, problem):
    with pytest.raises(FormatError, match=problem) as caught:
        parse_profile(LEAST + text, source="a.yaml")
    assert caught.value.line == 5
