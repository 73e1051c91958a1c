"""What a reward model may be called: its name stands on pages, in pictures, in terminals and in files' names."""

from typing import Final

LONGEST: Final = 128  # characters


def name_fault(name: str) -> str:
    """Why that is no name, or nothing."""
    if not name.strip() or len(name) > LONGEST:
        return f"A model's name has from 1 to {LONGEST} characters."
    if not name.isprintable():
        return "A model's name holds printable characters only: no line breaks, controls or marks of direction."
    return ""
