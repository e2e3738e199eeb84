"""Serves Keystone's own WSGI application on loopback."""
import os
import socketserver
import sys
import wsgiref.simple_server

# Keystone reads sys.argv itself; its configuration comes from the environment.
sys.argv = ["keystone"]
os.environ["OS_KEYSTONE_CONFIG_DIR"] = os.path.join(os.environ["CINDER_HOME"], "etc")
os.environ["OS_KEYSTONE_CONFIG_FILES"] = "keystone.conf"

from keystone.wsgi.api import application  # noqa: E402  (reads the settings above)


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class Handler(wsgiref.simple_server.WSGIRequestHandler):
    def address_string(self):
        return self.client_address[0]  # no reverse look-up for the log


port = int(os.environ["KEYSTONE_PORT"])
wsgiref.simple_server.make_server("127.0.0.1", port, application, Server, Handler).serve_forever()
