"""How good a reward model is, as plain values: on labelled steps, in finding first errors, in choosing samples."""
