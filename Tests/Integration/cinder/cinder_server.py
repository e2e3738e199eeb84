"""Runs Cinder's API, scheduler and volume service in one process, as Cinder's own functional tests do.

The in-memory transport joins services of one process only; it saves the message broker.
"""
import eventlet

eventlet.monkey_patch()
import __original_module_threading as unpatched  # noqa: E402
import threading  # noqa: E402

# Without this, threads started before the patch would look for themselves in the wrong table (as Cinder's commands do).
unpatched.current_thread.__globals__["_active"] = threading._active

import os  # noqa: E402

import os_brick  # noqa: E402
from cinder import coordination, objects, rpc, service, version  # noqa: E402
from cinder.common import config  # noqa: E402
from oslo_config import cfg  # noqa: E402
from oslo_log import log  # noqa: E402
from oslo_service import service as oslo_service  # noqa: E402

CONF = cfg.CONF
objects.register_all()
CONF(["--config-file", os.path.join(os.environ["CINDER_HOME"], "etc/cinder.conf")], project="cinder", version=version.version_string())
config.set_middleware_defaults()
log.setup(CONF, "cinder")
os_brick.setup(CONF)
coordination.COORDINATOR.start()
rpc.init(CONF)

# Cinder keeps the id for heartbeats once per process: the service launched last beats, and it must be the volume service,
# which takes no work without. The scheduler is listed as down, which nothing here asks about.
launcher = oslo_service.ServiceLauncher(CONF)
launcher.launch_service(service.Service.create(binary="cinder-scheduler"))
launcher.launch_service(
    service.Service.create(binary="cinder-volume", host=f"{CONF.host}@paced", service_name="paced", coordination=True))
launcher.launch_service(service.WSGIService("osapi_volume"))
launcher.wait()
