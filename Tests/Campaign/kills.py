"""kill -9, by time and at the places of the debug build, over everything that changes something; then the same command again."""

import collections
import math
import time

from places import Files
from world import Case, Outcome, Violation

SANDBOX = [
    "--create-delay", "5ms", "--latency", "2ms", "--fault", "POST snapshots every:5 slow-after=0.03", "--fault", "POST snapshots every:7 slow=0.03",
    "--fault", "DELETE snapshots every:3 slow-after=0.02",
]
PRUNE = ["--prune", "--max-deletes", "50", "--max-delete-percent", "100"]


def schedule(campaign, is_long: bool, only, store=Files()) -> None:
    """Rounds until there were so many kills; each round has several."""
    wanted = campaign.kills[store.prefix + "kills"]
    enough = None if only else lambda: campaign.total(store.prefix + "kills", "kills") >= wanted
    campaign.part("kills", only or range(10 * wanted), play, SANDBOX, enough, store)


class Round:
    """Some commands in a row over one manifest. Each is killed up to four times, and then carried out to its end."""

    def __init__(self, case: Case):
        self.case, self.random = case, case.random
        self.listed: dict = {}  # the manifest's lines by key
        self.decisions: dict = {}
        self.may_go: set = set()
        self.forgotten: set = set()
        self.pruned: set = set()
        self.protected: set = set()  # what `recover` found and no line listed
        self.names = 0
        # The first kill is at the failpoint whose turn it is, so that each has one.
        self.turn = case.place.points[case.number % len(case.place.points)]

    def play(self) -> None:
        self.create()
        steps = [self.create, self.update, self.replace, self.prune, self.import_, self.adopt, self.rename, self.rename_in_between, self.recover, self.forget]
        for step in self.random.sample(steps, self.random.randint(2, 4)):
            self.case.note(f"# {step.__name__.strip('_')}", "")
            step()
        self.case.judge(self.decisions, self.may_go, self.forgotten)
        self.case.judge_convergence()
        for made in self.case.sandbox.cloud.alive_of(self.case.owner):
            if made.metadata["snapkeep.key"] in self.pruned - self.protected:
                raise Violation("what was to be pruned is still there", f"{made.metadata} {made.id}")

    # How a command is killed

    def carry_out(self, *arguments: str, is_done=None) -> None:
        """Kills the command up to four times; the last run must end well, or find everything done."""
        outcome, killed = None, False
        for _ in range(self.random.choice((0, 1, 2, 3, 4))):
            outcome = self.run_to_death(arguments)
            if not outcome.killed:
                break
            killed = True
        else:
            outcome = self.case.run(*arguments)
        if outcome.status == 0 or (killed and is_done and is_done()):
            return
        raise Violation(f"{arguments[0]} {'after a kill ' if killed else ''}ends with {outcome.status}", outcome.text())

    def run_to_death(self, arguments) -> Outcome:
        if self.turn:
            point, self.turn = self.turn, None
            return self.case.run(*arguments, variables={"SNAPKEEP_FAILPOINT": point})
        if self.random.random() < 0.5:
            point = self.random.choice(self.case.place.points)
            # What stands around an intent, a request or a sync is reached more than once.
            times = self.random.choice((1, 1, 2, 3)) if any(word in point for word in ("intent", "post", "answer", "record", "sync")) else 1
            return self.case.run(*arguments, variables={"SNAPKEEP_FAILPOINT": f"{point}:{times}"})
        return self.case.run(*arguments, kill_after=self.random.uniform(0.015, 0.13))

    def apply(self, *options: str) -> None:
        self.case.declare(list(self.listed.values()))
        self.carry_out(*self.case.apply_arguments("--parallelism", str(self.random.choice((1, 4, 16))), *options))

    # The commands

    def new_line(self) -> dict:
        self.names += 1
        key = f"s{self.names:02d}"
        return {"name": key, "volume_id": self.case.volume(self.random.randrange(3)), "metadata": {"team": "a"}}

    def create(self) -> None:
        for _ in range(self.random.randint(2, 5)):
            line = self.new_line()
            self.listed[line["name"]] = line
            self.decisions[line["name"]] = 1
        self.apply()

    def update(self) -> None:
        for key in self.random.sample(sorted(self.listed), min(3, len(self.listed))):
            field = self.random.choice(("description", "metadata", "name"))
            number = self.random.randrange(1000)
            self.listed[key]["key"] = key
            self.listed[key][field] = {"team": "b", f"n{number}": "1"} if field == "metadata" else f"changed {number}"
        self.apply()

    def replace(self) -> None:
        if not self.listed:
            return
        key = self.random.choice(sorted(self.listed))
        # The cloud's times have whole seconds. Two of one key in the same second have no order that `recover` could see.
        newest = max((made.at for made in self.case.sandbox.cloud.alive_of(self.case.owner)), default=0)
        time.sleep(max(0, math.floor(newest) + 1.01 - time.time()))
        self.listed[key]["volume_id"] = self.case.volume(10 + self.random.randrange(100))
        self.decisions[key] = self.decisions.get(key, 0) + 1
        self.apply()

    def prune(self) -> None:
        alive = self.case.sandbox.cloud.alive_of(self.case.owner)
        for key in self.random.sample(sorted(self.listed), min(2, len(self.listed) - 1)):
            del self.listed[key]
            self.pruned.add(key)
        recorded = {}
        for record in self.case.state()["records"]:
            recorded[record["key"]] = record["id"]
        # What another one has taken the place of goes too.
        self.may_go |= {made.id for made in alive if recorded.get(made.metadata["snapkeep.key"]) != made.id or made.metadata["snapkeep.key"] not in self.listed}
        self.apply(*PRUNE)

    def import_(self) -> None:
        line = self.new_line()
        key = line["name"]
        self.listed[key] = line
        made = self.case.make_by_hand(line)
        self.case.declare(list(self.listed.values()))
        self.carry_out("import", key, made, "--settle-time", "250ms", *self.case.sandbox.connection)
        self.apply()
        if self.case.recorded().get(made) != key:
            raise Violation("an imported snapshot is not recorded", f"{key} {made}")

    def adopt(self) -> None:
        """A line that names by `id:` what was made by hand; afterwards the `id:` may go."""
        line = self.new_line()
        key = line["name"]
        made = self.case.make_by_hand(line)
        self.listed[key] = {**line, "id": made, "description": "adopted"}
        self.apply()
        if self.case.recorded().get(made) != key:
            raise Violation("an adopted snapshot is not recorded", f"{key} {made}")
        del self.listed[key]["id"]

    def rename(self) -> None:
        if not self.listed:
            return
        self.end_rename(*self.list_anew())
        self.apply()

    def list_anew(self) -> tuple:
        old = self.random.choice(sorted(self.listed))
        new = f"{old}r"
        line = self.listed.pop(old)
        self.listed[new] = {**line, "key": new}
        # A key that was created as `old` is judged under that name; none is created as `new`, unless it is replaced later.
        self.decisions.setdefault(new, 0)
        self.case.declare(list(self.listed.values()))
        return old, new

    def end_rename(self, old: str, new: str) -> None:
        self.carry_out(
            "rename", old, new, *self.case.sandbox.connection,
            is_done=lambda: self.is_renamed(new))

    def rename_in_between(self) -> None:
        """A rename that is killed once, and an apply of the edited manifest before anybody ends it."""
        if not self.listed:
            return
        old, new = self.list_anew()
        arguments = ("rename", old, new, *self.case.sandbox.connection)
        if self.random.random() < 0.6:
            point = self.random.choice(("after-answer", "after-begin", "before-journal-fsync"))
            outcome = self.case.run(*arguments, variables={"SNAPKEEP_FAILPOINT": point})
        else:
            outcome = self.run_to_death(arguments)
        made = len(self.case.sandbox.cloud.created_for(self.case.owner))
        # Where the stamp is still the old one the rename was not begun, and an apply would rightly make the new key.
        if any(one.metadata["snapkeep.key"] == new for one in self.case.sandbox.cloud.alive_of(self.case.owner)):
            between = self.case.run(*self.case.apply_arguments(*self.random.choice(([], ["--refresh"]))))
            is_refused = between.status == 4 and f"snapkeep rename {old} {new}" in between.errors
            if not is_refused and (between.status != 0 or not self.is_renamed(new)):
                raise Violation(f"apply after a rename that was killed ends with {between.status}", between.text())
            if len(self.case.sandbox.cloud.created_for(self.case.owner)) != made:
                raise Violation("apply after a rename that was killed made a snapshot", between.text())
            self.case.count("renames cut in two" if is_refused else "renames recorded")
        elif not outcome.killed:
            raise Violation("a rename left the stamp as it was", outcome.text())
        if not self.is_renamed(new):
            self.end_rename(old, new)
        self.apply()

    def is_renamed(self, new: str) -> bool:
        state = self.case.place.read()
        return state is not None and any(record["key"] == new for record in state["records"])

    def recover(self) -> None:
        how = self.random.choice(("lost", "cut", "older"))
        place = self.case.place
        # An older state remembers what has been deleted since, and `recover` keeps that as lost: no end that a plan would be content with.
        if how == "older" and (self.may_go or not place.has_older()):
            how = "lost"
        if how == "lost":
            place.lose()
        elif how == "cut":
            place.cut(may_revive=not self.may_go)
        else:
            place.put_back()
        self.case.note(f"# the state is {how}", "")
        # A stamp does not say what was protected: what no line lists, and every older one of a key, is kept from now on.
        carried = collections.Counter(made.metadata["snapkeep.key"] for made in self.case.sandbox.cloud.alive_of(self.case.owner))
        self.protected |= {key for key, number in carried.items() if number > 1 or key not in self.listed}
        # What was forgotten is found again, unless the header is left: whether it still counts depends on what else is.
        if how != "cut" or b'"forgotten"' not in place.text():
            self.forgotten.clear()
        self.carry_out("recover", "--auto-approve", "--settle-time", "250ms", *self.case.sandbox.connection)
        self.apply()

    def forget(self) -> None:
        if len(self.listed) < 2:
            return
        key = self.random.choice(sorted(self.listed))
        del self.listed[key]
        self.forgotten.add(key)
        self.case.declare(list(self.listed.values()))
        self.carry_out("forget", key, is_done=lambda: key not in {record["key"] for record in self.case.state()["records"]})
        self.apply()


def play(case: Case) -> None:
    Round(case).play()
