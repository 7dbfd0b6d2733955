"""The order of events: rounds of making and removing, then one classroom that stays a while."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import cgroups, host, idle
from bench.attendee import work_and_leave
from bench.command import own_cpu, run
from bench.engine import Engine
from bench.errors import BenchError
from bench.making import Maker, limit_for
from bench.outcome import Growth, Memory, Outcome, Sample
from bench.recorded import RecordedStack, record
from bench.removal import remove
from bench.setting import Setting
from classroom.engine import proc
from classroom.engine.planning import ROOT, state_folder
from classroom.front import keys

REST_SECONDS = 60.0
"""Between the last proof and a look at memory: starting programs use more for a moment."""

REPEATS = 3
"""Of the steps that change nothing; the median counts."""


@dataclass(frozen=True)
class Session:
    """One benchmark of one classroom; what it finds goes into ``outcome``."""

    engine: Engine
    setting: Setting
    outcome: Outcome
    say: Callable[[str], None]

    def rounds(self, count: int, ways: tuple[str, ...]) -> None:
        """Provision, then make the same in other ways; in turn, as often as asked."""
        for number in range(1, count + 1):
            self._made("provision", lambda: self._command("provision"))
            stacks = record(self.engine, self.setting.name)
            maker = self._maker(stacks)
            self._step("teardown", lambda: self._command("teardown", "--no-collect", "--confirm"))
            makers = {
                "bare API": maker.bare,
                "Compose": maker.compose,
                "plain Ansible": maker.plain_ansible,
            }
            for way in ways:
                self._made(way, makers[way])
                if way == "bare API" and number == 1:
                    self._require_same(stacks)
                self._step("bare removal", self._remove)

    def stay(self, minutes: int) -> None:
        """Provision once more, and look at what a classroom costs while it is there."""
        before = proc.memory_available()
        self._made("provision", lambda: self._command("provision"))
        proven = time.monotonic()
        for _ in range(REPEATS):
            self._step("second run", lambda: self._command("provision"))
            self._step("health", lambda: self._command("health"))
        time.sleep(max(0.0, proven + REST_SECONDS - time.monotonic()))
        self._memory(before, proven)
        if minutes:
            seats, at_once = self.setting.seats, self.setting.at_once
            work_and_leave(self.engine, self.setting.name, seats, at_once=at_once)
            found = cgroups.groups(self.engine, self.setting.name)
            self.outcome.idle = idle.watch(found, minutes, self.say)
            self._memory(before, proven)
        self._step("teardown", lambda: self._command("teardown", "--no-collect", "--confirm"))

    def growth(self) -> Growth:
        """Provision this size once, and look at its memory."""
        before = proc.memory_available()
        with self._sampled(f"provision of {self.setting.seats}") as samples:
            self._command("provision")
        time.sleep(REST_SECONDS)
        memory = measured_memory(self.engine, self.setting.name, before, REST_SECONDS)
        return Growth(self.setting.seats, samples[0], memory)

    def _memory(self, before: int, proven: float) -> None:
        rested = time.monotonic() - proven
        memory = measured_memory(self.engine, self.setting.name, before, rested)
        self.outcome.memory.append(memory)

    def _made(self, way: str, action: Callable[[], object]) -> None:
        with self._sampled(way) as samples:
            action()
        self.outcome.made.setdefault(way, []).extend(samples)

    def _step(self, step: str, action: Callable[[], object]) -> None:
        with self._sampled(step) as samples:
            action()
        self.outcome.steps.setdefault(step, []).extend(samples)

    @contextmanager
    def _sampled(self, what: str) -> Iterator[list[Sample]]:
        samples: list[Sample] = []
        before, own, began = proc.processor(), own_cpu(), time.perf_counter()
        yield samples
        took, after = time.perf_counter() - began, proc.processor()
        sample = Sample(
            seconds=took,
            busy=after.busy - before.busy,
            own=own_cpu() - own,
            stolen=after.stolen - before.stolen,
        )
        samples.append(sample)
        self.say(f"{what}: {took:.1f} s; CPU {sample.busy:.1f} s, own {sample.own:.1f} s")

    def _command(self, *words: str) -> None:
        """Run ./classroom on the measured class file."""
        command = [str(ROOT / "classroom"), *words, "--file", str(self.setting.file)]
        run(command, self.setting.folder / "classroom.log", seconds=limit_for(self.setting.seats))

    def _maker(self, stacks: tuple[RecordedStack, ...]) -> Maker:
        """Keep the rendered Compose files and the keys: teardown removes them."""
        kept = self.setting.folder / "compose"
        shutil.rmtree(kept, ignore_errors=True)
        state = state_folder(self.setting.name)
        shutil.copytree(state.rendered("seat").parent, kept)
        return Maker(self.engine, self.setting, stacks, kept, keys(state))

    def _require_same(self, stacks: tuple[RecordedStack, ...]) -> None:
        """A floor counts only if it made the same objects."""
        for ours, floor in zip(stacks, record(self.engine, self.setting.name), strict=True):
            if ours != floor:
                raise BenchError(f"{ours.name} by bare calls is not the same: {ours} / {floor}")

    def _remove(self) -> None:
        remove(self.engine, self.setting.name, at_once=self.setting.at_once)


def measured_memory(engine: Engine, classroom: str, before: int, after: float) -> Memory:
    """Return what a classroom uses now; ``before`` it, so much was available."""
    found = cgroups.groups(engine, classroom)
    return Memory(
        after=after,
        host=before - proc.memory_available(),
        components=cgroups.memory_by_component(found),
        shims=host.shim_memory({g.container for g in found}),
    )


def on_terminal(line: str) -> None:
    """Say how far it is, beside the table that goes to standard output."""
    print(f"  {time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)
