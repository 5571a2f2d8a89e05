"""ClickHouse out of libchdb.so: the real engine with the real HTTP handlers, on one node, without Keeper.

It knows no CREATE USER: its users are those of the users.xml written here.
"""
import sys
import urllib.request
import xml.etree.ElementTree as ElementTree

from instance import HERE, installed

OURS = HERE / "clickhouse"
# The engine serves for as long as its last query runs: one that reads our end of its standard input to the end. Closing
# that end is a clean stop.
HOLD_OPEN = ("SYSTEM START LISTEN HTTP; SELECT * FROM file('/dev/stdin', 'LineAsString', 'line String') FORMAT Null "
             "SETTINGS max_execution_time = 0, log_queries = 0")
# What that query needs, when user `default`, who runs it, may do nothing else.
HOLD_OPEN_GRANTS = ["SYSTEM LISTEN", "FILE", "CREATE TEMPORARY TABLE"]
# An analyst reads, and may change no limit to more than this.
ANALYST_LIMITS = {"max_execution_time": 60, "max_memory_usage": 1_000_000_000}


class ClickHouse:
    name = "clickhouse"
    ports = ("port",)

    def __init__(self, instance, args):
        self.instance, self.args = instance, args
        self.library = installed(OURS / "package-lock.json") / "node_modules/@chdb/lib-linux-x64-gnu/libchdb.so"
        self.config = instance.directory / "config.xml"
        self.users = instance.directory / "users.xml"

    def privileges(self):
        return []

    def prepare(self):
        self.instance.make_data(lambda: None)
        backups = self.instance.directory / "backups"
        backups.mkdir(exist_ok=True)
        config = {
            "users_config": self.users,
            "logger": {"level": "warning", "console": 1},
            "max_server_memory_usage": (self.args.memory or 3000) * 1_000_000,
            "backups": {"allowed_path": backups},
            "merge_tree": {"fsync_after_insert": 1},  # an insert that was acknowledged survives a power cut
        }
        profile = {}
        for path, value in self.args.set.items():
            *folders, name = path.split("/")
            place = config
            if folders[:1] == ["profile"]:
                folders, place = folders[1:], profile
            for folder in folders:
                place = place.setdefault(folder, {})
            place[name] = value
        write(self.config, config)
        write(self.users, self._users(profile))

    def _users(self, profile):
        limits = {name: {"max": limit} for name, limit in ANALYST_LIMITS.items()}
        password = self.args.password or ""

        def user(profile="default", password=password, grants=()):
            return {"password": password, "networks": {"ip": "127.0.0.1"}, "profile": profile, "quota": "default",
                    **({"grants": {"query": [f"GRANT {grant} ON *.*" for grant in grants]}} if grants else {})}

        return {
            "profiles": {"default": profile, "analyst": {"readonly": 2, **ANALYST_LIMITS, "constraints": limits}},
            "quotas": {"default": {}},
            "users": {"default": user(password="", grants=HOLD_OPEN_GRANTS if password else ()), "admin": user(),
                      "analyst": user("analyst", grants=["SELECT"])},
        }

    def command(self):
        return [sys.executable, OURS / "engine.py", self.library, f"--path={self.instance.data}",
                "--listen_host=127.0.0.1", f"--http_port={self.instance.port}", f"--config-file={self.config}",
                "--log-level=warning", f"--query={HOLD_OPEN}"]

    def serves(self):
        try:
            with urllib.request.urlopen(f"{self.address()}/ping", timeout=2) as answer:
                return answer.read().startswith(b"Ok")
        except OSError:
            return False

    def address(self):
        return f"http://127.0.0.1:{self.instance.port}"

    def stop(self, process):
        process.stdin.close()


def write(file, content):
    """Writes nested mappings as ClickHouse's XML, readable for us alone since passwords may be in it."""
    root = ElementTree.Element("clickhouse")
    fill(root, content)
    ElementTree.indent(root)
    file.touch(mode=0o600)
    file.write_bytes(ElementTree.tostring(root))


def fill(element, content):
    for name, value in content.items():
        for one in value if isinstance(value, list) else [value]:
            child = ElementTree.SubElement(element, name)
            if isinstance(one, dict):
                fill(child, one)
            else:
                child.text = str(one)
