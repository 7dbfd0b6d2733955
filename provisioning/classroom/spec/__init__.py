"""What a classroom is to be: the class file as typed data, or every problem in it at once."""

from classroom.spec.document import Sources
from classroom.spec.fit import MachineFacts, Route, capacity, conflicts
from classroom.spec.load import Loaded, load
from classroom.spec.model import Attendee, ClassFile, GrafanaPolicy, ImagePolicy, Limits
from classroom.spec.reading import Overrides

__all__ = [
    "Attendee",
    "ClassFile",
    "GrafanaPolicy",
    "ImagePolicy",
    "Limits",
    "Loaded",
    "MachineFacts",
    "Overrides",
    "Route",
    "Sources",
    "capacity",
    "conflicts",
    "load",
]
