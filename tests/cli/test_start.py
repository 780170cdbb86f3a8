"""Starting Flasky, and what is printed when it cannot start."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.commands import ROOT, failed, flask, run
from tests.servers import free_port, wait_for
from tools import prepare


def test_running_the_file_tells_how_to_run_flasky() -> None:
    answer = run("flasky.py")
    assert answer.returncode == 0
    assert "make run" in answer.stdout
    assert "flask shell" in answer.stdout


def test_flask_knows_the_application_without_being_told() -> None:
    printed = flask("routes", FLASK_APP="")
    assert "main.index" in printed


def test_a_start_does_not_look_for_garbage_and_what_follows_does() -> None:
    program = "import flasky, gc; print(gc.isenabled(), gc.get_freeze_count() > 100_000)"
    assert run("-c", program).stdout == "True True\n"


PRODUCTION = {"FLASK_CONFIG": "production"}
WRONG_SETTINGS = [
    (PRODUCTION, "SECRET_KEY is not set; make a key with: python -c 'import secrets; "),
    (PRODUCTION | {"SECRET_KEY": "x" * 32}, "TRUSTED_HOSTS is not set; write the site's host "),
    ({"MAIL_USE_TLS": "ture"}, "MAIL_USE_TLS: 'ture' is neither true nor false; write true or "),
    ({"BREACHED_PASSWORDS": "/no/such/list"}, "BREACHED_PASSWORDS: /no/such/list cannot be read: "),
]


@pytest.mark.parametrize(("environment", "message"), WRONG_SETTINGS)
@pytest.mark.parametrize("command", [["-m", "flask", "db", "upgrade"], ["flasky.py"]])
def test_a_wrong_setting_is_told_in_one_line(
    command: list[str], environment: dict[str, str], message: str
) -> None:
    printed = failed(*command, **environment)
    assert printed.startswith(f"Flasky cannot start: {message}")
    assert "\n" not in printed


def test_the_old_flask_bootstrap_is_told_from_the_new(tmp_path: Path) -> None:
    (tmp_path / "flask_bootstrap.py").write_text("class Bootstrap: pass\n")
    answer = run("flasky.py", PYTHONPATH=str(tmp_path))
    last_line = answer.stderr.splitlines()[-1]
    assert last_line.startswith(
        "ImportError: Flask-Bootstrap has overwritten Bootstrap-Flask; run: pip "
    )


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_dead_database_is_told_in_one_line(scheme: str) -> None:
    url = f"{scheme}://john:hidden@127.0.0.1:{free_port()}/flasky"
    message = failed("-m", "flask", "db", "upgrade", DEV_DATABASE_URL=url)
    assert "cannot be used: " in message
    assert "refused" in message
    assert "\n" not in message
    assert "hidden" not in message


def test_a_database_file_in_no_folder_is_told_in_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/no folder/data.sqlite"
    message = failed("-m", "flask", "db", "upgrade", DEV_DATABASE_URL=url)
    assert "cannot be used: there is no folder" in message
    assert "\n" not in message


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data.sqlite").write_text("a shopping list, not a database")
    url = f"sqlite:///{tmp_path}/data.sqlite"
    message = failed("-m", "flask", "db", "upgrade", DEV_DATABASE_URL=url)
    assert "cannot be used: file is not a database" in message
    assert "\n" not in message


def test_settings_are_read_from_env_in_the_project_and_nowhere_else(tmp_path: Path) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    script = project / "print_settings.py"
    script.write_text(
        "import os, sys, settings\n"
        "from pathlib import Path\n"
        "settings.BASEDIR = Path(sys.argv[1])\n"
        "os.chdir(sys.argv[2])\n"
        "from flasky import app\n"
        "print(app.config['FLASKY_ADMIN'], app.config['MAIL_PORT'], app.config['MAIL_SERVER'])\n"
    )
    (project / ".env").write_text("FLASKY_ADMIN=admin@example.com\nMAIL_PORT=2525\n")
    (elsewhere / ".env").write_text("MAIL_SERVER=elsewhere.example.com\n")
    environment = {"PYTHONPATH": str(ROOT), "FLASK_SKIP_DOTENV": "", "MAIL_PORT": "25"}
    answer = run(script, project, elsewhere, **environment)
    assert answer.stdout == "admin@example.com 25 None\n"


FLASKY_IN = "import sys, settings; from pathlib import Path; settings.BASEDIR = Path(sys.argv[1])\n"


def start_in(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Load Flasky as if it stood in that folder."""
    script = folder / "load.py"
    script.write_text(FLASKY_IN + "import flasky")
    settings = {"FLASK_CONFIG": "", "DATABASE_URL": "", "FLASK_RUN_FROM_CLI": "true"}
    settings |= {"FLASK_SKIP_DOTENV": "", "PYTHONPATH": str(ROOT)}
    return run(script, folder, **settings | environment)


def test_settings_that_this_user_may_not_read_are_never_left_out(tmp_path: Path) -> None:
    (tmp_path / ".env").symlink_to(tmp_path / "not for everybody")
    answer = start_in(tmp_path)
    assert answer.returncode == 3
    assert answer.stderr.startswith(f"Flasky cannot start: the settings in {tmp_path}/.env cannot ")
    assert answer.stderr.endswith("; run this as a user who may read them.\n")


@pytest.mark.parametrize("sign", ["data.sqlite", "DATABASE_URL"])
def test_development_beside_a_site_says_so(tmp_path: Path, sign: str) -> None:
    assert start_in(tmp_path).stderr == ""  # as a newcomer does
    settings = {}
    if sign == "DATABASE_URL":
        settings[sign] = "postgresql://john:hidden@localhost/flasky"
    else:
        (tmp_path / sign).touch()
    answer = start_in(tmp_path, DEV_DATABASE_URL="sqlite:///mine.sqlite", **settings)
    assert answer.returncode == 0
    assert answer.stderr.startswith("FLASK_CONFIG is not set, so this is development, on sqlite:/")
    assert "mine.sqlite; " in answer.stderr
    assert sign in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert "hidden" not in answer.stderr
    for chosen in ("development", "testing"):
        assert start_in(tmp_path, FLASK_CONFIG=chosen, **settings).stderr == ""


def test_a_server_that_cannot_start_does_not_say_that_it_has() -> None:
    answer = run("-m", "tools.serve", f"--port={free_port()}", MAIL_USE_TLS="ture")
    assert answer.returncode != 0
    assert "Flasky is at" not in answer.stdout
    assert "Flasky cannot start: MAIL_USE_TLS" in answer.stderr


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", ""])
def test_a_port_that_is_none_is_told_in_one_line(port: str) -> None:
    message = failed("-m", "tools.serve", f"--port={port}")
    assert message.startswith(f"{port!r} is not valid; write a number from 1 to 65535")
    assert "make run PORT=8080" in message


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        message = failed("-m", "tools.serve", f"--port={port}")
    assert message == (
        f"Port {port} cannot be used: another program listens there. "
        "Take another one, as in: make run PORT=8080"
    )


def test_a_python_that_is_too_old_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13, "final", 0))
    with pytest.raises(SystemExit, match=r"Flasky needs Python 3\.11 or newer, and .* 3\.10\.13"):
        prepare.check_python()


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find_spec(name)
    )
    with pytest.raises(SystemExit, match=r"lacks the ensurepip module.*apt install python3"):
        prepare.check_python()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    message = failed("tools/prepare.py", tmp_path / "a file", "requirements.txt")
    assert message == f"Cannot write to {tmp_path / 'a file'}: File exists."


def test_no_network_is_told_in_one_line(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/simple/"
    message = failed(
        "tools/prepare.py",
        tmp_path / "venv",
        "requirements.txt",
        PIP_CONFIG_FILE=os.devnull,
        PIP_EXTRA_INDEX_URL="",
        PIP_INDEX_URL=nobody,
        PIP_NO_CACHE_DIR="1",
    )
    assert message.startswith("The packages could not be downloaded: is there a network?")
    assert "\n" not in message


@pytest.mark.parametrize("how", ["ctrl-c", "window-closed", "terminated"])
def test_a_server_ends_as_one_ends_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("DEV_DATABASE_URL", f"sqlite:///{tmp_path}/data.sqlite")
    port = free_port()
    command = ["-m", "tools.serve", f"--port={port}"]
    terminal = pexpect.spawn(sys.executable, command, cwd=ROOT, timeout=60)
    terminal.expect_exact(f"http://127.0.0.1:{port}/")
    wait_for(port)
    if how == "ctrl-c":
        terminal.sendintr()
    else:
        terminal.kill(signal.SIGHUP if how == "window-closed" else signal.SIGTERM)
    terminal.expect(pexpect.EOF)
    terminal.close()
    socket.create_server(("127.0.0.1", port)).close()
