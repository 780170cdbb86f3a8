"""The file of an SQLite database."""

import shutil
import stat
from pathlib import Path

from app.doctor.checks import Finding, check, fail, ok, warn
from app.doctor.database import IT_ANSWERS
from app.doctor.files import show_mode
from app.extensions import db
from app.sqlite_file import LEAST_ROOM
from safe_schema.copies.files import COMPANIONS
from safe_schema.copies.sqlite import get_path

MOUNTS = Path("/proc/self/mountinfo")  # of Linux; see proc(5)
# Where locks, or shared memory, do not hold: https://sqlite.org/wal.html
NETWORK = {"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "nfs", "nfs4", "smb3"}
PRIVATE = ~(stat.S_IRWXG | stat.S_IRWXO)
ROOM_WANTED = 10 * LEAST_ROOM  # bytes; and room for a copy of all


def find_file_system(path: Path) -> str:
    """Return of what kind the file system is that a path is on, or nothing if nobody knows."""
    found, kind = "", ""
    if MOUNTS.exists():
        for line in MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines():
            place, _, rest = line.partition(" - ")
            point = place.split()[4].encode().decode("unicode_escape")  # a blank is \040
            if path.is_relative_to(point) and len(point) >= len(found):
                found, kind = point, rest.split()[0]
    return kind


@check("F024", needs=[IT_ANSWERS])
def is_on_a_local_disk() -> Finding | None:
    """Look whether the file is on a disk of this machine."""
    path = get_path(db.engine.url)
    if path is None:
        return None
    kind = find_file_system(path.resolve())
    if kind in NETWORK:
        seen = f"the database is on a network's file system, {kind}, where it can be destroyed"
        return fail(seen, "move it to a disk of this machine, or use PostgreSQL or MariaDB")
    return ok(f"the database is on a disk of this machine ({kind or 'of unknown kind'})")


@check("F025", needs=[IT_ANSWERS])
def readers_and_a_writer_work_at_once() -> Finding | None:
    """Look whether the file has its write-ahead log."""
    if get_path(db.engine.url) is None:
        return None
    with db.engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    if mode == "wal":
        return ok("the database has its write-ahead log")
    seen = f"the database has no write-ahead log, but journal_mode {mode}"
    return fail(seen, "let its folder be writable, on a disk of this machine")


@check("F026", needs=[IT_ANSWERS])
def has_room() -> Finding | None:
    """Look whether the file can grow, and be copied."""
    path = get_path(db.engine.url)
    if path is None:
        return None
    free, size = shutil.disk_usage(path.absolute().parent).free, path.stat().st_size
    seen = f"{free // 10**6} MB are free on the disk of the database, which has {size // 10**6} MB"
    if free < LEAST_ROOM:
        return fail(seen, "make room: nothing can be written")
    if free < ROOM_WANTED + size:
        return warn(
            seen, "make room: there is none for growth, and for the copy before a migration"
        )
    return ok(seen)


@check("F027", needs=[IT_ANSWERS])
def is_for_its_owner_alone() -> Finding | None:
    """Look at the rights of the file, of what SQLite keeps beside it, and of the folder."""
    path = get_path(db.engine.url)
    if path is None:
        return None
    files = [path, *(path.with_name(path.name + end) for end in COMPANIONS)]
    opened = [
        each for each in files if each.exists() and stat.S_IMODE(each.stat().st_mode) & ~PRIVATE
    ]
    if opened:
        named = " ".join(map(str, opened))
        return fail(f"others may read {named} ({show_mode(opened[0])})", f"run: chmod 600 {named}")
    folder = path.absolute().parent
    if folder.stat().st_mode & stat.S_IWOTH and not folder.stat().st_mode & stat.S_ISVTX:
        return fail(f"others may replace what is in {folder}", f"run: chmod o-w {folder}")
    return ok(f"the database is for its owner alone ({show_mode(path)})")
