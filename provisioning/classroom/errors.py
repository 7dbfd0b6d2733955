"""The one exception tree. A message says what happened, where, and what to do about it."""

from __future__ import annotations


class ClassroomError(Exception):
    """Something an instructor has to know about.

    Attributes:
        what: what happened, one sentence without a final full stop.
        where: the place: a file and line, a seat and component, a port.
        remedy: what to do next, an instruction that can be followed as it stands.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  -> {self.remedy}" if self.remedy else head


class UsageError(ClassroomError):
    """The command or the class file asks for something that does not exist or cannot be."""

    exit_code = 2


class SpecError(UsageError):
    """The class file is wrong; carries every problem found, not only the first."""

    def __init__(self, problems: tuple[str, ...], *, where: str) -> None:
        count = f"{len(problems)} problem" + ("s" if len(problems) != 1 else "")
        super().__init__(f"{count}:\n  " + "\n  ".join(problems), where=where)
        self.problems = problems


class RefusedError(UsageError):
    """The command is well formed, but carrying it out needs a consent that was not given."""


class PreflightError(ClassroomError):
    """The machine cannot hold or run what is asked for; nothing has been changed."""


class EngineError(ClassroomError):
    """The Docker engine, or Compose, refused or failed an operation."""


class KernelError(ClassroomError):
    """The machine's kernel can't do what is asked for."""


class ImageError(ClassroomError):
    """An image could not be pulled or built."""


class PortalError(ClassroomError):
    """The portal did not answer, or refused what the host asked of it."""


class LockedError(ClassroomError):
    """Another run holds the classroom's lock."""
