"""What a pair of models goes through: migrate, upgrade, check, downgrade, upgrade."""

from collections import Counter
from typing import Any

from safe_schema.tests.drawn_models import Pair
from safe_schema.tests.ground import FIRST, Answer, Ground
from safe_schema.tests.kept import State, describe_losses, describe_schemas, without_free_collations

SHORTEST_SECRET = 6  # characters of a value that no message may hold

# How a refusal begins or goes on, and what it is counted as.
REASONS = {
    "This looks like a rename": "a rename, or not?",
    "drops table": "drops a table with rows",
    "drops column": "drops a column with values",
    "NOT NULL without a server_default": "adds a column NOT NULL without a default",
    "hold NULL there": "NOT NULL over NULLs",
    "are longer": "values that are too long",
    "are no such number": "texts that are no such number",
    "do not fit": "numbers that do not fit",
    "are none of its values": "values that an Enum lacks",
    "could change": "values that could change",
    "would change": "values that would change",
    "have a time of day": "moments that are no days",
    "would be padded": "values that would be padded",
    "would end in blanks": "values that would be padded",
    "name a key twice": "JSON that names a key twice",
    "would be taken for times of": "moments in another zone",
    "loses values that": "values that an Enum lacks",
    "unique, and": "unique over duplicates",
    "refer to nothing": "a foreign key over orphans",
    "The migration stopped": "the database refused",
}


class Failure(Exception):  # noqa: N818  # it is an outcome
    """Something was lost, or is not as it should be."""

    def __init__(self, outcome: str, words: str) -> None:
        super().__init__(words)
        self.outcome = outcome


class Trial:
    """One pair on its way, which fails if anything is lost."""

    def __init__(self, ground: Ground, pair: Pair, outcomes: Counter[str]) -> None:
        self.ground = ground
        self.pair = pair
        self.outcomes = outcomes

    def run(self) -> None:
        """Go all the way, or until something is refused."""
        self.ground.begin(self.pair)
        self.old_model = self.ground.metadata
        self.before = self.ground.look(self.old_model)
        self.new_model = self.ground.use(self.pair.after)
        answers = [part for answer in self.pair.answers() for part in ("-x", answer)]
        made = self.ground.run("migrate", *answers)
        if made.failed:
            self.check_refusal("migrate", made, self.before, self.old_model)
            return
        if len(list(self.ground.versions.glob("*.py"))) == 1:
            self.compare_with_models(self.before)
            self.outcomes["nothing to do"] += 1
            return
        if self.pair.killed_at and self.ground.upgrade_and_be_killed(self.pair.killed_at):
            self.outcomes["(killed)"] += 1
            self.check_not_between()
        done = self.ground.run("upgrade")
        if done.failed:
            self.check_refusal("upgrade", done, self.before, self.old_model)
            return
        self.check_upgraded()
        self.outcomes["carried out"] += 1
        self.go_back()

    def check_upgraded(self) -> None:
        """Fail unless all is there, as the second model has it."""
        self.after = self.ground.look(self.new_model)
        losses = describe_losses(self.pair, self.before, self.after)
        self.fail_if(losses, "silently changed", f"{losses}")
        self.compare_with_models(self.after)
        checked = self.ground.run("check")
        self.fail_if(checked.failed, "check", f"{checked.error}")

    def compare_with_models(self, state: State) -> None:
        """Fail unless the schema is what `db.create_all()` makes of the second model."""
        schema, columns = self.ground.wanted()
        wanted = State(schema, columns, {}, None)
        words = describe_schemas(wanted, without_free_collations(state, wanted))
        self.fail_if(words, "not as the models", f"{'; '.join(words)}")

    def check_not_between(self) -> None:
        """Fail if a killed upgrade left what is neither before it nor after it."""
        if self.ground.has_journal():
            return  # the next one goes on from there
        now = self.ground.look(self.old_model)
        if now.version != FIRST:
            return  # it was done
        difference = self.before.describe_difference(now)
        self.fail_if(difference, "between", f"{difference}")

    def check_refusal(
        self, command: str, answer: Answer, state: State, model: Any, counted_as: str = "refused"
    ) -> None:
        """Fail unless a refusal changed nothing, says so in one line, and names no value."""
        reason = self.find_reason(answer)
        self.outcomes[f"{counted_as}: {reason}"] += 1
        self.fail_if("\n" in answer.error, "more than a line", answer.error)
        for value in self.secrets():
            self.fail_if(value in answer.said, "value in message", f"{value!r}: {answer.error}")
        if self.ground.has_journal():
            self.go_on(command, answer)
            return
        difference = state.describe_difference(self.ground.look(model))
        self.fail_if(difference, "between", f"{difference}\n{answer.error}")

    def find_reason(self, answer: Answer) -> str:
        for words, reason in REASONS.items():
            if words in answer.error:
                return reason
        raise Failure("unexplained", f"{answer.error}\n{self.describe()}")

    def secrets(self) -> set[str]:
        """Return values that would be known again in a message."""
        tables = self.before.rows.values()
        values = (
            value
            for table in tables
            for name in table
            if name != "id"
            for value in table[name].values()
        )
        return {
            str(value)
            for value in values
            if len(str(value)) >= SHORTEST_SECRET and str(value).lower() != "closed"
        }

    def go_on(self, command: str, answer: Answer) -> None:
        """Fail unless the command goes on where MariaDB stopped, when no row is in its way."""
        self.ground.delete_rows()
        again = self.ground.run(command, *(("-x", "deletes=all") if command == "downgrade" else ()))
        if again.failed and "The migration stopped" in answer.error:
            return  # for a reason that is not in the rows
        self.fail_if(again.failed, "does not go on", f"{again.error}\n{answer.error}")

    def go_back(self) -> None:
        """Downgrade and upgrade again; fail unless all is as it was, each time."""
        back = self.ground.run("downgrade")
        if back.failed and "-x deletes=all" in back.error:
            back = self.ground.run("downgrade", "-x", "deletes=all")
        if back.failed:
            self.check_refusal("downgrade", back, self.after, self.new_model, "no way back")
            return
        was = self.ground.look(self.old_model)
        difference = self.without_deleted(self.before).describe_difference(
            self.without_deleted(was)
        )
        self.fail_if(difference, "not as before", f"{difference}")
        again = self.ground.run("upgrade")
        if again.failed:
            self.check_refusal("upgrade", again, was, self.old_model, "not again")
            return
        now = self.ground.look(self.new_model)
        difference = self.after.describe_difference(now)
        self.fail_if(difference, "not as after", f"{difference}")
        self.outcomes["there and back"] += 1

    def without_deleted(self, state: State) -> State:
        """Return a state without the values that were deleted on purpose."""
        rows = {}
        for old, new in self.pair.tables():
            if new is not None:
                keys = {column.key for column in new.columns}
                left = {column.name for column in old.columns if column.key in keys} | {"id"}
                rows[old.name] = {
                    name: values
                    for name, values in state.rows.get(old.name, {}).items()
                    if name in left
                }
        return state._replace(rows=rows)

    def fail_if(self, wrong: object, outcome: str, words: str) -> None:
        """Raise Failure, with all that there is to know."""
        if wrong:
            raise Failure(outcome, f"{words}\n{self.describe()}")

    def describe(self) -> str:
        """Return the pair, and what was written for it."""
        return "\n".join([*self.ground.small.revisions()[1:], f"{self.pair}"])
