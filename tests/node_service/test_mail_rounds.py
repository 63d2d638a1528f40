"""Who tells of long waits and of batches that have ended: one of all the nodes that could."""

from dataclasses import replace

import pytest

from node_service.mail_rounds import BATCH_QUIET_S, EVERY_S, MailRounds
from spool_layout.mail import WAITING_AFTER_S
from spool_layout.names import TicketName
from tests.mailbox import mail_server
from tests.node_service.test_mailing import ask, outbox_of, run_to_the_end, subjects, with_post
from wamspool.errors import Unreachable

NODES = ("alpha", "beta", "gamma")
ASKED = "jo@example.com:waiting"


@pytest.fixture
def mailbox():
    with mail_server() as served:
        yield served


@pytest.fixture
def sites(make_site, mailbox):
    """Three nodes on one spool, on one clock."""
    first = with_post(make_site(name=NODES[0]), mailbox)
    others = [with_post(make_site(name=name, root=first.root), mailbox) for name in NODES[1:]]
    return [first, *others]


class Node:
    """The rounds of one node, and how often it has read a ticket."""

    def __init__(self, site, ticket):
        self.site, self.ticket, self.reads = site, ticket, 0
        self.rounds = MailRounds(site.node, self.read)

    def read(self, name: TicketName):
        self.reads += 1
        return self.ticket

    def look(self, *, nodes=NODES):
        self.rounds.look([self.ticket.first_name], nodes=nodes)


def waiting_on(sites, email=ASKED):
    ticket = ask(sites[0], email=email)
    return [Node(site, ticket) for site in sites], ticket


def pass_time(sites, duration_s):
    for site in sites:
        site.clock.sleep(duration_s)


def letters(sites, mailbox):
    for site in sites:
        site.node.post.carry()
    return subjects(mailbox)


def test_a_long_wait_is_told_once_whoever_looks_first(sites, mailbox):
    nodes, ticket = waiting_on(sites)
    pass_time(sites, WAITING_AFTER_S - EVERY_S)
    for node in nodes:
        node.look()
    assert letters(sites, mailbox) == []
    pass_time(sites, 2 * EVERY_S)
    lease_s = sites[0].spool.settings.lease_s
    for _ in range(int(3 * lease_s / EVERY_S) + 2):
        for node in nodes:
            node.look()
        pass_time(sites, EVERY_S)
    assert letters(sites, mailbox) == [f"[WAM] {ticket.job} waits for long"]
    (mark,) = (sites[0].root / "mail").glob("*/*")
    assert mark.name == f"{ticket.job}.waiting"
    assert max(node.reads for node in nodes) <= 3 * lease_s / EVERY_S + 3


def test_when_the_first_in_order_is_dead_another_tells_a_lease_later(sites, mailbox):
    nodes, ticket = waiting_on(sites)
    ranked = sorted(nodes, key=lambda node: node.rounds._rank(ticket.job, NODES))
    assert [node.rounds._rank(ticket.job, NODES) for node in ranked] == [0, 1, 2]
    pass_time(sites, WAITING_AFTER_S + 1)
    ranked[1].look()
    assert letters(sites, mailbox) == []
    pass_time(sites, sites[0].spool.settings.lease_s)
    ranked[1].look()
    assert len(letters(sites, mailbox)) == 1


def test_who_did_not_ask_is_not_told_and_is_read_once(sites, mailbox):
    nodes, _ = waiting_on(sites, email="jo@example.com")
    pass_time(sites, WAITING_AFTER_S + EVERY_S)
    for _ in range(3):
        nodes[0].look()
        pass_time(sites, EVERY_S)
    assert letters(sites, mailbox) == [] and nodes[0].reads == 1


def test_a_share_that_fails_is_asked_again(sites, mailbox):
    nodes, _ = waiting_on(sites[:1])
    pass_time(sites, WAITING_AFTER_S + EVERY_S)
    sites[0].share.fail("create", Unreachable("mail", "timed out"), about="mail/", times=1)
    for _ in range(2):
        nodes[0].look(nodes=NODES[:1])
        pass_time(sites, EVERY_S)
    assert len(letters(sites, mailbox)) == 1


def test_a_batch_is_told_of_once_by_whichever_node_and_only_when_all_have_ended(sites, mailbox):
    alpha, beta, _ = sites
    for site in (alpha, beta):
        for _ in range(2):
            ask(alpha, batch="study")  # two clocks of one seed would name two jobs alike
        run_to_the_end(site)
        site.node.post.stop()  # from now on the test carries the letters
    assert outbox_of(alpha) == ["study.batch"] == outbox_of(beta)
    rounds = [MailRounds(site.node, lambda _: None) for site in (alpha, beta)]
    held = ask(alpha, batch="study")
    for _ in range(3):
        pass_time(sites, EVERY_S + BATCH_QUIET_S)
        for one in rounds:
            one.look([], nodes=NODES)
    assert letters(sites, mailbox) == [], "one of it waits"
    (queued,) = (alpha.root / "incoming").glob(f"*{held.job}*")
    queued.unlink()
    for _ in range(30):
        pass_time(sites, EVERY_S + BATCH_QUIET_S)
        for one in rounds:
            one.look([], nodes=NODES)
    assert letters(sites, mailbox) == ["[WAM] study: 4 completed"]
    assert mailbox.letters[0].get_content().count("wam get") == 4
    assert outbox_of(alpha) == [] == outbox_of(beta)


def test_a_node_without_post_does_not_go_round(site, monkeypatch):
    rounds = MailRounds(replace(site.node, post=None), lambda _: pytest.fail("it has read"))
    site.clock.sleep(WAITING_AFTER_S * 2)
    rounds.look([ask(site).first_name], nodes=NODES)
