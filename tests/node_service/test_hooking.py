"""The site's hooks: once for each run, whatever becomes of the service; in time; told of."""

import threading
from dataclasses import replace

import pytest

from node_service.hooks import Hook, OnFailure, When
from node_service.processes import Ended, Running, Vanished, processes_of_this_system
from spool_layout.request import Verb
from spool_layout.ticket import Resources
from tests.node_service.test_job_requests import Obedient, granted, run
from tests.owners import OwnedShare
from tests.real.real_spool import outcomes

PRE = Hook(name="check", when=When.PRE, command=("/opt/check",))
POST = Hook(name="extract", when=When.POST, command=("/opt/extract",))


class Keeping(Obedient):
    """Keeps what it was asked to start."""

    def __init__(self) -> None:
        super().__init__()
        self.launches = []

    def start(self, launch):
        super().start(launch)
        self.launches.append(launch)


@pytest.fixture
def site(make_site):
    made = make_site(processes=Keeping())
    made.share._share = OwnedShare(made.share._share, nodes="wam")
    return made


def given(site, *hooks):
    site.node = replace(site.node, settings=replace(site.node.settings, hooks=hooks))


def end(site, name, code=0, signal=None):
    site.processes.states[name] = Ended(code, signal, 0.1, 1000.0)


def started(site):
    """The names of what was started; the solver's is that of its attempt."""
    return ["solver" if ".g" in name else name for name in site.processes.started]


def solver(site):
    return next(name for name in site.processes.states if ".g" in name)


def test_pre_before_the_solver_and_post_after_it_before_the_results_go(site):
    given(site, PRE, POST)
    job = site.submit().job
    loop = site.loop()
    run(site, loop)
    assert started(site) == ["check"] and site.tickets("claimed")
    end(site, "check")
    run(site, loop)
    assert started(site) == ["check", "solver"] and site.tickets("running")
    end(site, solver(site))
    run(site, loop)
    assert started(site) == ["check", "solver", "extract"] and site.tickets("running")
    end(site, "extract")
    run(site, loop)
    assert outcomes(site.root)[job].outcome == "completed"
    results = outcomes(site.root)[job].results
    assert {"wam-hook-check.log", "wam-hook-extract.log"} <= set(results)


def test_a_hook_is_told_of_its_job_and_how_it_ended(site):
    given(site, PRE, POST)
    ticket = site.submit(resources=Resources(cpus=1))
    loop = site.loop()
    run(site, loop)
    told = site.processes.launches[0].environment
    assert (told["WAM_JOB"], told["WAM_OWNER"], told["WAM_NODE"]) == (ticket.job, "jo", "alpha")
    assert told["WAM_FOLDER"].endswith(f"{ticket.job}.g1/run") and told["WAM_CPUS"] == "1"
    assert "WAM_OUTCOME" not in told
    assert site.processes.launches[0].command == ("/opt/check",)
    end(site, "check")
    run(site, loop)
    end(site, solver(site), code=3)
    run(site, loop)
    told = site.processes.launches[-1].environment
    assert (told["WAM_OUTCOME"], told["WAM_EXIT_CODE"]) == ("failed", "3") and told["WAM_REASON"]


def test_one_of_another_solver_is_not_run(site):
    given(site, replace(PRE, solvers=("abaqus",)))
    site.submit()
    loop = site.loop()
    run(site, loop)
    assert started(site) == ["solver"]


def test_a_pre_hook_that_fails_ends_the_job_with_a_reason_of_its_own(site):
    given(site, PRE)
    job = site.submit().job
    loop = site.loop()
    run(site, loop)
    end(site, "check", code=7)
    run(site, loop)
    record = outcomes(site.root)[job]
    assert (record.outcome, record.reason) == ("failed", "hook-failed")
    assert record.sentence == "The pre hook 'check' ended with exit code 7."
    assert started(site) == ["check"]


def test_or_hands_it_back(site):
    given(site, replace(PRE, on_failure=OnFailure.HAND_BACK))
    site.submit()
    loop = site.loop()
    run(site, loop)
    end(site, "check", code=7)
    run(site, loop)
    assert len(site.tickets("incoming")) == 1 and site.tickets("claimed") == []
    assert "The pre hook 'check' ended with exit code 7" in site.journal()


def test_or_only_warns(site):
    given(site, replace(PRE, on_failure=OnFailure.WARN))
    site.submit()
    loop = site.loop()
    run(site, loop)
    end(site, "check", code=7)
    run(site, loop)
    assert started(site) == ["check", "solver"]


@pytest.mark.parametrize(
    ("on_failure", "outcome", "reason"),
    [(OnFailure.FAIL, "failed", "hook-failed"), (OnFailure.WARN, "completed", None)],
)
def test_a_post_hook_that_fails(site, on_failure, outcome, reason):
    given(site, replace(POST, on_failure=on_failure))
    job = site.submit().job
    loop = site.loop()
    run(site, loop)
    end(site, solver(site))
    run(site, loop)
    end(site, "extract", code=None, signal=9)
    run(site, loop)
    record = outcomes(site.root)[job]
    assert record.outcome == outcome and (reason is None or record.reason == reason)
    assert record.warnings == ("The post hook 'extract' was ended by signal KILL.",)


def test_a_job_that_failed_by_itself_keeps_its_reason(site):
    given(site, POST)
    job = site.submit().job
    loop = site.loop()
    run(site, loop)
    end(site, solver(site), code=3)
    run(site, loop)
    end(site, "extract", code=1)
    run(site, loop)
    assert outcomes(site.root)[job].reason != "hook-failed"


def test_one_over_its_limit_is_ended(site):
    given(site, replace(PRE, limit_s=20.0))
    job = site.submit().job
    loop = site.loop()
    run(site, loop, 10)
    assert site.processes.stopped == []
    run(site, loop, 20)
    assert ("check", True) in site.processes.stopped
    assert outcomes(site.root)[job].sentence.startswith(
        "The pre hook 'check' was ended at its limit of 20.0 s."
    )


@pytest.mark.parametrize("hook", [PRE, POST])
def test_a_service_that_comes_later_finds_it_and_starts_none_twice(site, hook):
    given(site, hook)
    job = site.submit().job
    loop = site.loop()
    run(site, loop)
    if hook is POST:
        end(site, solver(site))
        run(site, loop)
    site.processes.states[hook.name] = Running(1, site.clock.utc_now().timestamp())
    again = site.loop()
    run(site, again)
    assert started(site).count(hook.name) == 1
    end(site, hook.name)
    third = site.loop()
    run(site, third)
    if hook is PRE:
        end(site, solver(site))
        run(site, third)
    assert started(site).count(hook.name) == started(site).count("solver") == 1
    assert outcomes(site.root)[job].outcome == "completed"


def test_one_that_is_lost_is_not_repeated(site):
    given(site, PRE)
    job = site.submit().job
    loop = site.loop()
    run(site, loop)
    site.processes.states["check"] = Vanished("the machine was restarted")
    run(site, loop)
    record = outcomes(site.root)[job]
    assert "was lost (the machine was restarted)" in record.sentence
    assert started(site) == ["check"]


def test_a_job_that_is_ended_during_its_hook_takes_it_along(site):
    given(site, PRE)
    job = site.submit().job
    loop = site.loop()
    run(site, loop)
    granted(site, Verb.CANCEL, job)
    run(site, loop)
    assert ("check", True) in site.processes.stopped
    assert outcomes(site.root)[job].outcome == "cancelled"


def test_real_hooks_run_in_their_order_and_what_they_say_is_kept(make_site):
    site = make_site(processes=processes_of_this_system())
    say = 'echo "$WAM_JOB ${WAM_OUTCOME-before}"; date +%s.%N >>"$WAM_FOLDER/$0"; test "$0" != c'
    shell = ("/bin/sh", "-c", say)
    given(
        site,
        Hook(name="first", when=When.PRE, command=(*shell, "a")),
        Hook(name="last", when=When.POST, command=(*shell, "c"), on_failure=OnFailure.WARN),
    )
    job = site.submit().job
    loop = site.loop()
    pause = threading.Event()
    for _ in range(600):
        run(site, loop, 1)
        if job in outcomes(site.root):
            break
        pause.wait(0.05)
    record = outcomes(site.root)[job]
    assert record.outcome == "completed"
    assert record.warnings == (f"The post hook 'last' ended with exit code 1: {job} completed.",)
    (folder,) = (site.root / "done").glob(f"*/{job}")
    assert (folder / "wam-hook-first.log").read_text() == f"{job} before\n"
    assert (folder / "wam-hook-last.log").read_text() == f"{job} completed\n"
    assert float((folder / "a").read_text()) < float((folder / "c").read_text())
