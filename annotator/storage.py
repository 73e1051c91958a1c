"""Static files under hashed names, the imports of native ES modules rewritten to match: no bundler needed.

Our own scripts and styles are collected without their comments and indentation, which nobody need download. Names and
lines of code stay as they are written, so a browser's tools show readable code without source maps.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import rcssmin
import rjsmin
from django.core.files.base import ContentFile, File
from whitenoise.storage import CompressedManifestStaticFilesStorage

NOT_OURS: Final = {"account", "admin", "rest_framework", "vendor"}
MINIFIERS: Final = {".js": rjsmin.jsmin, ".css": rcssmin.cssmin}


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise has no types
    support_js_module_import_aggregation = True

    def save(self, name: str, content: File[Any], max_length: int | None = None) -> str:
        """What ``collectstatic`` calls for each file that it finds; hashing comes later."""
        path = PurePosixPath(name)
        minify = MINIFIERS.get(path.suffix)
        if minify is not None and path.parts[0] not in NOT_OURS:
            content = ContentFile(minify(content.read().decode()).encode())
        return str(super().save(name, content, max_length))

    def post_process(self, paths: Mapping[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Hash what was collected: Django's own would read the files where they came from."""
        yield from super().post_process({name: (self, name) for name in paths}, dry_run, **options)
