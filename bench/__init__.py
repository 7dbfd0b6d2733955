"""Measures the budgets of a classroom on real containers; see docs/benchmarks.md."""
