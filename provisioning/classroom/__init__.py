"""Provision, prove and tear down a Temporal classroom: one isolated stack per attendee."""
