"""A cluster of three that loses its leader, or a member's connection, while runs work: nothing is made twice, nothing is lost."""

from cluster import Cable
from together import NAMES, SANDBOX, once
from world import Case, Violation


def schedule(campaign, is_long: bool, only, store) -> None:
    # One case at a time: of three members one may be away.
    campaign.part(
        "members", only or range((40 if is_long else 2) * len(PLAYS)), lambda case: play(case, PLAYS[case.number % len(PLAYS)]), SANDBOX,
        store=store, workers=1)


def play(case: Case, chosen) -> None:
    try:
        chosen(case)
    except Violation as violation:
        raise Violation(f"{violation.kind} ({chosen.__doc__})", violation.detail) from None
    case.judge(once(NAMES))
    case.judge_convergence()


def begin(case: Case, **variables: str):
    case.declare([{"name": name, "volume_id": case.volume(ord(name) % 4)} for name in NAMES])
    # Longer than any election.
    variables = {"SNAPKEEP_ETCD_LEASE": "20", **variables}
    running = case.start(*case.apply_arguments("--parallelism", str(case.random.choice((1, 4)))), variables=variables)
    wanted = case.random.randint(0, 8)
    running.wait_until(lambda: len(case.sandbox.cloud.created_for(case.owner)) >= wanted, f"{wanted} are created")
    return running


def leader_killed(case: Case) -> None:
    """the leader is killed in the middle of an apply"""
    running, cluster = begin(case), case.place.cluster
    dead = cluster.kill_leader()
    case.note(f"# member {dead}, the leader, is killed", "")
    case.count("leaders killed")
    try:
        case.expect(running.finish(), "an apply whose leader was killed")
    finally:
        cluster.start(dead)
        cluster.await_ready(dead)


def both_killed(case: Case) -> None:
    """the leader and the run are killed in the middle of an apply"""
    running, cluster = begin(case, SNAPKEEP_ETCD_LEASE="3"), case.place.cluster
    dead = cluster.kill_leader()
    case.note(f"# member {dead}, the leader, is killed", "")
    case.count("leaders killed")
    try:
        running.finish(case.random.uniform(0, 1))
        case.expect(case.apply(), "an apply after the leader and the run were killed")
    finally:
        cluster.start(dead)
        cluster.await_ready(dead)


def member_cut_off(case: Case) -> None:
    """the connection to a member is cut in the middle of an apply"""
    cluster = case.place.cluster
    cable = Cable(cluster.ports[0])
    try:
        running = begin(case, SNAPKEEP_STATE=cluster.url(case.place.prefix, [cable.port, *cluster.ports[1:]]))
        is_told = case.random.random() < 0.5
        cable.cut(is_told)
        case.note(f"# a member is cut off: connections are {'refused' if is_told else 'silent'}", "")
        case.count("connections cut")
        case.expect(running.finish(), "an apply one of whose members was cut off")
    finally:
        cable.close()


PLAYS = [leader_killed, both_killed, member_cut_off]
