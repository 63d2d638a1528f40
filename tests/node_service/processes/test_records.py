"""The records of a run: half-written ones, codes and signals, what is kept."""

import pytest

from node_service.processes import prepare_control, signal_name
from node_service.processes.records import (
    RECORD_SIZE_BYTES,
    find_end,
    find_runner,
    start_ticks,
)


@pytest.fixture
def attempt_folder(tmp_path):
    prepare_control(tmp_path / "a.g1")
    return tmp_path / "a.g1"


def _overwrite(path, text: str) -> None:
    with path.open("r+b") as file:
        file.write(text.encode())


def test_a_fresh_attempt_has_records_of_full_size_that_say_nothing(attempt_folder):
    for name in ("runner", "ended"):
        assert (attempt_folder / "control" / name).stat().st_size == RECORD_SIZE_BYTES
    assert find_end(attempt_folder) is None
    assert find_runner(attempt_folder) is None


def test_preparing_again_keeps_what_is_recorded(attempt_folder):
    _overwrite(attempt_folder / "control" / "ended", "exit 0\n\n0m0.5s 0m1.25s\nend\n")
    (attempt_folder / "run" / "solver.out").write_text("kept")
    prepare_control(attempt_folder)
    assert find_end(attempt_folder).cpu_s == 1.75
    assert (attempt_folder / "run" / "solver.out").read_text() == "kept"


WHOLE = "exit 201\n0m0.000s 0m0.010s\n1m0,250s 0m0,250s\nend\n"


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_a_record_that_is_not_whole_is_not_there_yet(attempt_folder, length):
    _overwrite(attempt_folder / "control" / "ended", WHOLE[:length])
    assert find_end(attempt_folder) is None


def test_a_whole_record_is_read_with_the_decimal_sign_of_any_locale(attempt_folder):
    _overwrite(attempt_folder / "control" / "ended", WHOLE)
    ended = find_end(attempt_folder)
    assert (ended.exit_code, ended.signal, ended.cpu_s) == (201, None, 60.5)
    assert ended.ended_at == (attempt_folder / "control" / "ended").stat().st_mtime


@pytest.mark.parametrize(
    ("code", "exit_code", "signal"),
    [
        (128, 128, None),
        (129, None, 1),
        (192, None, 64),
        (193, 193, None),
        (3221225477,) * 2 + (None,),
    ],
)
def test_which_codes_are_signals(attempt_folder, code, exit_code, signal):
    _overwrite(attempt_folder / "control" / "ended", f"exit {code}\n\n-\nend\n")
    ended = find_end(attempt_folder)
    assert (ended.exit_code, ended.signal, ended.cpu_s) == (exit_code, signal, None)


def test_the_start_is_read_past_a_name_with_brackets_and_blanks():
    fields = " ".join(str(number) for number in range(4, 30))
    assert start_ticks(f"17 (a) b (c d) S {fields}") == 22
    assert start_ticks("") is None
    assert start_ticks("17 (sh) S 1 2") is None


def test_signals_have_names_where_they_have_one():
    assert (signal_name(11), signal_name(63)) == ("SEGV", "63")
