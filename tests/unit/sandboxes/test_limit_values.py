"""What no host could give is refused when the limits are written down."""

import math
from dataclasses import fields

import pytest

from sandboxes.limits import MAX_SECONDS, Limits

NAMES = [limit.name for limit in fields(Limits)]
COUNTS = [limit.name for limit in fields(Limits) if limit.type is int]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "nonsense",
    [0, -1, -math.inf, math.inf, math.nan, True, "64", None, b"1", [1], 10**400, 10**5000, 1 + 0j],
    ids=lambda value: str(value)[:12] if not isinstance(value, int) or value < 10**6 else "huge",
)
def test_nonsense_is_refused_and_named(name, nonsense):
    with pytest.raises(ValueError, match=name):
        Limits(**{name: nonsense})


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_whole(name):
    with pytest.raises(ValueError, match="whole number"):
        Limits(**{name: 1.5})


def test_bounds_themselves_are_allowed():
    assert Limits(wall_time_s=MAX_SECONDS, n_cpus=0.01, memory_mib=2**31 - 1).memory_mib == 2**31 - 1
    assert Limits(n_cpus=2, wall_time_s=1).n_cpus == 2
    with pytest.raises(ValueError, match=r"at least 0\.01"):
        Limits(n_cpus=0.001)
