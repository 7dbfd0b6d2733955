"""What should be, what is, and what to do: pure data and functions."""
