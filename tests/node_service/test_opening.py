"""Hours of a node: across midnight, over the week's end, and when the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node_service.opening import Hours, Outside, changes_at, longest_s, on_the_wall
from spool_layout.windows import DAY_MINUTES, EVERY_DAY, Window, is_open, parse_window

BERLIN = ZoneInfo("Europe/Berlin")  # 2026: summer time from 29 March to 25 October
ZONES = [BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), UTC]
NIGHTS = (parse_window("mon-fri 18:00-07:00"), parse_window("sat-sun"))
windows = st.lists(
    st.builds(
        Window,
        days=st.frozensets(st.integers(0, 6), min_size=1),
        begins_min=st.integers(0, DAY_MINUTES - 1),
        lasts_min=st.integers(1, DAY_MINUTES),
    ),
    max_size=4,
).map(tuple)
YEAR_S = 365 * 86400
moments = st.integers(0, YEAR_S).map(
    lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)


def at(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def clocks_are_steady(moment, zone):
    """No hour that comes twice, or is left out, within the week and a half."""
    offsets = {(moment + timedelta(hours=h)).astimezone(zone).utcoffset() for h in range(-48, 288)}
    return len(offsets) == 1


@given(windows, moments, st.sampled_from(ZONES))
def test_it_changes_when_it_is_said_to_and_not_before(opened, now, zone):
    change = changes_at(opened, now, zone)
    is_now = is_open(opened, on_the_wall(now, zone))
    steps = [now + timedelta(minutes=17) * n for n in range(600)]
    if not clocks_are_steady(now, zone):
        return
    if change is None:
        assert {is_open(opened, on_the_wall(one, zone)) for one in steps} == {is_now}
        return
    assert change > now
    assert is_open(opened, on_the_wall(change, zone)) is not is_now
    before = [one for one in steps if one < change] + [change - timedelta(seconds=1)]
    assert {is_open(opened, on_the_wall(one, zone)) for one in before if one >= now} == {is_now}


@given(windows.filter(bool), moments, st.sampled_from(ZONES))
def test_a_change_lies_ahead_whatever_the_clocks_do(opened, now, zone):
    change = changes_at(opened, now, zone)
    assert change is None or now - timedelta(hours=1) < change < now + timedelta(days=9)


@pytest.mark.parametrize(
    ("now", "change"),
    [
        ("2026-11-23 12:00", "2026-11-23 18:00"),  # a Monday
        ("2026-11-23 23:59", "2026-11-24 07:00"),
        ("2026-11-24 06:59", "2026-11-24 07:00"),
        ("2026-11-27 20:00", "2026-11-30 00:00"),  # Friday evening until Sunday's end
    ],
)
def test_nights_and_the_week_s_end(now, change):
    assert changes_at(NIGHTS, at(now), BERLIN) == at(change)


def test_the_night_in_which_summer_time_begins_is_an_hour_shorter():
    night = (parse_window("18:00-07:00"),)
    opened = at("2026-03-28 18:00").astimezone(UTC)
    assert changes_at(night, opened, BERLIN) - opened == timedelta(hours=12)
    autumn = at("2026-10-24 18:00").astimezone(UTC)
    assert changes_at(night, autumn, BERLIN) - autumn == timedelta(hours=14)


def test_an_end_that_the_clock_leaves_out_is_where_it_leaps():
    night = (parse_window("22:00-02:30"),)
    change = changes_at(night, at("2026-03-29 01:00"), BERLIN)
    assert change == at("2026-03-29 03:00").astimezone(UTC)


def test_an_end_that_comes_twice_is_the_next_of_both():
    night = (parse_window("22:00-02:30"),)
    first = at("2026-10-25 02:15").astimezone(UTC)
    assert changes_at(night, first, BERLIN) == first + timedelta(minutes=15)
    again = first + timedelta(hours=1)
    assert changes_at(night, again, BERLIN) == again + timedelta(minutes=15)


def test_the_machine_s_own_zone_is_meant_where_none_is_given():
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    local = now.astimezone()
    later = local + timedelta(hours=2)
    window = parse_window(f"{local:%H:%M}-{later:%H:%M}")
    assert changes_at((window,), now) == now + timedelta(hours=2)


@pytest.mark.parametrize(
    ("outside", "walltime_s", "may"),
    [
        (Outside.FINISH, None, True),
        (Outside.FINISH, 3600.0, True),
        (Outside.FINISH, 3601.0, False),
        (Outside.SUSPEND, 3601.0, False),  # it would fit another night
        (Outside.SUSPEND, 54 * 3600.0, False),
        (Outside.SUSPEND, 55 * 3600.0, True),  # longer than any
    ],
)
def test_what_would_run_past_the_closing_is_not_begun(outside, walltime_s, may):
    hours = Hours(NIGHTS, outside, BERLIN)
    assert hours.may_begin(at("2026-11-24 06:00"), walltime_s) is may


def test_without_hours_or_without_an_end_everything_may():
    assert Hours().is_open(at("2026-11-24 12:00")) and Hours().may_begin(
        at("2026-11-24 12:00"), 1e9
    )
    always = Hours((parse_window("daily"),))
    assert always.may_begin(at("2026-11-24 12:00"), 1e9)


def test_the_longest_opening():
    assert longest_s(NIGHTS) == (6 + 48) * 3600  # from Friday at 18
    assert longest_s((Window(days=EVERY_DAY, begins_min=0, lasts_min=DAY_MINUTES),)) == float("inf")
    assert longest_s((parse_window("mon 22:00-06:00"),)) == 8 * 3600
