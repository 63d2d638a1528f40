"""The session that README shows is typed as it stands, and answers as it says."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.real.real_spool import SHELL, end_runs_below, need_ccx, wait_for

pytestmark = pytest.mark.real
ROOT = Path(__file__).resolve().parent.parent.parent
FENCE = re.compile(r"^```(?:console|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(heading):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    return FENCE.findall(section)


def typed(block):
    """Each command of the block, with what is printed below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, answer = part.partition("\n")
        yield command, answer


def alike(text):
    """The text without what is another one each time."""
    return re.sub(r"\b\d+(\.\d+)? ([kM]?B)\b", r"N \2", re.sub(r"-[a-z0-9]{5}\b", "-*", text))


class Desk:
    """A machine of one's own: a home, the examples, and the spool of the page."""

    def __init__(self, folder):
        self.folder, self.spool = folder, folder / "spool"
        paths = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = os.environ | {
            "HOME": str(folder), "PATH": paths, "PYTHONPATH": str(ROOT), "COLUMNS": "200",
        }  # fmt: skip
        for name in ("WAM_SPOOL", "WAM_NODE_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            self.environment.pop(name, None)

    def _here(self, text):
        return text.replace("/srv/jobs/spool", str(self.spool)).replace(
            "/home/jo", str(self.folder)
        )

    def answer(self, command):
        done = subprocess.run(
            [SHELL, "-c", self._here(command)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def follow(self, block):
        for command, wanted in typed(block):
            said = self.answer(command)
            if wanted:
                assert alike(said)[: len(alike(self._here(wanted)))] == alike(self._here(wanted))

    @contextmanager
    def served(self, command):
        with (self.folder / "node.log").open("wb") as log:
            service = subprocess.Popen(
                [SHELL, "-c", f"exec {self._here(command)}"],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(timeout=60)
            end_runs_below(self.folder)

    def done(self, name):
        return list(self.spool.glob(f"done/*/{name}-?????/outcome.yaml"))


@pytest.fixture
def desk(tmp_path):
    need_ccx()
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    spec = importlib.util.spec_from_file_location("made", ROOT / "examples/make_examples.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    short = "\n".join(made.press(increments=3)) + "\n"  # the whole one takes half a minute
    (tmp_path / "examples/press.inp").write_text(short, encoding="utf-8")
    return Desk(tmp_path)


def test_a_spool_of_one_s_own(desk):
    init, node, work, why = blocks("Your own spool")
    desk.follow(init)
    with desk.served(node.strip()):
        submit, fetch = work.split("$ wam get")
        desk.follow(submit)
        wait_for(lambda: desk.done("bracket"), "the dropped deck is solved")
        desk.follow(f"$ wam get{fetch}")
        desk.answer("wam ticket examples/broken.inp")
        wait_for(lambda: desk.done("broken"), "the broken deck has failed")
        desk.follow(why)


def test_another_answer_is_noticed(desk):
    with pytest.raises(AssertionError):
        desk.follow("$ echo queued press-abcde\nheld press-p58f6\n")
