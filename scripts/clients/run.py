"""Starts a server with the example project, and runs every client against it. UPDATE_DOCS=1 writes what works into
docs/clients.md; otherwise that page has to say the same, the versions of the clients apart."""

import importlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
MARKS = ("<!-- matrix: written by scripts/test-clients -->", "<!-- end of matrix -->")
USER, PASSWORD = "ann", "correct horse"
READER, READER_PASSWORD = "bo", "battery staple"
MODULES = ["flight_sql", "postgres_python", "postgres_tools", "replay", "tls", "attacks", "notebooks", "bi_superset"]


class Server:
    def __init__(self, binary, folder):
        self.binary, self.project = binary, folder
        subprocess.run([binary, "init", folder, "--example", "retail"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([binary, "run", "--project", folder], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        setup = f"""CREATE USER {USER} PASSWORD '{PASSWORD}'; GRANT admin TO {USER};
            CREATE USER {READER} PASSWORD '{READER_PASSWORD}'; GRANT SELECT ON SCHEMA segments TO {READER}"""
        subprocess.run([binary, "sql", "--project", folder, "-c", setup], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "onefold.toml"), "a") as settings:
            settings.write('\n[[serve.refresh]]\nat = "*/5 * * * * *"\n')
        listen = "127.0.0.1:0"
        self.process = subprocess.Popen(
            [binary, "serve", "--project", folder, "--flight-sql", listen, "--postgres", listen, "--http", listen],
            stdout=subprocess.PIPE, text=True)
        self.flight_sql = self.address(r"grpc://([\d.:]+)")
        self.host, self.port = self.address(r"postgresql://([\d.:]+)").split(":")
        self.http = self.address(r"http://([\d.:]+)/healthz")

    def address(self, pattern):
        for line in self.process.stdout:
            if found := re.search(pattern, line):
                return found.group(1)
        raise SystemExit("the server did not start")

    def stop(self):
        with urllib.request.urlopen(f"http://{self.http}/metrics") as answer:
            metrics = answer.read().decode()
        assert re.search(r'refreshes_total{result="ok"} [1-9]', metrics), "nothing was refreshed at its time"
        assert re.search(r'refreshes_total{result="failed"} 0', metrics), "a refresh at its time failed"
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0, "the server did not stop well"


def main(binary):
    folder = tempfile.mkdtemp(prefix="onefold-clients-")
    project = os.path.join(folder, "retail")
    results = []
    try:
        server = Server(binary, project)
        try:
            for name in MODULES:
                module = importlib.import_module(name)
                for test in module.TESTS:
                    results.append(run(test, server))
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    said = matrix(results)
    count = {state: sum(r[2] == state for r in results) for state in ("works", "fails", "skipped")}
    for client, what, state, error, _ in results:
        if state == "fails":
            print(f"FAILED {client}: {what}\n{error}")
    print(f"{count['works']} passed, {count['fails']} failed, {count['skipped']} skipped")
    if not said:
        print("docs/clients.md says something else: run it again with UPDATE_DOCS=1")
    return 1 if count["fails"] or not said else 0


def run(test, server):
    from tests import Skipped

    began = time.monotonic()
    state, error, version = "works", None, ""
    try:
        version = test(server)
    except Skipped as reason:
        state, error = "skipped", str(reason)
    except BaseException:
        state, error = "fails", traceback.format_exc()
    what = " ".join((test.__doc__ or "").split())
    client = test.client + (f" {version}" if version else "")
    mark = {"works": "ok     ", "fails": "FAILED ", "skipped": "skipped"}[state]
    detail = error if state == "skipped" else f"{time.monotonic() - began:.1f} s"
    print(f"{mark} {client}: {what} ({detail})", flush=True)
    return client, what, state, error, test.protocol


def matrix(results):
    page = ROOT / "docs" / "clients.md"
    text = page.read_text()
    before, rest = text.split(MARKS[0])
    known, after = rest.split(MARKS[1])
    lines = ["| client | protocol | what the test does | |", "|---|---|---|---|"]
    for client, what, state, _, protocol in results:
        if state == "skipped":
            lines += [line for line in known.splitlines() if line.startswith(f"| {client} ") and f"| {what} |" in line]
        else:
            lines.append(f"| {client} | {protocol} | {what} | {state} |")
    table = "\n".join(lines)
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{after}")
        return True
    without_versions = [re.sub(r" [0-9][0-9.]* \|", " |", text.strip()) for text in (known, table)]
    return without_versions[0] == without_versions[1]


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    sys.exit(main(sys.argv[1]))
