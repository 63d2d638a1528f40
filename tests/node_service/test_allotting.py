"""GPUs and cores are given out once each, and known again after a restart."""

import pytest

from node_service.allotting import Allotting
from node_service.processes import Core
from tests.node_service.test_decide import attempt

# Two sockets of three cores, each of two hyperthreads.
CORES = tuple(Core(n // 3, (n, n + 6)) for n in range(6))


@pytest.fixture
def allotting(make_site):
    site = make_site(cpus=6)
    object.__setattr__(site.node, "cores", CORES)
    held = {}

    def allot(name, **resources):
        made = attempt(job=f"{name}-abcde", **resources)
        Allotting(site.node, held).allot(made)
        held[made.job] = made
        return made

    allot.held = held
    return allot


def test_each_job_has_cores_of_its_own_with_their_hyperthreads(allotting):
    assert allotting("one", cpus=1).processors == (0, 6)
    assert allotting("two", cpus=1).processors == (1, 7)


def test_a_job_stays_on_one_socket_and_on_the_fullest_that_has_room(allotting):
    allotting("first", cpus=2)
    assert allotting("wide", cpus=3).processors == (3, 4, 5, 9, 10, 11)
    assert allotting("small", cpus=1).processors == (2, 8)


def test_a_job_that_fits_no_socket_is_spread(allotting):
    assert len(allotting("large", cpus=5).processors) == 10


def test_what_has_ended_is_free_again(allotting):
    allotting("one", cpus=3)
    allotting("two", cpus=3)
    del allotting.held["one-abcde"]
    assert allotting("three", cpus=2).processors == (0, 1, 6, 7)


def test_where_too_few_are_free_a_job_runs_on_any(allotting):
    allotting("one", cpus=4)
    assert allotting("two", cpus=4).processors == ()


def test_a_service_started_anew_knows_what_is_taken(make_site):
    site = make_site(cpus=3, gpus=3)
    object.__setattr__(site.node, "cores", CORES[:3])
    from spool_layout.ticket import Resources

    for name in ("one", "two"):
        site.submit(name=name, resources=Resources(cpus=1, gpus=1))
        site.clock.sleep(1)
    site.turn(site.loop(), 2)
    third = site.submit(name="three", resources=Resources(cpus=1, gpus=1))
    site.claim(third)  # and then the service is gone, before it has staged in
    later = site.loop()
    found = {a.job.split("-")[0]: (a.gpus, a.processors) for a in later._attempts.values()}
    assert found == {"one": ((0,), (0, 6)), "two": ((1,), (1, 7)), "three": ((2,), (2, 8))}


def test_cores_of_a_job_whose_results_are_on_their_way_are_others(allotting):
    first = allotting("first", cpus=6)
    assert allotting("none", cpus=1).processors == ()
    first.has_ended = True
    assert allotting("next", cpus=6).processors == tuple(range(12))
