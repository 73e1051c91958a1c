"""Transformer checkpoints as PRMs: the card that declares one, its texts as tokens, batches, and the forward pass."""
