"""What a node tidies now and then."""

import os
from dataclasses import replace

from node_service.tidying import ASIDE_S, Tidying
from wamspool.errors import Unreachable


def lie_aside(site, name, *, days):
    folder = site.node.scratch.root / "aside" / name
    folder.mkdir(parents=True)
    at = site.clock.utc_now().timestamp() - days * 86400
    os.utime(folder, (at, at))
    return folder


def test_what_has_lain_aside_for_its_time_goes_and_the_log_says_so(site, caplog):
    old, young = lie_aside(site, "a-aaaaa.g1", days=31), lie_aside(site, "b-bbbbb.g1", days=29)
    tidying = Tidying(site.node)
    tidying.step()
    assert old.exists(), "it looks once an hour"
    site.clock.sleep(ASIDE_S)
    site.share.fail("list", Unreachable("", "no answer"), times=50)
    with caplog.at_level("WARNING"):
        tidying.step()
    assert not old.exists() and young.exists()
    assert "removed from aside" in caplog.text


def test_how_long_it_is_kept_is_the_administrator_s_choice(site):
    folder = lie_aside(site, "a-aaaaa.g1", days=3)
    node = replace(site.node, settings=replace(site.node.settings, keep_aside_s=2 * 86400.0))
    tidying = Tidying(node)
    site.clock.sleep(ASIDE_S)
    tidying.step()
    assert not folder.exists()


def test_a_share_that_is_away_ends_nothing(site):
    tidying = Tidying(site.node)
    site.share.fail("list", Unreachable("", "no answer"), times=50)
    tidying.step()
    site.share.heal()
    tidying.step()
    assert tidying.has_unfinished() is False
