"""The proxies of deploy/, started with the settings that an operator copies from there."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from safe_schema.tests.databases import missing
from tests.servers import ROOT, free_port, stop, wait_for

NAME = "flasky.example.com"  # as the files of deploy/ have it
SEVERAL = ["10.0.0.1:8000", "10.0.0.2:8000"]  # as they have them in comments


class Proxy(NamedTuple):
    """A proxy that runs: its ports, and what it has logged."""

    https: int
    http: int
    log: Path


class Place(NamedTuple):
    """Where a test lets a proxy run."""

    folder: Path
    certificate: Path
    key: Path
    https: int
    http: int
    upstreams: list[int]

    @property
    def log(self) -> Path:
        """The file of what it logs about requests."""
        return self.folder / "log"

    def adapt(self, file: str, changes: dict[str, str]) -> str:
        """Return a file of deploy/ for this place. What is changed has to be there."""
        text = (ROOT / "deploy" / file).read_text(encoding="utf-8")
        hosts = ["127.0.0.1:8000"]
        if len(self.upstreams) > 1:
            text, hosts = for_several_hosts(text), SEVERAL
        here = [f"127.0.0.1:{port}" for port in self.upstreams]
        for former, present in (dict(zip(hosts, here, strict=True)) | changes).items():
            assert former in text, f"deploy/{file} has no {former}"
            text = text.replace(former, present)
        return text


def for_several_hosts(text: str) -> str:
    """Return settings in which what stands there for several hosts is no comment any more."""
    text = re.sub(r"(?m)^ *server .*127\.0\.0\.1:8000.*\n", "", text)
    text = re.sub(r"(?m)^(\s*)#((default-)?server|fail_duration)\b", r"\1\2", text)
    return text.replace("{$FLASKY:127.0.0.1:8000}", " ".join(SEVERAL))


def nginx(place: Place) -> list[str]:
    """Write the settings of nginx, and return the command that starts it."""
    site = place.adapt(
        "nginx.conf",
        {
            NAME: "localhost",
            "listen 80;": f"listen 127.0.0.1:{place.http};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{place.https} ssl http2;",
            "listen [::]:80;": "",
            "listen [::]:443 ssl http2;": "",
            "/etc/letsencrypt/live/localhost/fullchain.pem": str(place.certificate),
            "/etc/letsencrypt/live/localhost/privkey.pem": str(place.key),
            "/var/log/nginx/flasky.log": str(place.log),
        },
    )
    kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    folders = "".join(f"{kind}_temp_path {place.folder}/{kind};\n" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    main = f"daemon off; {user} pid {place.folder}/pid; error_log stderr; events {{}}\n"
    file = place.folder / "nginx.conf"
    file.write_text(f"{main} http {{\n{folders}{site}}}\n", encoding="utf-8")
    return ["nginx", "-e", "stderr", "-c", str(file)]


def caddy(place: Place) -> list[str]:
    """Write the settings of Caddy, and return the command that starts it."""
    ports = f"admin off\n\thttp_port {place.http}\n\thttps_port {place.https}"
    text = place.adapt(
        "Caddyfile",
        {
            "{\n\tservers {": f"{{\n\t{ports}\n\tservers {{",
            f"\n{NAME} {{": f"\nlocalhost {{\n\ttls {place.certificate} {place.key}",
            "/var/log/caddy/flasky.log": str(place.log),
        },
    )
    file = place.folder / "Caddyfile"
    file.write_text(text, encoding="utf-8")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]


def haproxy(place: Place) -> list[str]:
    """Write the settings of HAProxy, and return the command that starts it."""
    pair = place.folder / "pair.pem"
    pair.write_text(place.certificate.read_text() + place.key.read_text(), encoding="ascii")
    text = place.adapt(
        "haproxy.cfg",
        {
            "log /dev/log local0": "log stdout format raw local0",
            "bind :80\n": f"bind 127.0.0.1:{place.http}\n",
            "bind :443 ": f"bind 127.0.0.1:{place.https} ",
            "/etc/haproxy/flasky.pem": str(pair),
        },
    )
    file = place.folder / "haproxy.cfg"
    file.write_text(text, encoding="utf-8")
    return ["haproxy", "-db", "-f", str(file)]


PROXIES: dict[str, Callable[[Place], list[str]]] = {
    "nginx": nginx,
    "caddy": caddy,
    "haproxy": haproxy,
}


@contextmanager
def proxy(
    name: str, upstream: int | list[int], folder: Path, certificate: Path, key: Path
) -> Iterator[Proxy]:
    """Start a proxy before whoever listens on that port, or before two hosts."""
    if not shutil.which(name):
        missing(f"there is no {name}: apt-get install {name}")
    upstreams = upstream if isinstance(upstream, list) else [upstream]
    place = Place(folder, certificate, key, free_port(), free_port(), upstreams)
    environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    command = PROXIES[name](place)
    with place.log.open("ab") as log:
        process = subprocess.Popen(command, stdout=log, env=environment, cwd=folder)
        try:
            wait_for(place.https)
            yield Proxy(place.https, place.http, place.log)
            assert process.poll() is None, f"{name} ended by itself"
        finally:
            stop(process)
