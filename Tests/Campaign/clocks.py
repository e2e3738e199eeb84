"""A run dies in the middle of its requests, the server performs them seconds later, and the next run's clock differs from the dead one's."""

import time
import uuid

from places import Files
from world import Case, Sandbox, Violation

SECONDS = [-3600, -120, 0, 3600]
LATE_SECONDS, SETTLE_SECONDS = 1.0, 2.5
COUNT = 4


def schedule(campaign, is_long: bool, only, store=Files()) -> None:
    # Each case has a sandbox of its own, whose creations are late; the time is spent waiting.
    campaign.part("clocks", only or range(160 if is_long else 8 if store.prefix else 16), play, store=store, workers=min(8, 4 * campaign.workers))


def play(case: Case) -> None:
    offset, same_boot = SECONDS[case.number % 4], case.number // 4 % 2 == 0
    case.sandbox = Sandbox(case.tools, case.folder, "--create-delay", "5ms", "--fault", f"POST snapshots 1-{COUNT} slow={LATE_SECONDS}")
    try:
        case.declare([{"name": f"s{index}", "volume_id": case.volume(index)} for index in range(COUNT)])
        with open(case.path("boot"), "w") as file:
            file.write(f"{uuid.uuid4()}\n")
        variables = {"LD_PRELOAD": case.tools.library("clock.so"), "FIRE_CLOCK": str(offset)}
        if not same_boot:
            variables["FIRE_BOOT"] = case.path("boot")
        dead = case.start(*case.apply_arguments("--parallelism", str(COUNT), settle=SETTLE_SECONDS), variables=variables)
        dead.wait_until(lambda: case.place.intents() >= COUNT, f"the journal has {COUNT} intents")
        # The intents are stored; the requests follow within milliseconds.
        time.sleep(0.1 + case.random.uniform(0, 0.3))
        dead.kill()
        dead.finish()
        outcome = case.apply(settle=SETTLE_SECONDS)
        case.expect(outcome, "the run after one with another clock")
        # Whatever that run waited for: the cloud performs what it was asked for.
        time.sleep(max(0, case.deaths[0] + LATE_SECONDS + 0.3 - time.time()))
        performed = {made.key for made in case.sandbox.cloud.created_for(case.owner) if made.at > case.deaths[0] + LATE_SECONDS / 2}
        case.count("late creations", len(performed))
        case.judge({f"s{index}": 1 for index in range(COUNT)})
        case.judge_convergence()
    except Violation as violation:
        raise Violation(violation.kind, f"the dead run's clock was {offset:+} s, {'same boot' if same_boot else 'another boot'}\n{violation.detail}") from None
    finally:
        case.sandbox.stop()
