"""Projects, users and the catalog in Keystone, and a clouds.yaml for them (called by `up`; running it again changes nothing).

--await-backend: waits instead until Cinder's scheduler can place volumes.
"""
import os
import pathlib
import sys
import time

import openstack

home = pathlib.Path(os.environ["CINDER_HOME"])
keystone = f"http://127.0.0.1:{os.environ['KEYSTONE_PORT']}/v3"
cinder = f"http://127.0.0.1:{os.environ['CINDER_PORT']}"
password = (home / "etc/password").read_text()
clouds = {"admin": ("admin", "admin"), "team": ("alice", "team"), "colleague": ("carol", "team"), "stranger": ("bob", "strangers")}


def connect(cloud):
    user, project = clouds[cloud]
    return openstack.connect(
        load_yaml_config=False, load_envvars=False, auth_url=keystone, username=user, password=password, project_name=project,
        user_domain_id="default", project_domain_id="default", region_name="RegionOne", identity_interface="public")


def ensure_accounts(identity):
    for name in ("service", "team", "strangers"):
        identity.find_project(name) or identity.create_project(name=name, domain_id="default")
    wanted = [("cinder", "service", "admin"), ("cinder", "service", "service"), ("admin", "team", "admin"),
              ("alice", "team", "member"), ("carol", "team", "member"), ("bob", "strangers", "member")]
    for user, project, role in wanted:
        account = identity.find_user(user) or identity.create_user(name=user, password=password, domain_id="default")
        identity.assign_project_role_to_user(
            identity.find_project(project), account, identity.find_role(role) or identity.create_role(name=role))


def ensure_catalog(identity):
    # A service named block-storage and the older type, each with the URL form that is usual for it.
    for kind, url in (("block-storage", f"{cinder}/v3"), ("volumev3", f"{cinder}/v3/%(project_id)s")):
        service = next(identity.services(type=kind), None) or identity.create_service(type=kind, name=kind)
        for interface in ("public", "internal", "admin"):
            found = next(identity.endpoints(service_id=service.id, interface=interface), None)
            if found is None:
                identity.create_endpoint(service_id=service.id, interface=interface, region_id="RegionOne", url=url)
            elif found.url != url:
                identity.update_endpoint(found, url=url)


def write_clouds():
    lines = ["clouds:"]
    for cloud, (user, project) in clouds.items():
        lines += [f"  {cloud}:", "    auth:", f"      auth_url: {keystone}", f"      username: {user}", f"      password: {password}",
                  f"      project_name: {project}", "      user_domain_id: default", "      project_domain_id: default",
                  "    region_name: RegionOne"]
    (home / "etc/clouds.yaml").write_text("\n".join(lines) + "\n")


def await_backend():
    admin = connect("admin").block_storage
    end = time.monotonic() + 300
    while True:
        heartbeat = any(s.binary == "cinder-volume" and s.state == "up" for s in admin.services())
        if heartbeat and any(admin.backend_pools()):
            return
        if time.monotonic() > end:
            sys.exit("Cinder's scheduler does not hear of its volume service")
        time.sleep(0.3)


if "--await-backend" in sys.argv:
    await_backend()
else:
    identity = connect("admin").identity
    ensure_accounts(identity)
    ensure_catalog(identity)
    write_clouds()
