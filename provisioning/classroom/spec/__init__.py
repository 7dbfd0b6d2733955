"""What a classroom is to be: the class file as typed data, or every problem in it at once."""

from classroom.spec.document import Sources
from classroom.spec.fit import MachineFacts, Route, capacity, collisions, conflicts
from classroom.spec.load import Collisions, Loaded, load
from classroom.spec.model import (
    Attendee,
    ClassFile,
    EgressPolicy,
    GrafanaPolicy,
    ImagePolicy,
    Limits,
    TlsPolicy,
)
from classroom.spec.reading import Overrides
from classroom.spec.remarks import remarks

__all__ = [
    "Attendee",
    "ClassFile",
    "Collisions",
    "EgressPolicy",
    "GrafanaPolicy",
    "ImagePolicy",
    "Limits",
    "Loaded",
    "MachineFacts",
    "Overrides",
    "Route",
    "Sources",
    "TlsPolicy",
    "capacity",
    "collisions",
    "conflicts",
    "load",
    "remarks",
]
