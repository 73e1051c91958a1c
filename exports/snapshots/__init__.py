"""Snapshots: datasets frozen for good, each named by the hash of what it holds. docs/snapshots.md tells how."""
