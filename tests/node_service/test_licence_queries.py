"""What others use of a pool, by a command of the node: rarely asked, and careful when it fails."""

from dataclasses import replace

import pytest

from node_service.licence_queries import LicenceQueries, figure_of
from node_service.processes.asking import Said
from node_service.settings import LicenceQuery
from spool_layout.pool import Pool
from tests.node_service.test_licences import licensed, names_in, other_claims, submit
from wamspool.pools import STANDS_TIMES

__all__ = ["licensed"]

# As the licence server of Abaqus prints it.
LMSTAT = "Users of abaqus:  (Total of 78 licenses issued;  Total of {} licenses in use)\n"
PATTERN = r"Users of abaqus:.*Total of (\d+) licenses? in use"
QUERY = LicenceQuery(command=("lmstat", "-a"), pattern=PATTERN)


class Server:
    """What the command prints next, and how often it was run."""

    def __init__(self, used=0):
        self.used, self.runs, self.problem = used, 0, ""

    def ask(self, command, limit_s):
        assert (command, limit_s) == (QUERY.command, QUERY.limit_s)
        self.runs += 1
        return Said(problem=self.problem) if self.problem else Said(LMSTAT.format(self.used))


@pytest.fixture
def asking(licensed, monkeypatch):
    """A site whose node asks; threads have come back before the loop goes on."""
    monkeypatch.setattr("node_service.licence_queries.threading.Thread", AtOnce)

    def make(server, query=QUERY):
        site = licensed()
        site.node.settings = replace(site.node.settings, licences={"abaqus": query})
        loop = site.loop()
        loop._claiming.licences.queries._ask = server.ask
        return site, loop

    return make


class AtOnce:
    def __init__(self, *, target, name, daemon):
        self.start = target


@pytest.mark.parametrize(
    ("said", "figure"),
    [
        (Said(LMSTAT.format(53)), 53),
        (Said(LMSTAT.format(53) + LMSTAT.format(2)), 55),
        (Said("no such feature"), "its pattern finds nothing in what the command printed"),
        (Said(LMSTAT.format(53), "ended with 1"), "ended with 1"),
    ],
)
def test_the_figure_is_what_the_pattern_finds(said, figure):
    assert figure_of(QUERY, said) == figure


def test_what_others_use_is_left_to_them(asking):
    site, loop = asking(Server(used=9))
    submit(site, 12, name="large")
    submit(site, 11, name="small")
    site.turn(loop, 4)
    assert [name.job[:-6] for name in names_in(site, "running")] == ["small"]


def test_the_figure_holds_wams_own_jobs_unless_it_is_said_not_to(asking):
    server = Server(used=12)
    site, loop = asking(server)
    other_claims(site, 8)  # so 4 are others'
    submit(site, 8)
    site.turn(loop, 4)
    assert len(names_in(site, "running")) == 2
    queries = LicenceQueries(site.node, lambda: None, server.ask)
    site.node.settings = replace(
        site.node.settings, licences={"abaqus": replace(QUERY, counts_all=False)}
    )
    queries.outside("abaqus")
    queries.look()
    queries.look()
    assert queries.outside("abaqus") == 12


def test_it_is_asked_only_while_jobs_wait_and_no_more_than_at_its_rate(asking):
    server = Server(used=20)
    site, loop = asking(server)
    site.turn(loop, 10)
    assert server.runs == 0, "nothing waits"
    submit(site, 5)
    site.turn(loop, 10)
    assert server.runs == 1
    site.turn(loop, 12, step_s=QUERY.every_s / 5)
    assert server.runs == 3


def test_until_the_first_answer_nothing_starts(asking):
    server = Server()
    server.problem = "lmstat cannot be started"
    site, loop = asking(server)
    submit(site, 5)
    site.turn(loop, 5)
    assert names_in(site, "running") == []
    assert any("lmstat cannot be started" in problem for problem in loop._condition.problems())
    server.problem = ""
    site.clock.sleep(QUERY.every_s)
    site.turn(loop, 6)
    assert len(names_in(site, "running")) == 1
    assert not any("lmstat" in problem for problem in loop._condition.problems())


def test_the_last_figure_counts_for_a_while_then_nothing_starts(asking):
    server = Server(used=3)
    site, loop = asking(server)
    queries = loop._claiming.licences.queries
    assert queries.outside("abaqus") is None
    queries.look()
    queries.look()
    server.problem = "lmstat took longer than 20 s"
    for _ in range(STANDS_TIMES):
        assert queries.outside("abaqus") == 3
        site.clock.sleep(QUERY.every_s)
        queries.look()
        queries.look()
    assert queries.outside("abaqus") == 3
    site.clock.sleep(1)
    assert queries.outside("abaqus") is None
    assert loop._claiming.licences.room("abaqus") == 0


def test_a_pool_without_a_query_has_no_use_by_others(asking):
    _, loop = asking(Server())
    assert loop._claiming.licences.queries.outside("other") == 0


def test_the_status_says_what_was_seen(asking):
    site, loop = asking(Server(used=9))
    assert isinstance(site.spool.settings.pools["abaqus"], Pool)
    submit(site, 5)
    site.turn(loop, 3)
    assert loop._claiming.licences.announced()["licences_seen"]["abaqus"]["outside"] == 9
