"""Everything that touches Docker, Compose, secrets and the lock."""
