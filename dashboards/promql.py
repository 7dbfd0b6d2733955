"""How a seat's Prometheus is asked. Two rules hold for every expression.

Totals are raw counters: ``increase()`` extrapolates, and it misses a counter that is born at 1,
which in a class is most of them.

Zero means zero. A counter that is missing because nothing was counted yet reads 0, but only as
long as the last scrape worked; what nobody could measure has no value at all.

No expression leaves out what is not the attendee's: Prometheus does not store it (see
prometheus/prometheus.yml.j2, which also names the two jobs and all metrics there are).
"""

from __future__ import annotations

SERVER = "temporal-server"
WORKER = "worker"


def total(series: str, job: str = SERVER) -> str:
    """Return the sum of a job's series, which is 0 if the job answers and has none of them."""
    return f"sum({series} or {_zero(job)})"


def total_by(label: str, series: str) -> str:
    """Return the server's totals for each value of a label; 0 for "none yet" if there is none."""
    zero = f'label_replace({_zero(SERVER)}, "{label}", "none yet", "", "")'
    return f"sum by ({label}) ({series} or on() {zero})"


def mean_of_last_minute(histogram: str, labels: str) -> str:
    """Return the mean of what a histogram of the server took in within a minute; 0 if nothing.

    The difference to a minute ago sees what ``rate()`` does not: the first task of a queue, which
    waited until somebody started a worker. There is no answer if the scrape of a minute ago
    failed, and none in the minute after a server restart, when the difference is negative.
    """
    amount = _gained(f"{histogram}_sum{{{labels}}}")
    number = _gained(f"{histogram}_count{{{labels}}}")
    return f"({amount}) / clamp_min(({number}) >= 0, 1)"


def _gained(series: str) -> str:
    failed_then = f'up{{job="{SERVER}"}} offset 1m == 0'
    then = f"sum({series} offset 1m or ({_zero(SERVER)} unless {failed_then}))"
    return f"{total(series)} - {then}"


def _zero(job: str) -> str:
    return f'(up{{job="{job}"}} == 1) * 0'
