"""Writes the configuration of Keystone and Cinder (called by `up`)."""
import os
import pathlib
import sys

home = pathlib.Path(os.environ["CINDER_HOME"])
keystone = f"http://127.0.0.1:{os.environ['KEYSTONE_PORT']}/v3"
password = (home / "etc/password").read_text()
shipped = pathlib.Path(sys.prefix, "etc/cinder")

(home / "etc/keystone.conf").write_text(f"""\
[database]
connection = sqlite:///{home}/data/keystone.sqlite
[token]
expiration = 86400
[identity]
password_hash_rounds = 4
[fernet_tokens]
key_repository = {home}/data/tokens
[fernet_receipts]
key_repository = {home}/data/tokens
[credential]
key_repository = {home}/data/credentials
""")

# osapi_max_limit is far below its default of 1000: a list of more than five rows comes in pages.
(home / "etc/cinder.conf").write_text(f"""\
[DEFAULT]
auth_strategy = keystone
transport_url = fake:/
host = snapkeep
state_path = {home}/data
osapi_volume_listen = 127.0.0.1
osapi_volume_listen_port = {os.environ['CINDER_PORT']}
osapi_max_limit = 5
api_paste_config = {shipped}/api-paste.ini
resource_query_filters_file = {shipped}/resource_filters.json
rootwrap_config = {shipped}/rootwrap.conf
glance_api_servers = http://127.0.0.1:9
enabled_backends = paced
quota_volumes = 1000
quota_snapshots = 1000
quota_gigabytes = -1
per_volume_size_limit = -1
periodic_fuzzy_delay = 0
periodic_interval = 3
report_interval = 5
[paced]
volume_driver = paced_driver.PacedDriver
volume_backend_name = paced
target_helper = fake
[database]
connection = sqlite:///{home}/data/cinder.sqlite
[oslo_concurrency]
lock_path = {home}/data/lock
[coordination]
backend_url = file://{home}/data/lock
[keystone_authtoken]
www_authenticate_uri = {keystone}
auth_url = {keystone}
auth_type = password
username = cinder
password = {password}
project_name = service
user_domain_id = default
project_domain_id = default
service_token_roles = service
service_token_roles_required = true
""")
