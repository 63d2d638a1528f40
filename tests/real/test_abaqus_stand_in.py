"""A node with the profile ``abaqus``, and a program that behaves like Abaqus in its place."""

import re
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from node_service.loop import Loop
from spool_layout.states import Outcome
from spool_layout.ticket import Resources
from tests.real.real_spool import (
    LocalFolder,
    Service,
    SteppedClock,
    done_folder,
    journal_of,
    left_on,
    left_over,
    make_node,
    make_spool,
    open_at,
    outcomes,
    step,
    turn_until_idle,
    wait_for,
)
from tests.stand_ins import abaqus
from wamspool.gather import gather
from wamspool.profiles.load import load_profiles
from wamspool.submit import submission_of, submit

STATIC = "*STEP\n*STATIC\n0.1, 1.\n*END STEP\n"
EXPLICIT = "*STEP\n*DYNAMIC, EXPLICIT\n, 0.02\n*END STEP\n"
LAUNCHER = "Afterwards its launcher {}, which changes nothing in the results."

# name of the deck: (what the stand-in is to do, outcome, reason, words of the sentence)
ENDS = {
    "good": ("", "completed", "completed", "Abaqus completed the analysis."),
    "explicit": ("product=explicit", "completed", "completed", "Abaqus completed the analysis."),
    "cutback": ("cutback=yes", "completed", "completed", "Abaqus completed the analysis."),
    "singular": ("singular=yes", "completed", "completed", "check this first: the equation system"),
    "no-odb": ("end=no-odb", "completed", "completed", "check this first: there is no no-odb.odb"),
    "abort-after": (
        "end=abort-after", "completed", "completed", LAUNCHER.format("ended with exit code 1"),
    ),
    "signal-after": (
        "end=signal-after", "completed", "completed", LAUNCHER.format("was ended by the signal ABRT"),
    ),
    "launcher-dies": (
        "end=launcher-dies pause=0.05", "completed", "completed",
        LAUNCHER.format("was ended by the signal KILL"),
    ),
    "leaves-process": ("end=leaves-process", "completed", "completed", "Abaqus completed"),
    "locked": ("end=locked", "failed", "incomplete", "locked.lck is left"),
    "error-and-completed": (
        "end=error-and-completed", "failed", "solver-error",
        'The .sta file says completed, but: Abaqus reported an error: "ELEMENT 3 HAS NO MATERIAL"',
    ),
    "deck-error": (
        "end=deck-error", "failed", "deck-error", 'Abaqus refuses the deck: "in keyword *ELASTC',
    ),
    "no-convergence": ("end=no-convergence", "failed", "no-convergence", "did not converge"),
    "too-small": ("end=too-small", "failed", "no-convergence", "did not converge"),
    "increments": ("end=increments", "failed", "increments-used-up", "Raise INC="),
    "distorted": (
        "end=distorted product=explicit", "failed", "distorted", "Elements were distorted",
    ),
    "memory": ("end=memory", "failed", "out-of-memory", "could not get the memory"),
    "disk-full": ("end=disk-full", "failed", "disk-full", "found no room on the node's scratch"),
    "odd": ("end=odd", "failed", "solver-error", '"SOMETHING THAT NOBODY HAS EVER SEEN"'),
    "not-completed": ("end=not-completed", "failed", "solver-error", "exited with errors"),
    "killed": ("end=killed", "failed", "signal-KILL", "memory ran out"),
    "silent": ("end=silent", "failed", "incomplete", "does not say how the analysis ended"),
    "licence-lost": ("end=licence-lost", "failed", "licence-lost", "lost its licence while"),
}  # fmt: skip


class Site:
    """A spool, a node of it in this process, and decks for the stand-in."""

    def __init__(self, folder: Path, **node: object) -> None:
        self.folder = folder
        self.mine = folder / "mine"
        self.mine.mkdir(parents=True, exist_ok=True)
        self.root = make_spool(folder / "spool", default_solver="abaqus")
        self.program = abaqus.install(folder / "bin")
        self.spool = open_at(self.root, SteppedClock())
        self.node = make_node(
            self.spool, folder / "scratch", programs={"abaqus": str(self.program)}, **node
        )

    def submit(self, name: str, does: str = "", *, text: str = "", **asked: object) -> str:
        deck = self.mine / f"{name}.inp"
        body = text or (EXPLICIT if "explicit" in does else STATIC)
        deck.write_text(f"*HEADING\n** STANDIN: {does}\n{body}")
        gathered = gather(
            LocalFolder(self.mine),
            deck.name,
            family_of=lambda _: "abaqus",
            default_solver="abaqus",
            profiles=load_profiles({}),
            takes_beside=True,
        )
        options = asked.pop("options", {})
        assert not gathered.missing
        draft = replace(gathered.draft, **asked)
        assert dict(draft.options) == options
        gathered = replace(gathered, draft=draft)
        return submit(self.spool, submission_of(gathered, self.mine, owner="jo")).job

    def profile(self, **changes: object) -> None:
        """This node's profile is another."""
        profile = replace(self.node.profiles["abaqus"], **changes)
        self.node = replace(self.node, profiles={**self.node.profiles, "abaqus": profile})

    def run(self) -> None:
        turn_until_idle(self.node)

    def outcome(self, job: str):
        return outcomes(self.root)[job]

    def results(self, job: str) -> set[str]:
        return {p.name for p in done_folder(self.root, job).iterdir()}

    def processes(self) -> list[psutil.Process]:
        """What of the runs lives."""
        return [p for p in psutil.process_iter() if self._is_of_run(p)]

    def _is_of_run(self, process: psutil.Process) -> bool:
        try:
            return str(self.folder) in process.environ().get("WAM_CONTROL", "")
        except psutil.Error:
            return False


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path)
    yield made
    for process in made.processes():
        process.kill()


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """Every end, once: the site and the job of each deck."""
    site = Site(tmp_path_factory.mktemp("ends"), cpus=3)
    jobs = {name: site.submit(name, does) for name, (does, *_) in ENDS.items()}
    site.run()
    yield site, jobs
    for process in site.processes():
        process.kill()


@pytest.mark.parametrize("name", ENDS)
def test_each_end_with_its_sentence(ended, name):
    site, jobs = ended
    _, outcome, reason, words = ENDS[name]
    record = site.outcome(jobs[name])
    print(f"{record.outcome} | {record.reason} | {record.sentence} | {record.lines}")
    assert (record.outcome, record.reason) == (outcome, reason)
    assert words in record.sentence
    if outcome == "failed":
        assert record.lines
    for line in record.lines:
        if line.line is not None:
            path = done_folder(site.root, jobs[name]) / line.file
            written = path.read_text().splitlines()[line.line - 1]
            assert line.text.startswith(" ".join(written.split()))


def test_nothing_is_left_behind(ended):
    site, _ = ended
    assert site.processes() == []
    assert left_on(site.node.scratch.root) == []
    assert left_over(site.root) == []


def test_results_come_back_without_locks_scratch_and_settings(ended):
    site, jobs = ended
    names = site.results(jobs["good"])
    assert {"good.odb", "good.sta", "good.msg", "good.dat", "good.res", "solver.out"} <= names
    assert (
        not {n for n in names if n.endswith((".lck", ".cid", ".023", ".env"))} | {"scratch"} & names
    )


def test_the_launcher_remark_is_a_warning_and_its_lines_are_quoted(ended):
    site, jobs = ended
    record = site.outcome(jobs["abort-after"])
    assert record.warnings == ("its launcher ended with exit code 1",)
    assert record.lines[0].text == "*** buffer overflow detected ***: terminated"
    assert record.exit_code == 1


def command_of(site: Site, job: str) -> str:
    return (done_folder(site.root, job) / f"{job.rpartition('-')[0]}.com").read_text()


def test_the_command_has_what_the_job_asks_for(site):
    resources = Resources(cpus=2, gpus=1, memory_bytes=3 << 30)
    site.node = make_node(
        site.spool, site.folder / "gpu", programs={"abaqus": str(site.program)}, gpus=1
    )
    with_gpu = site.submit("fast", resources=resources)
    without = site.submit("slow")
    site.run()
    said = command_of(site, with_gpu)
    for words in ("('cpus', '2')", "('gpus', '1')", "('memory', '3072MB')", "('interactive', '')"):
        assert words in said
    assert "run/scratch')" in said
    assert "gpus" not in command_of(site, without)
    assert site.outcome(with_gpu).outcome is Outcome.COMPLETED


def test_files_of_options_travel_with_the_job(site):
    for name in ("umat.for", "first.odb", "first.res", "first.stt", "globe.odb", "stranger.odb"):
        (site.mine / name).write_text("x\n")
    wishes = "** WAM: option.user=umat option.oldjob=first option.globalmodel=globe.odb\n"
    options = {"user": "umat", "oldjob": "first", "globalmodel": "globe.odb"}
    job = site.submit("second", text=wishes + STATIC, options=options)
    site.run()
    record = site.outcome(job)
    assert (record.outcome, record.sentence) == ("completed", "Abaqus completed the analysis.")
    inputs = {p.name for p in (done_folder(site.root, job) / "inputs").iterdir()}
    assert inputs == {"second.inp", "umat.for", "first.odb", "first.res", "first.stt", "globe.odb"}
    assert not site.results(job) & {"first.odb", "globe.odb", "umat.for"}


def test_a_dropped_deck_waits_for_the_files_of_its_options(site):
    folder = site.root / "incoming" / "study"
    folder.mkdir()
    deck = f"** WAM: option.oldjob=first\n*HEADING\n*RESTART, READ\n{STATIC}"
    (folder / "second.inp").write_text(deck)
    (folder / "abaqus_v6.env").write_text("this is no setting, and nobody sent it along\n")
    loop = Loop(site.node)
    loop.begin()
    said = wait_for(lambda: loop.turn() or step(site.node) or waits(loop), "waits")
    assert "second.inp:1: the option oldjob wants 'first'" in said
    for name in ("first.res", "first.odb"):
        (folder / name).write_text("x\n")
    finish(site, loop)
    ((job, record),) = outcomes(site.root).items()
    assert record.outcome is Outcome.COMPLETED, record.sentence
    inputs = {p.name for p in (done_folder(site.root, job) / "inputs").iterdir()}
    assert inputs == {"second.inp", "first.odb", "first.res"}


def waits(loop: Loop) -> str:
    return next((why for why in loop._adopting._said.values() if "oldjob" in why), "")


def test_a_subroutine_that_cannot_be_built(site):
    (site.mine / "umat.f").write_text("x\n")
    wishes = "** WAM: option.user=umat\n"
    job = site.submit("user", "end=compile", text=wishes + STATIC, options={"user": "umat"})
    site.run()
    record = site.outcome(job)
    assert record.reason == "user-subroutine"
    assert '"Abaqus Error: Problem during compilation - umat"' in record.sentence


def test_the_users_environment_file_is_kept_and_the_profiles_wins(site):
    (site.mine / "abaqus_v6.env").write_text("ask_delete = ON\nlmlicensequeuing = ON")
    (site.mine / "good.odb").write_text("of an earlier job\n")
    job = site.submit("good", "end=no-licence", files=("good.odb", "abaqus_v6.env"))
    loop = Loop(site.node)
    loop.begin()
    # Neither does it ask whether to overwrite, nor does it wait for a licence.
    wait_for(lambda: loop.turn() or step(site.node) or _handed_back(site, job), "handed back")
    loop._finish()


def _handed_back(site: Site, job: str) -> list[dict]:
    site.node.journal.flush()
    return [e for e in journal_of(site.root) if e["event"] == "hand_back" and e["job"] == job]


@pytest.mark.parametrize("refusal", ["server", "limit"])
def test_without_a_licence_the_job_waits_and_uses_up_no_retry(site, refusal):
    tries = site.folder / "tries"
    does = f"tries={tries} refused=1 refusal={refusal}"
    job = site.submit("poor", does, retries=0)
    site.run()
    record = site.outcome(job)
    assert (record.outcome, record.attempt) == ("completed", 1)
    assert len(tries.read_text().splitlines()) == 2
    (note,) = _handed_back(site, job)
    assert "Abaqus got no licence: " in note["detail"]


def test_while_there_is_no_licence_only_one_of_many_jobs_tries(site):
    site.node = make_node(
        site.spool, site.folder / "small", programs={"abaqus": str(site.program)}, cpus=1
    )
    tries = site.folder / "tries"
    jobs = [site.submit(f"poor-{n}", f"tries={tries} end=no-licence") for n in range(4)]
    loop = Loop(site.node)
    loop.begin()
    wait_for(
        lambda: loop.turn() or step(site.node) or any(_handed_back(site, j) for j in jobs),
        "refused",
    )
    for _ in range(100):  # 25 s of the node's time
        loop.turn()
        step(site.node)
    loop._finish()
    assert len(tries.read_text().splitlines()) == 1


def follow(site: Site, job: str, until) -> Loop:
    """A loop that has turned until the job's run folder shows what is awaited."""
    loop = Loop(site.node)
    loop.begin()
    scratch = site.node.scratch.root

    def seen():
        loop.turn()
        step(site.node)
        return [p for p in scratch.glob(f"{job}.g*/run") if until(p)]

    wait_for(seen, "the run goes on")
    return loop


def finish(site: Site, loop: Loop) -> None:
    loop._finish()
    site.run()


def rows(folder: Path, name: str) -> int:
    sta = folder / f"{name}.sta"
    return len(re.findall(r"^ *\d", sta.read_text(), re.MULTILINE)) if sta.exists() else 0


LONG = "increments=100000 pause=0.02"


def test_progress_is_told_while_it_runs(site):
    job = site.submit("long", "increments=100 pause=0.02")
    loop = follow(site, job, lambda run: rows(run, "long") >= 10)
    (told,) = [loop._heartbeat._job(a) for a in loop._attempts.values()]
    assert 8 < told.percent < 100
    assert (told.step, told.steps) == (1, 1)
    assert told.increments >= 9
    finish(site, loop)
    assert site.outcome(job).outcome is Outcome.COMPLETED


@pytest.mark.parametrize("way", ["", "interactive"], ids=["background", "interactive"])
def test_at_its_walltime_abaqus_is_asked_to_terminate(site, way):
    if not way:
        command = site.node.profiles["abaqus"].command
        site.profile(command=tuple(c for c in command if c != "interactive"))
    # The node's time runs ahead: 'abaqus terminate' must not be overtaken by the signals.
    site.profile(grace_s=10_000.0)
    job = site.submit("late", LONG, resources=Resources(walltime_s=60.0))
    site.run()
    record = site.outcome(job)
    assert (record.outcome, record.reason) == ("walltime", "walltime")
    log = "solver.out" if way else "late.log"
    assert "Abaqus JOB late TERMINATED" in (done_folder(site.root, job) / log).read_text()
    assert site.processes() == []


@pytest.mark.parametrize("way", ["deaf=yes", "deaf=yes stubborn=yes"])
def test_one_that_does_not_hear_is_ended_all_the_same(site, way):
    job = site.submit("late", f"{LONG} {way}", resources=Resources(walltime_s=60.0))
    site.run()
    record = site.outcome(job)
    assert (record.outcome, record.reason) == ("walltime", "walltime")
    assert "TERMINATED" not in (done_folder(site.root, job) / "solver.out").read_text()
    assert site.processes() == []


def test_a_launcher_in_the_background_is_followed_to_the_analysis_end(site):
    command = site.node.profiles["abaqus"].command
    site.profile(command=tuple(c for c in command if c != "interactive"))
    good = site.submit("good", "increments=30 pause=0.02")
    bad = site.submit("bad", "end=no-convergence pause=0.02")
    site.run()
    assert site.outcome(good).sentence == "Abaqus completed the analysis."
    assert site.outcome(bad).reason == "no-convergence"
    assert {"good.log", "good.odb"} <= site.results(good)


def test_without_that_rule_its_end_would_be_missed(site):
    command = site.node.profiles["abaqus"].command
    site.profile(command=tuple(c for c in command if c != "interactive"), background=False)
    job = site.submit("good", "increments=50 pause=0.02")
    site.run()
    assert site.outcome(job).reason == "incomplete"


def test_a_service_that_is_killed_finds_the_background_analysis_again(site, tmp_path):
    text = (Path(__file__).parents[2] / "wamspool/profiles/abaqus.yaml").read_text()
    (tmp_path / "profiles").mkdir()
    own = text.replace('"{options}", "interactive"]', '"{options}"]')
    assert own != text
    (tmp_path / "profiles" / "own.yaml").write_text(own)
    go_on = tmp_path / "go-on"
    job = site.submit("long", f"until={go_on}")
    service = Service(
        site.root,
        tmp_path / "served",
        *("--until-idle", "--program", f"abaqus={site.program}"),
        *("--profiles", str(tmp_path / "profiles")),
    )
    service.start()
    found = wait_for(lambda: list((tmp_path / "served").glob(f"{job}.g*/run/long.sta")), ".sta")
    service.kill()
    assert not outcomes(site.root) and rows(found[0].parent, "long") <= 1
    service.start()
    wait_for(lambda: "found" in service.said(), "found again")
    go_on.touch()
    assert service.wait() == 0, service.said()
    record = site.outcome(job)
    assert (record.outcome, record.attempt) == ("completed", 1)
    assert record.started < record.ended
    assert record.solver_version == f"Abaqus {abaqus.RELEASE}"
    assert record.sentence == "Abaqus completed the analysis."


def test_a_program_on_the_path_is_offered(site, monkeypatch, tmp_path):
    service = Service(
        site.root, tmp_path / "served", "--once", PATH=f"{site.program.parent}:/usr/bin:/bin"
    )
    service.start()
    assert service.wait() == 0, service.said()
    (status,) = (site.root / "nodes").glob("alpha*.json")
    assert '"abaqus"' in status.read_text()
