"""Static files: addresses that change with their content, kept by browsers, sent compressed.

A file's address holds a hash of its content. Whoever asks with the hash may keep the answer for
good; whoever asks without one has to ask again.
"""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import Flask, Response, current_app, request
from flask.sansio.scaffold import Scaffold
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from app.web.access import everybody

FOR_GOOD = "public, max-age=31536000, immutable"
COMPRESSIBLE = {".css", ".js", ".svg"}


class StaticFile(NamedTuple):
    """What there is to know of a file."""

    content: bytes
    compressed: bytes | None
    version: str


def init_app(app: Flask) -> None:
    """Serve the static files of the site, and those of Bootstrap."""
    assert "bootstrap" in app.blueprints, "static.init_app comes after bootstrap.init_app"  # noqa: S101
    for endpoint in ("static", "bootstrap.static"):
        app.view_functions[endpoint] = serve


def static_url(filename: str, blueprint: str | None = None) -> str:
    """Return the address of a file in the static folder of the site, or of a blueprint.

    Raises FileNotFoundError if there is none: a page must not link to nothing.
    """
    find = _versioned_path.__wrapped__ if current_app.debug else _versioned_path
    return request.script_root + find(blueprint, filename)


@cache
def _versioned_path(blueprint: str | None, filename: str) -> str:
    file = _look_at(Path(_folder(blueprint), filename))
    endpoint = f"{blueprint}.static" if blueprint else "static"
    path = current_app.url_map.bind("localhost").build(endpoint, {"filename": filename})
    return f"{path}?v={file.version}"


@everybody
def serve(filename: str) -> Response:
    """Answer with a file, compressed where the browser can read that."""
    path = safe_join(_folder(request.blueprint), filename)
    if path is None or not Path(path).is_file():
        raise NotFound
    file = _look_at(Path(path))
    packed = file.compressed if request.accept_encodings["gzip"] > 0 else None
    response = Response(packed or file.content, mimetype=mimetypes.guess_type(path)[0])
    response.set_etag(f"{file.version}-gzip" if packed else file.version)
    if packed:
        response.content_encoding = "gzip"
    if file.compressed:
        response.vary.add("Accept-Encoding")
    versioned = request.args.get("v") == file.version
    response.headers["Cache-Control"] = FOR_GOOD if versioned else "no-cache"
    response.make_conditional(request)
    return response


def _folder(blueprint: str | None) -> str:
    owner: Scaffold = current_app.blueprints[blueprint] if blueprint else current_app
    return str(owner.static_folder)


def _look_at(path: Path) -> StaticFile:
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, _modified: int) -> StaticFile:
    """Read and compress a file, once for each time that it was changed."""
    content = path.read_bytes()
    compressed = gzip.compress(content, mtime=0) if path.suffix in COMPRESSIBLE else None
    return StaticFile(content, compressed, hashlib.sha256(content).hexdigest()[:12])
