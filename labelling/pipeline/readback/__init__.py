"""Labelled files back into the database: judgements become annotations that every export can take."""
