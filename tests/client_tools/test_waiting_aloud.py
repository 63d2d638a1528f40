"""What a person who watches sees of the jobs that he waits for: one line that changes."""

from client_tools.waiting_aloud import wait_for
from spool_layout.states import State


def test_waiting_is_one_line_that_changes(spool, made, watched, clock):
    made.node(spool, jobs=[made.on_node("bracket-aaaaa", percent=30.0)])
    place = made.job(spool, "bracket-aaaaa")

    def begin():
        spool.share.remove(place.path)
        made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=1)

    def end():
        spool.share.remove("running/" + spool.share.list("running")[0].name)
        made.done(spool, "bracket-aaaaa")

    clock.meanwhile = [begin, end]
    wait_for(spool, ["bracket-aaaaa"], watched)
    assert watched.passed == ["waits", "runs on cougar, 30 %"]
    assert watched.said == ["bracket-aaaaa  completed: All steps were computed."]


def test_several_jobs_are_counted(spool, made, watched, clock):
    made.job(spool, "plate-aaaaa")
    made.done(spool, "plate-bbbbb")
    place = spool.share.list("incoming")

    def end():
        (entry,) = [e for e in place if e.name.endswith(".yaml")]
        spool.share.remove(f"incoming/{entry.name}")
        made.done(spool, "plate-aaaaa")

    clock.meanwhile = [end]
    accounts = wait_for(spool, ["plate-aaaaa", "plate-bbbbb"], watched)
    assert [account.ticket.job for account in accounts] == ["plate-aaaaa", "plate-bbbbb"]
    assert watched.passed == ["1 of 2 done, 0 running"]
