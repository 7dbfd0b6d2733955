"""The live classroom, verified: what `make verify` runs."""
