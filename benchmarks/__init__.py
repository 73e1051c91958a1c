"""Measurements, each runnable alone: ``python -m benchmarks.NAME --json`` prints one JSON object on its last line."""
