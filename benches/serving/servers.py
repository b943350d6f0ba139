"""The servers that are measured, and how much memory they hold."""

import os
import pathlib
import re
import signal
import subprocess
import threading
import urllib.request

import psutil

USER, PASSWORD = "bench", "a long password"


class Onefold:
    """`onefold serve` on free ports of this machine, for a project that is there."""

    def __init__(self, binary, project):
        setup = f"CREATE USER IF NOT EXISTS {USER} PASSWORD '{PASSWORD}'; GRANT admin TO {USER}"
        subprocess.run([binary, "sql", "--project", project, "-c", setup], check=True, stdout=subprocess.DEVNULL)
        listen = "127.0.0.1:0"
        self.log = open(pathlib.Path(project).parent / "server.log", "w")
        self.process = subprocess.Popen(
            [binary, "serve", "--project", project, "--flight-sql", listen, "--postgres", listen, "--http", listen],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.pid = self.process.pid
        self.flight_sql = "grpc://" + self._address(r"grpc://([\d.:]+)")
        address = self._address(r"postgresql://([\d.:]+)")
        self.postgres = f"postgresql://{USER}:{PASSWORD.replace(' ', '%20')}@{address}/onefold"
        self.http = "http://" + self._address(r"http://([\d.:]+)/healthz")

    def _address(self, pattern):
        for line in self.process.stdout:
            if found := re.search(pattern, line):
                return found.group(1)
        raise SystemExit("the server did not start")

    def running(self):
        """How many statements run now."""
        with urllib.request.urlopen(self.http + "/metrics") as answer:
            return int(re.search(r"^onefold_statements_running (\d+)", answer.read().decode(), re.M)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


def postgres_pid():
    """The first process of the PostgreSQL that `postgres.sh` started."""
    return int(pathlib.Path(os.environ["BENCH_POSTGRES_FOLDER"], "data", "postmaster.pid").read_text().split()[0])


def memory(pid):
    """MB that a process and its children hold; pages that they share count once."""
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    held = 0
    for process in family:
        try:
            text = pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        held += int(re.search(r"^Pss: +(\d+)", text, re.M)[1])
    return held / 1024


def busy(pid):
    """Seconds of processor time that a process and its children, also those that ended, took so far."""
    spent = 0.0
    for process in [psutil.Process(pid), *psutil.Process(pid).children()]:
        times = process.cpu_times()
        spent += times.user + times.system + times.children_user + times.children_system
    return spent


class Watch(threading.Thread):
    """Looks at the memory of a server some times a second."""

    def __init__(self, pid, every=0.2):
        super().__init__(daemon=True)
        self.pid, self.every, self.over = pid, every, threading.Event()
        self.first = self.peak = self.last = memory(pid)
        self.start()

    def run(self):
        while not self.over.wait(self.every):
            self.last = memory(self.pid)
            self.peak = max(self.peak, self.last)

    def stop(self):
        """MB at the start, at the peak and now."""
        self.over.set()
        self.join()
        self.last = memory(self.pid)
        return {"start": round(self.first), "peak": round(max(self.peak, self.last)), "end": round(self.last)}
