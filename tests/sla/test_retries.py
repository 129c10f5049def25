from datetime import timedelta

import pytest

from sla.rules.retries import back_off, server_back_off


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 30), (1, 30), (2, 60), (3, 120), (5, 480), (6, 900), (5000, 900)]
)
def test_waits_double_up_to_a_quarter_of_an_hour(failures, seconds):
    assert back_off(failures, spread=0.5) == timedelta(seconds=seconds)


def test_jitter_is_a_quarter_either_way():
    assert back_off(1, spread=0) == timedelta(seconds=22.5)
    assert back_off(1, spread=1) == timedelta(seconds=37.5)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 10), (4, 40), (5, 60), (900, 60)])
def test_a_server_that_is_away_is_asked_again_within_a_minute(attempts, seconds):
    assert server_back_off(attempts, spread=0.5) == timedelta(seconds=seconds)
