"""What ends a benchmark early."""


class BenchError(Exception):
    """A measurement could not be made; the message says which, and what was seen."""
