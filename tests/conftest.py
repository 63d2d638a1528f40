"""What every test relies on: no skip in CI, one time zone, and nobody's own settings."""

import os
import signal
import time
from collections.abc import Generator, Iterator
from contextlib import suppress

import pytest
from hypothesis import settings

# Before any test imports it: where one file did so and another came first, neither could be run.
pytest.register_assert_rewrite("tests.contract.share_contract")

# A loaded machine with two cores makes single examples slow, and a test fails for what it
# found, not for the minute it ran in. In CI the examples are the same at each run.
settings.register_profile("wam", deadline=None)
settings.register_profile("wam-ci", deadline=None, derandomize=True)
settings.load_profile("wam-ci" if os.environ.get("CI") else "wam")

TOGETHER = ("tests/real/mounts/", "tests/real/booted/", "tests/test_tidy.py")
SKIPPED_IN_CI = "skipped, but CI is set and no test may be missing there: {reason}"


@pytest.fixture(scope="session", autouse=True)
def _nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The user's config, spool and terminal change no test; times are shown in UTC."""
    # A script that starts the tests in its background has Ctrl-C ignored in all that they start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("WAM_")]:
            if name != "WAM_REQUIRE":
                patch.delenv(name)
        # rich and typer colour or widen their output when one of these is set, as on CI servers.
        for name in ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "CLICOLOR_FORCE"):
            patch.delenv(name, raising=False)
        for name in ("HOME", "USERPROFILE", "APPDATA", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(home))
        patch.setenv("NO_COLOR", "1")
        patch.setenv("COLUMNS", "80")
        patch.setenv("TZ", "UTC")
        if hasattr(time, "tzset"):
            time.tzset()
        yield


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        where = report.longrepr
        reason = where[2] if isinstance(where, tuple) else str(where)
        report.outcome = "failed"
        report.longrepr = SKIPPED_IN_CI.format(reason=reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that skips itself fails where CI is set: it would go missing uncounted."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file (``importorskip``, a skip at its top)."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Tests of one place run one after the other in one process: they share guests, or a tree that
    is parsed once.

    Not by the mark ``xdist_group``: pytest 9.2 keeps a test's name where xdist 3.8 does not look for
    it, so groups were torn without a word, and two labs of guests booted at once.
    """
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadGroupScheduling

    class Together(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            place = next((place for place in TOGETHER if nodeid.startswith(place)), None)
            return place or super()._split_scope(nodeid)

    return Together(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The simulator's seeds are other ones at each commit: what failed can be run again."""
    with suppress(ImportError):  # this file is tried alone, too
        from tests.sim.root_seed import root_seed

        terminalreporter.write_line(f"simulator: WAM_SEED={root_seed()} (tests/sim)")
