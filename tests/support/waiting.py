"""Waiting for something to become true, with a limit."""
import time

from support.ports import SLOWDOWN


def until(condition, seconds=5.0, interval=0.01, what=None):
    """Calls `condition` until it answers something true, and returns that; fails after `seconds` (times SLOWDOWN).
    An OSError inside counts as "not yet"."""
    end = time.monotonic() + seconds * SLOWDOWN
    last = None
    while True:
        try:
            last = condition()
            if last:
                return last
        except OSError as error:
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"{what or condition} did not come true within {seconds * SLOWDOWN:g} s (last: {last!r})")
        time.sleep(interval)


def was_seen(condition, seconds=1.0, interval=0.01):
    """Whether `condition` became true within `seconds`, for what may pass before anybody looks."""
    try:
        until(condition, seconds, interval)
    except AssertionError:
        return False
    return True
