"""Pairs of models with rows, which a machine draws: what is not refused loses nothing.

`SAFE_SCHEMA_PAIRS` is how many, on each database, and `SAFE_SCHEMA_SEED` which ones: the same seed
draws the same pairs.
"""

import os
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from safe_schema.autogenerate import style
from safe_schema.runs import locks
from safe_schema.tests.databases import DATABASES, create_database
from safe_schema.tests.drawing import pairs
from safe_schema.tests.drawn_models import DrawnColumn, DrawnTable, Pair
from safe_schema.tests.ground import Ground
from safe_schema.tests.small import Small
from safe_schema.tests.trial import Failure, Trial

PAIRS = int(os.environ.get("SAFE_SCHEMA_PAIRS", "100"))
SEED = int(os.environ.get("SAFE_SCHEMA_SEED", "1"))
PROGRESS = 500  # pairs after which is told what became of them so far
MOST_SHOWN = 20  # failures
IN_MEMORY = Path("/dev/shm")  # noqa: S108  # where there is one


@pytest.fixture(params=DATABASES)
def ground(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    monkeypatch.setattr(style, "STEPS", ())
    monkeypatch.setattr(locks, "SECONDS_BETWEEN_TRIES", 0.01)
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    place = IN_MEMORY if IN_MEMORY.is_dir() else None
    with (
        TemporaryDirectory(dir=place) as folder,
        create_database(request.param, Path(folder)) as url,
        create_database(request.param, Path(folder)) as other_url,
    ):
        ground = Ground(Small(url, Path(folder)), other_url)
        yield ground
        ground.close()


@pytest.mark.filterwarnings("ignore:Cannot correctly sort tables")  # which refer to each other
@pytest.mark.timeout(0 if "SAFE_SCHEMA_PAIRS" in os.environ else 900)
def test_what_is_not_refused_loses_nothing(ground: Ground) -> None:
    outcomes = Counter({"pairs": 0, "silently changed": 0, "between": 0})
    failures: list[str] = []

    @seed(SEED)
    @settings(
        max_examples=PAIRS,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(pairs())
    def carry_out(pair: Pair) -> None:
        outcomes["pairs"] += 1
        if outcomes["pairs"] % PROGRESS == 0:
            print(describe(outcomes, ground), flush=True)
        trial = Trial(ground, pair, outcomes)
        try:
            trial.run()
        except Failure as failure:
            outcomes[failure.outcome] += 1
            failures.append(f"{failure.outcome}: {failure}")
        except Exception:  # noqa: BLE001  # whatever a command does not tell in a line
            outcomes["traceback"] += 1
            failures.append(f"{traceback.format_exc()}\n{trial.describe()}")

    carry_out()
    print(describe(outcomes, ground))
    assert not failures, "\n\n".join([f"{len(failures)} failed", *failures[:MOST_SHOWN]])


def test_a_decimal_becomes_the_text_that_says_it(ground: Ground) -> None:
    outcomes: Counter[str] = Counter()
    decimal = DrawnColumn(2, "c2", "digits")
    table = DrawnTable(1, "t1", (decimal,))
    text = replace(table, columns=(replace(decimal, kind="string"),))
    Trial(ground, Pair((table,), (text,), {1: [{2: Decimal("999999.9999")}]}), outcomes).run()
    assert outcomes["carried out"] == 1


def describe(outcomes: Counter[str], ground: Ground) -> str:
    counted = [f"{number:7} {outcome}" for outcome, number in outcomes.most_common()]
    return "\n".join(["", f"{ground.kind}, seed {SEED}", *counted])
