"""How a seat's Prometheus is asked. Three rules hold for every expression.

Totals are raw counters: ``increase()`` extrapolates, and it misses a counter that is born at 1,
which in a class is most of them.

What a counter gained lately is the difference to then, for the same reason. A counter that was not
there then was 0, and one that was higher has begun anew since, with its process.

Zero means zero. A counter that is missing because nothing was counted yet reads 0, but only as
long as the last scrape worked; what nobody could measure has no value at all.

No expression leaves out what is not the attendee's: Prometheus does not store it (see
prometheus/prometheus.yml.j2, which also names the jobs and all metrics there are).
"""

from __future__ import annotations

SERVER = "temporal-server"
WORKER = "worker"
API = "temporal-api"
"""What the workspace asks the server's API for, since no metric of the server's tells."""

CLASSROOM = "classroom"
"""What the class Prometheus reads of the portal, and by its way of watch."""

_ALWAYS_THERE = (SERVER, CLASSROOM)
"""If a counter of theirs was missing, that scrape may have failed. A worker that was not there, as
workers often are, had counted nothing."""

MINUTE = "1m"
"""Short enough to see an order of one's own come and go."""

WHILE = "5m"
"""Long enough for a share or a quantile to be one of more than two; the alerts take the same."""


def of(metric: str, *labels: str) -> str:
    """Return the selector of a metric of the server."""
    selected = ",".join(filter(None, labels))
    return f"{metric}{{{selected}}}" if selected else metric


def of_worker(metric: str, *labels: str) -> str:
    """Return the selector of a worker's metric; the server's own workers have the same names."""
    return of(metric, f'job="{WORKER}"', *labels)


def total(series: str, job: str = SERVER) -> str:
    """Return the sum of a job's series, which is 0 if the job answers and has none of them."""
    return f"sum({series} or {_zero(job)})"


def total_by(label: str, series: str, job: str = SERVER) -> str:
    """Return a job's totals for each value of a label; 0 for "none yet" if there is none."""
    return f"sum by ({label}) ({series} or on() {_none_yet(label, job)})"


def greatest(series: str) -> str:
    """Return the greatest of the server's values, which is 0 if it answers and has none."""
    return f"max({series} or {_zero(SERVER)})"


def greatest_by(label: str, series: str) -> str:
    """Return the greatest of the server's values for each value of a label."""
    return f"max by ({label}) ({series} or on() {_none_yet(label, SERVER)})"


def gained(series: str, job: str = SERVER, *, within: str = MINUTE) -> str:
    """Return how much a job's counters gained lately, all together; 0 if nothing.

    There is no answer if a scrape of then failed whose page is always there.
    """
    return f"sum({_gained(series, job, within)} or {_zero_then(job, within)})"


def gained_by(label: str, series: str, job: str = SERVER, *, within: str = MINUTE) -> str:
    """Return what a job's counters gained lately, for each value of a label."""
    gains = _gained(series, job, within)
    return f"sum by ({label}) ({gains} or on() {_none_yet(label, job)})"


def mean(histogram: str, labels: str, job: str = SERVER, *, within: str = MINUTE) -> str:
    """Return the mean of what a histogram took in lately; 0 if nothing.

    This sees what ``rate()`` does not: the first task of a queue, which waited until somebody
    started a worker.
    """
    amount = gained(_part(histogram, "sum", labels, job), job, within=within)
    number = gained(_part(histogram, "count", labels, job), job, within=within)
    return f"{amount} / clamp_min({number}, 1)"


def mean_by(
    label: str, histogram: str, labels: str, job: str = SERVER, *, within: str = WHILE
) -> str:
    """Return the mean of what a histogram took in lately, for each value of a label."""
    amount = gained_by(label, _part(histogram, "sum", labels, job), job, within=within)
    number = gained_by(label, _part(histogram, "count", labels, job), job, within=within)
    return f"{amount} / clamp_min({number}, 1)"


def quantile(
    share: float, histogram: str, labels: str, job: str = SERVER, *, within: str = WHILE
) -> str:
    """Return below what a share of the values lies that a histogram took in lately; 0 if none.

    It is as exact as the histogram's bounds: within one bucket, the rest is a guess.
    """
    gains = _gained(_part(histogram, "bucket", labels, job), job, within)
    known = f"histogram_quantile({share}, sum by (le) ({gains})) >= 0"
    return f"{known} or on() max({_zero_then(job, within)})"


def buckets(histogram: str, labels: str, job: str = SERVER) -> str:
    """Return how many values a histogram took in up to each of its bounds, in all."""
    none = f'label_replace({_zero(job)}, "le", "+Inf", "", "")'
    return f"sum by (le) ({_part(histogram, 'bucket', labels, job)} or on() {none})"


def worker_started(*, within: str) -> str:
    """Return the workers that began lately, by address and queue.

    Either their metrics are new, or a counter has begun anew: a process that is replaced between
    two scrapes is never seen to be away.
    """
    start = of_worker("temporal_worker_start")
    polls = of_worker("temporal_long_request", 'operation=~"Poll.*TaskQueue"')
    new = f"{start} unless {start} offset {within}"
    return f"sum by (instance, task_queue) ({new} or resets({polls}[{within}]) > 0)"


def no_worker() -> str:
    """Return 1 while no worker answers."""
    return f'max(up{{job="{WORKER}"}}) == bool 0'


def _part(histogram: str, part: str, labels: str, job: str) -> str:
    select = of_worker if job == WORKER else of
    return select(f"{histogram}_{part}", labels)


def _gained(series: str, job: str, within: str) -> str:
    new = f"{series} * 0"
    if job in _ALWAYS_THERE:
        new = f"{new} unless on() {_failed_then(job, within)}"
    return f"({series} - ({series} offset {within} <= {series} or {new}))"


def _zero(job: str) -> str:
    return f'(up{{job="{job}"}} == 1) * 0'


def _zero_then(job: str, within: str) -> str:
    zero = _zero(job)
    return f"({zero} unless {_failed_then(job, within)})" if job in _ALWAYS_THERE else zero


def _failed_then(job: str, within: str) -> str:
    return f'up{{job="{job}"}} offset {within} == 0'


def _none_yet(label: str, job: str) -> str:
    return f'label_replace({_zero(job)}, "{label}", "none yet", "", "")'
