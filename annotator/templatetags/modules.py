"""Links that let a browser fetch all modules of a page at once, instead of level by level as it reads their imports."""

import re
from functools import lru_cache
from pathlib import Path, PurePosixPath
from posixpath import normpath

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# Not what `import()` brings when it is used.
STATIC_IMPORT = re.compile(r"""^(?:import|export)\b[^;()]*?["'](\.[^"']+)["']""", re.MULTILINE)


@register.simple_tag
def module_preloads(entry: str) -> SafeString:
    """``<link rel="modulepreload">`` for a module and everything that it imports statically."""
    return format_html_join(
        "\n", '<link rel="modulepreload" href="{}">', ((static(name),) for name in modules_of(entry))
    )


@lru_cache(maxsize=16)
def modules_of(entry: str) -> tuple[str, ...]:
    """The names of a module and of all that it leads to, in the order in which they are met, those of vendors first."""
    waiting, found = [entry], dict.fromkeys([entry])
    for name in waiting:
        path = finders.find(name)
        if path is None:
            raise LookupError(f"there is no static file {name}")
        folder = PurePosixPath(name).parent
        for target in STATIC_IMPORT.findall(Path(path).read_text(encoding="utf-8")):
            imported = normpath(str(folder / target))
            if imported not in found:
                found[imported] = None
                waiting.append(imported)
    return tuple(sorted(found, key=lambda name: not name.startswith("vendor/")))
