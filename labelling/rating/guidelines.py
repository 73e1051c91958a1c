"""Guidelines from Markdown to safe HTML: no raw HTML gets through, and what comes out is cleaned again."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt


@lru_cache(maxsize=32)
def rendered(markdown: str) -> SafeString:
    """HTML of a Markdown text. Formulas stay as they are written: the page sets them."""
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return mark_safe(nh3.clean(html))  # noqa: S308  cleaned in this very line
