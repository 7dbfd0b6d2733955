"""The class file, read: typed data and where each key was written, or every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from classroom.errors import SpecError
from classroom.spec.document import Document, Sources
from classroom.spec.files import MAX_CLASS_FILE, decode, read
from classroom.spec.model import ClassFile
from classroom.spec.problems import Place, Problems, Refused, display
from classroom.spec.reading import Overrides, Reading

NO_OVERRIDES = Overrides()

Collisions = Callable[[ClassFile], Iterable[tuple[str, str]]]
"""What makes a class file impossible where it is to be used: its keys, and what is wrong."""


@dataclass(frozen=True)
class Loaded:
    """A class file, and where each of its keys was written."""

    class_file: ClassFile
    sources: Sources


def load(
    path: Path, *, overrides: Overrides = NO_OVERRIDES, collisions: Collisions | None = None
) -> Loaded:
    """Read the class file at a path.

    Reads the files it names as well (attendees, certificates, the tarball's first bytes), and
    nothing else of the machine: what depends on the machine's state is in `classroom.spec.fit`.

    Args:
        path: the file.
        overrides: what the command line says instead of it.
        collisions: asked about what could be read of it, so that mistakes in the file and what
            this machine makes impossible are reported together.

    Raises:
        SpecError: with every problem of the file, of the files it names and of the overrides.
    """
    file = display(path)
    problems = Problems()
    try:
        text = decode(read(path.absolute(), MAX_CLASS_FILE))
    except Refused as refused:
        what = f"the class file {refused.why}"
        problems.add(Place(file), f"{what}; {refused.instead}" if refused.instead else what)
        text = ""
    document = Document(text, file, problems)
    class_file = Reading(document, path.absolute().parent, problems).class_file(overrides)
    document.finish()
    found = problems.texts()
    # Of what nobody could read as YAML, only defaults are known.
    if collisions and not problems.about(""):
        found += tuple(
            f"{document.sources[key]}: {key}: {what}"
            for key, what in collisions(class_file)
            if not any(problems.about(part) for part in _with_sections(key))
        )
    if found:
        raise SpecError(found, where=file)
    return Loaded(class_file, document.sources)


def _with_sections(key: str) -> Iterator[str]:
    """The key and the sections that it is in: of those too a problem means that it was not read."""
    parts = key.split(".")
    return (".".join(parts[:n]) for n in range(1, len(parts) + 1))
