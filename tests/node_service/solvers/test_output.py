"""Output is searched in pieces, with the answers of the whole text and little memory."""

import re
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from node_service.solvers import output
from node_service.solvers.calculix_log import read_log
from node_service.solvers.output import lines_holding, matching_lines, quote, read_tail


@given(
    lines=st.lists(st.sampled_from([b"", b"x", b"hit", b"a hit b", b" long" * 9]), max_size=40),
    chunk_bytes=st.integers(1, 60),
    ends=st.booleans(),
)
def test_pieces_give_what_the_whole_text_gives(tmp_path_factory, lines, chunk_bytes, ends):
    path = tmp_path_factory.mktemp("out") / "solver.out"
    path.write_bytes(b"\n".join(lines) + (b"\n" if ends and lines else b""))
    whole = path.read_bytes().split(b"\n")
    expected = [(i + 1, line) for i, line in enumerate(whole) if b"hit" in line]
    original = output.CHUNK_BYTES
    output.CHUNK_BYTES = chunk_bytes
    try:
        found = list(matching_lines(path, re.compile(rb"hit")))
        assert list(lines_holding(path, (b"hit", b"it"))) == found
    finally:
        output.CHUNK_BYTES = original
    assert [(hit.number, hit.line) for hit in found] == expected
    for hit in found:
        below = whole[hit.number : hit.number + 2]
        assert [line for line in hit.below if line] == [line for line in below if line]


def test_a_log_of_100_mb_needs_little_memory(tmp_path):
    path = tmp_path / "solver.out"
    filler = b" iteration 1 average force= 1.0\n" * 32_768
    with path.open("wb") as file:
        file.write(b" STEP            1\n")
        for _ in range(100):
            file.write(filler)
        file.write(b" *WARNING in x: y\n Job finished\n")
    tracemalloc.start()
    log = read_log(path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (log.finished, log.steps_started, log.warning_count) == (True, 1, 1)
    assert peak_bytes < 8 * 1024 * 1024


def test_a_file_without_line_ends_needs_little_memory(tmp_path):
    path = tmp_path / "solver.out"
    path.write_bytes(b"x" * 20_000_000 + b"\n Job finished\n")
    tracemalloc.start()
    assert read_log(path).finished
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 8 * 1024 * 1024


def test_what_is_quoted_is_one_harmless_short_line():
    shown = quote("solver.out", 3, b" \x1b[31mred\x07\t\xff " + b"y" * 500).text
    assert shown.startswith("?[31mred? \ufffd y")
    assert len(shown) == output.TEXT_LENGTH_MAX


def test_the_tail_of_a_short_file_is_all_of_it(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert read_tail(tmp_path / "a", 100) == b"abc"
    assert read_tail(tmp_path / "a", 2) == b"bc"
    assert read_tail(tmp_path / "none", 2) == b""
