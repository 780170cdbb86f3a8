"""Static files: addresses that change with their content, kept by browsers, sent compressed.

A file's address holds a hash of its content. Whoever asks with the hash may keep the answer for
good; whoever asks without one has to ask again.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Callable
from functools import cache, partial
from os.path import isfile
from pathlib import Path
from typing import NamedTuple

import brotli
from flask import Flask, Response, current_app, request
from flask.sansio.scaffold import Scaffold
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from app.web.access import everybody_alike
from app.web.content_negotiation import choose_encoding

FOR_GOOD = "public, max-age=31536000, immutable"
COMPRESSIBLE = {".css", ".js", ".svg"}
# The one that leaves less comes first. Of Bootstrap's 232 kB, gzip leaves 30.9; brotli leaves 28.3,
# 26.6, 23.5 and 23.0 at the qualities 5, 9, 10 and 11, in 2, 15, 76 and 205 ms.
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=10),
    "gzip": partial(gzip.compress, mtime=0),
}


class StaticFile(NamedTuple):
    """What there is to know of a file."""

    content: bytes
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


@everybody_alike
def serve(filename: str) -> Response:
    """Answer with a file, compressed where the browser can read that."""
    path = safe_join(_folder(request.blueprint), filename)
    if path is None or not isfile(path):  # noqa: PTH113  # a Path fails for a very long name
        raise NotFound
    file = _look_at(Path(path))
    compressible = Path(path).suffix in COMPRESSIBLE
    encoding = choose_encoding(COMPRESSORS) if compressible else None
    content = _compress(file.content, encoding) if encoding else file.content
    response = Response(content, mimetype=mimetypes.guess_type(path)[0])
    response.set_etag(f"{file.version}-{encoding}" if encoding else file.version)
    if encoding:
        response.content_encoding = encoding
    if compressible:
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
    """Read a file, once for each time that it was changed."""
    content = path.read_bytes()
    return StaticFile(content, hashlib.sha256(content).hexdigest()[:12])


@cache
def _compress(content: bytes, encoding: str) -> bytes:
    """Compress a file when it is first asked for: a page that links to it does not wait."""
    return COMPRESSORS[encoding](content)
