"""Who wants to see texts; what is done for them is tested with ``live``."""

from node_service.watchers import UNANSWERED_S, WATCHED_S, Watchers
from spool_layout.request import watch_request_name


def test_one_who_asks_watches_for_a_while(site, solving):
    watchers = Watchers(site.node, {solving.job: solving})
    assert not watchers.is_watched(solving.job)
    name = watch_request_name(solving.job, "aaaaa")
    assert watchers.see({name, "x.yaml"}) is True
    assert watchers.see({name}) is False, "it is news once"
    assert watchers.is_watched(solving.job) and watchers.has_asked(solving.job)
    site.clock.sleep(WATCHED_S)
    assert not watchers.is_watched(solving.job)


def test_a_request_that_cannot_be_removed_is_not_asked_again(site, solving):
    watchers = Watchers(site.node, {solving.job: solving})
    watchers.see({watch_request_name(solving.job, "aaaaa")})
    watchers.answer(solving.job)
    assert not watchers.has_asked(solving.job)


def test_another_node_s_request_is_left_to_it(site):
    watchers = Watchers(site.node, {})
    name = watch_request_name("plate-aaaaa", "aaaaa")
    site.share.create(f"requests/{name}", b"")
    assert watchers.see({name}) is False
    site.clock.sleep(UNANSWERED_S - 1)
    watchers.see({name})
    assert [entry.name for entry in site.share.list("requests")] == [name]
