"""Proves, over the network alone, that a classroom works: :func:`prove` and its types."""

from classroom.probe.prove import prove
from classroom.probe.result import Result, State
from classroom.probe.target import COMPONENTS, INGRESS, Frontdoor, Seat

__all__ = ["COMPONENTS", "INGRESS", "Frontdoor", "Result", "Seat", "State", "prove"]
