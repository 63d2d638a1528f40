"""The example decks: readable as they are, and ended by the real solver as their table says."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from node_service.solvers.calculix import last_started_step
from tests.mapping_source import MappingSource
from wamspool.decks.deck import Deck
from wamspool.decks.progress import percent, sta_rows
from wamspool.decks.reader import read_deck
from wamspool.decks.roots import root_decks

EXAMPLES = Path(__file__).parent.parent / "examples"
FAMILY = [f"family/plate-{number:02d}.inp" for number in range(1, 11)]
RUNNING = ["bracket.inp", "assembly/assembly.inp", *FAMILY]
LARGEST_BYTES = 60_000


def folder_source(folder: Path) -> MappingSource:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return MappingSource({path.relative_to(folder).as_posix(): path.read_bytes() for path in files})


def read_example(name: str) -> Deck:
    path = EXAMPLES / name
    return read_deck(folder_source(path.parent), path.name, family="calculix")


@pytest.fixture(scope="module")
def make_examples():
    spec = importlib.util.spec_from_file_location("make_examples", EXAMPLES / "make_examples.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def solve(tmp_path):
    ccx = shutil.which("ccx")
    if ccx is None:
        reason = "CalculiX (ccx) is not installed"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)

    def run(folder: Path, deck: str) -> subprocess.CompletedProcess[str]:
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
        return subprocess.run(
            [ccx, "-i", deck.removesuffix(".inp")],
            cwd=tmp_path,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
            check=False,
        )

    return run


def assert_completed(result: subprocess.CompletedProcess[str], folder: Path, deck: Deck) -> None:
    stem = Path(deck.name).stem
    assert result.returncode == 0, result.stdout
    assert "Job finished" in result.stdout
    assert "*ERROR" not in result.stdout
    assert "*WARNING" not in result.stdout
    assert last_started_step(result.stdout) == len(deck.steps) > 0
    assert (folder / f"{stem}.frd").read_text(errors="replace").endswith(" 9999\n")
    rows = sta_rows((folder / f"{stem}.sta").read_text())
    assert percent(deck.steps, rows, steps_started=len(deck.steps)).percent == pytest.approx(100)


def test_the_files_are_what_the_script_writes(make_examples):
    for name, text in make_examples.all_files().items():
        assert (EXAMPLES / name).read_text() == text, f"run examples/make_examples.py: {name}"


def test_every_deck_is_made_by_the_script_and_small(make_examples):
    decks = [path for path in EXAMPLES.rglob("*") if path.suffix in {".inp", ".inc"}]
    made = make_examples.all_files()
    assert {path.relative_to(EXAMPLES).as_posix() for path in decks} == set(made)
    assert max(map(len, made.values())) < LARGEST_BYTES


@pytest.mark.parametrize("name", [*RUNNING, "press.inp", "broken.inp"])
def test_the_reader_finds_nothing_to_complain_about(name):
    deck = read_example(name)
    assert deck.missing == deck.outside == deck.remarks == ()
    assert deck.ends_abruptly is None
    assert [(step.procedure, step.period) for step in deck.steps] == [("STATIC", 1.0)]


def test_options_in_comment_lines():
    assert [(each.name, each.value) for each in read_example("bracket.inp").options] == [
        ("cpus", "1"),
        ("priority", "normal"),
        ("note", "bracket example"),
    ]


def test_the_assembly_is_one_job_of_four_files():
    source = folder_source(EXAMPLES / "assembly")
    assert root_decks(source, sorted(source.names()), family="calculix") == ("assembly.inp",)
    files = ("assembly.inp", "mesh/part.inc", "mesh/sets.inc", "material.inc")
    assert read_example("assembly/assembly.inp").bundle() == files


@pytest.mark.real
@pytest.mark.parametrize("name", RUNNING)
def test_the_solver_completes(name, solve, tmp_path):
    path = EXAMPLES / name
    assert_completed(solve(path.parent, path.name), tmp_path, read_example(name))


@pytest.mark.real
def test_the_broken_deck_fails_with_its_misspelt_set(solve):
    result = solve(EXAMPLES, "broken.inp")
    assert result.returncode == 201
    assert "*ERROR reading *CLOAD: node set TIPP" in result.stdout
    assert "Job finished" not in result.stdout


@pytest.mark.real
def test_the_press_shortened_to_three_increments(solve, make_examples, tmp_path):
    short, full = make_examples.press(increments=3), make_examples.press()
    changed = [line for line in full if line not in short]
    assert all(re.match(r"\*STEP|0\.005|\*NODE FILE|\*EL FILE", line) for line in changed)
    deck_folder = tmp_path / "deck"
    deck_folder.mkdir()
    text = "\n".join(short) + "\n"
    (deck_folder / "press.inp").write_text(text)
    result = solve(deck_folder, "press.inp")
    deck = read_deck(MappingSource({"press.inp": text.encode()}), "press.inp", family="calculix")
    assert_completed(result, tmp_path, deck)
    assert len(sta_rows((tmp_path / "press.sta").read_text())) >= 3
