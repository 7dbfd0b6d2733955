"""The class file, read: typed data and where each key was written, or every problem at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from classroom.errors import SpecError
from classroom.spec.document import Document, Sources
from classroom.spec.files import MAX_CLASS_FILE, decode, read
from classroom.spec.model import ClassFile
from classroom.spec.problems import Place, Problems, Refused, display
from classroom.spec.reading import Overrides, Reading

NO_OVERRIDES = Overrides()


@dataclass(frozen=True)
class Loaded:
    """A class file, and where each of its keys was written."""

    class_file: ClassFile
    sources: Sources


def load(path: Path, *, overrides: Overrides = NO_OVERRIDES) -> Loaded:
    """Read the class file at a path.

    Reads the files it names as well (attendees, certificates, the tarball's first bytes), and
    nothing else of the machine: what depends on the machine's state is in `classroom.spec.fit`.

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
    if found:
        raise SpecError(found, where=file)
    return Loaded(class_file, document.sources)
