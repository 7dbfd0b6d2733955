"""Verdicts on what components answer: pure functions, a module per component.

Each function takes replies and returns the fact it was written to establish, or raises
:class:`~classroom.probe.reply.Unproven`.
"""
