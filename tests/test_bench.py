"""The benchmarks can be run. How long what they measure takes is no test's business."""

from tests.commands import run


def test_every_kind_of_greeting_is_measured() -> None:
    ended = run("bench/greeter.py", "0")
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    for kind in ["GET /", "POST / (known name)", "POST / (new name)", "GET / (logged in)"]:
        rows = [line.removeprefix(f"  {kind} ") for line in lines if line.startswith(f"  {kind} ")]
        costs = [
            [float(cost) for cost in row.split()[:4]] for row in rows if row.split()[0].isdigit()
        ]
        assert len(costs) == 2, kind  # on disk, and in memory
        assert all(cost > 0 for row in costs for cost in row), kind


def test_open_pages_of_the_board_show_each_message_once() -> None:
    options = ["--pages=8", "--writers=2", "--pause=0.2", "--interval=0.5", "--seconds=5"]
    ended = run("bench/board_live.py", *options)
    assert ended.returncode == 0, ended.stderr
    assert "pages 8: right 8; messages missing 0, doubled 0" in ended.stdout
    assert "lost 0, altered 0; others 0" in ended.stdout


def test_each_kind_of_request_to_the_api_is_measured() -> None:
    ended = run("bench/api.py", "0")
    assert ended.returncode == 0, ended.stderr
    kinds = ["20 messages", "100 messages", "20 users", "100 users", "a user", "POST a message"]
    assert all(kind in ended.stdout for kind in kinds)


def test_servers_are_compared_over_the_wire() -> None:
    ended = run("-m", "bench.serve", "--seconds=0")
    assert ended.returncode == 0, ended.stderr
    tables = ["One at a time", "GET /  ", "POST /", "GET / at 80 % of it"]
    assert all(f"\n{table}" in ended.stdout for table in tables)
    assert [ended.stdout.count(f"\n{server}  ") for server in ("Flasky", "bare view")] == [4, 3]


def test_a_copy_that_is_made_while_people_write_has_all_they_wrote_before() -> None:
    options = ["--people=2", "--copies=1", "--pause=1", "--messages=0"]
    ended = run("-m", "bench.backups", *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "failed requests 0" in ended.stdout
