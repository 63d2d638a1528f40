"""Small decks for the real ccx, and the evidence that its runs leave."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from node_service.solvers.evidence import Evidence
from tests.cube import CUBE
from wamspool.decks.deck import Step

JOB = "bracket"

SOFT_CUBE = CUBE.replace("*DENSITY", "*PLASTIC\n200.,0.\n201.,1.\n*DENSITY")
FIXED = "*BOUNDARY\n1,1,3\n2,2,3\n3,3,3\n4,1,1\n4,3,3\n"


def step(procedure="*STATIC", *, load=10.0, parameters="", output="*NODE FILE\nU\n"):
    loads = "".join(f"{node},3,{load}\n" for node in (5, 6, 7, 8))
    printed = "*NODE PRINT,NSET=NALL\nU\n"
    return f"*STEP{parameters}\n{procedure}\n*CLOAD\n{loads}{printed}{output}*END STEP\n"


def deck_step(number=1, *, period=1.0, closed=True, procedure="STATIC"):
    return Step(
        number=number,
        procedure=procedure,
        period=period,
        closed=closed,
        file=f"{JOB}.inp",
        line=20 + number,
    )


class Ccx:
    """Runs the real solver in a folder, and makes the evidence of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def run(self, deck: str | bytes, *, shell_before: str = "", job: str = JOB) -> int:
        text = deck.encode() if isinstance(deck, str) else deck
        (self.folder / f"{job}.inp").write_bytes(text)
        script = f"{shell_before}\nexec {_program()} -i {job}"
        with (
            (self.folder / "solver.out").open("wb") as out,
            (self.folder / "solver.err").open("wb") as err,
        ):
            return subprocess.run(
                ["/bin/sh", "-c", script],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1"},
                timeout=120,
                check=False,
            ).returncode

    def evidence(self, code: int, *steps: Step, **more) -> Evidence:
        space = os.statvfs(self.folder)
        known = {
            "run_folder": self.folder,
            "job": JOB,
            "steps": steps,
            "exit_code": code if code >= 0 else None,
            "signal": -code if code < 0 else None,
            "free_scratch_bytes": space.f_bavail * space.f_frsize,
        }
        return Evidence(**(known | more))


def _program() -> str:
    program = shutil.which("ccx")
    if program is None:
        if "CI" in os.environ:
            pytest.fail("CI must have ccx installed")
        pytest.skip("ccx is not installed")
    return program


@pytest.fixture
def ccx(tmp_path):
    return Ccx(tmp_path / "run")
