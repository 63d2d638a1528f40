"""Sizes, durations and priorities as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout.units import (
    format_duration,
    format_size,
    parse_duration_s,
    parse_priority,
    parse_rate_bytes_s,
    parse_size_bytes,
    priority_word,
)

GIB = 1024**3


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("16 GB", 16 * GIB),
        ("16gb", 16 * GIB),
        ("16 GiB", 16 * GIB),
        ("16G", 16 * GIB),
        ("1.5 TB", 3 * 512 * GIB),
        (" 500 MB ", 500 * 1024**2),
        ("1 kB", 1024),
        ("7 B", 7),
        ("7", 7),
        (7, 7),
        (0, 0),
        (1.5e10, 15_000_000_000),
    ],
)
def test_sizes(text, size_bytes):
    assert parse_size_bytes(text) == size_bytes


@pytest.mark.parametrize(
    "text", ["", "GB", "-1", "1 XB", "1,5 GB", "1 GB 2", "inf", "nan", "1e3", "٣", "0x10"]
)
def test_what_is_no_size(text):
    with pytest.raises(ValueError, match="is not a size such as"):
        parse_size_bytes(text)


@pytest.mark.parametrize(
    ("text", "duration_s"),
    [
        ("12 h", 43200),
        ("90 min", 5400),
        ("90min", 5400),
        ("1 d 6 h", 108000),
        ("1d6h", 108000),
        ("2 W", 1209600),
        ("1:30", 5400),
        ("0:10:00", 600),
        ("100:00", 360000),
        ("30", 30),
        (30, 30),
        (2.5, 2.5),
        ("1.5 h", 5400),
        ("0", 0),
    ],
)
def test_durations(text, duration_s):
    assert parse_duration_s(text) == duration_s


@pytest.mark.parametrize(
    "text", ["", "h", "-1", "1 y", "1:60", "1:2", "1:30:60", "1 h x", "inf", "nan", "1,5 h", ":30"]
)
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match="is not a duration such as"):
        parse_duration_s(text)


@pytest.mark.parametrize("parse", [parse_size_bytes, parse_duration_s])
@pytest.mark.parametrize("text", ["9" * 30 + " d", "9" * 30 + " TB", "9" * 400, "9" * 5000 + ":30"])
def test_what_no_machine_has_is_refused(parse, text):
    """Such a number would be infinite, or be written in a way that nobody reads back."""
    with pytest.raises(ValueError):
        parse(text)


@given(st.floats(0, 10**8) | st.integers(0, 10**8))
def test_a_duration_is_read_back_as_it_is_written_to_tickets(duration_s):
    read = parse_duration_s(f"{duration_s:.9f}")
    assert parse_duration_s(repr(read)) == read


@given(st.integers(0, 2**60))
def test_a_size_is_read_back_as_it_is_written_to_tickets(size_bytes):
    assert parse_size_bytes(repr(size_bytes)) == size_bytes


@pytest.mark.parametrize(
    ("text", "priority"),
    [("high", 2), (" Normal", 5), ("LOW", 8), ("0", 0), (9, 9), ("7", 7)],
)
def test_priorities(text, priority):
    assert parse_priority(text) == priority
    assert parse_priority(priority_word(priority)) == priority


@pytest.mark.parametrize("text", ["", "urgent", "10", "-1", "1.0", "²", "٣"])
def test_what_is_no_priority(text):
    with pytest.raises(ValueError, match="is not a priority: high, normal, low, or 0"):
        parse_priority(text)


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 kB"),
        (16 * GIB, "16.0 GB"),
        (1024 * GIB, "1.0 TB"),
        (10**16, "9094.9 TB"),
    ],
)
def test_sizes_for_people(size_bytes, text):
    assert format_size(size_bytes) == text


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (0, "0.0 s"),
        (-0.004, "0.0 s"),
        (3.21, "3.2 s"),
        (59.94, "59.9 s"),
        (59.97, "1 min 00 s"),
        (245, "4 min 05 s"),
        (3599.7, "1 h 00 min"),
        (7620, "2 h 07 min"),
        (86399.9, "1 d 0 h"),
        (273600, "3 d 4 h"),
    ],
)
def test_durations_for_people(duration_s, text):
    assert format_duration(duration_s) == text


@pytest.mark.parametrize("text", ["50 MB/s", "50MB / sec", "51200 kB", 50 * 1024**2])
def test_rates(text):
    assert parse_rate_bytes_s(text) == 50 * 1024**2


@pytest.mark.parametrize("text", ["", "0", "0 MB/s", "fast", "50 MB/h", "-1 MB/s"])
def test_what_is_no_rate(text):
    with pytest.raises(ValueError, match="is not a rate such as '50 MB/s'"):
        parse_rate_bytes_s(text)
