"""A node's licence queries as its settings file says them."""

import pytest

from node_service.licence_settings import parse_queries, queries_plain, queries_shown
from node_service.settings import LicenceQuery
from spool_layout.errors import FormatError
from spool_layout.fields import Fields
from spool_layout.yaml_text import load_mapping


def read(text):
    return parse_queries(
        Fields(load_mapping(f"licences:\n  abaqus: {text}\n", source="n")), "licences"
    )


def test_a_query_is_read_and_shown():
    text = "{command: [abq, lmstat, -a], pattern: 'of (\\d+) in use', every: 2 min, counts: others}"
    queries = read(text)
    assert queries == {
        "abaqus": LicenceQuery(
            command=("abq", "lmstat", "-a"),
            pattern=r"of (\d+) in use",
            every_s=120.0,
            counts_all=False,
        )
    }
    assert queries_shown(queries) == "abaqus: abq lmstat -a"
    assert queries_plain(queries)["abaqus"]["counts"] == "others"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{command: lmstat -a, pattern: (x)}", "abaqus.command: must be a list"),
        ("{command: [], pattern: (x)}", "command: must be a list"),
        ("{command: [a]}", "pattern: needs the figure in one pair of brackets"),
        ("{command: [a], pattern: '(x'}", "no regular expression"),
        ("{command: [a], pattern: '(x)(y)'}", "one pair"),
        ("{command: [a], pattern: (x), every: 1 s}", "every: must be at least"),
        ("{command: [a], pattern: (x), limit: 0}", "limit: must be more"),
        ("{command: [a], pattern: (x), counts: mine}", "counts: must be all or others"),
        ("{command: [a], pattern: (x), shell: yes}", "shell: is not a field"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, problem):
    with pytest.raises(FormatError, match=problem) as caught:
        read(text)
    assert caught.value.line == 2
