"""Looks after a classroom while it runs: probes it, revives it, keeps its volumes within bounds."""
