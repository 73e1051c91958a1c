"""The embedded PRM: a small reward model that learns from labels on a CPU in seconds. No Django, no torch here."""
