"""A child process whose output goes to a file, and that is gone when the test is over."""
import os
import re
import signal
import subprocess
from pathlib import Path

from support.ports import SLOWDOWN
from support.waiting import until

# Settings of the machine that must not leak into what is under test.
UNWANTED = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy", "EDGEMESH_ADMIN_KEY")


class Process:
    def __init__(self, name, arguments, folder, environment=None):
        self.name = name
        self.arguments = [str(a) for a in arguments]
        self.log_path = Path(folder) / f"{name}.log"
        self.environment = {k: v for k, v in os.environ.items() if k not in UNWANTED}
        self.environment.update(environment or {})
        self.folder = folder
        self.input = None  # what it finds on its standard input
        self.child = None

    def start(self):
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL if self.input is None else subprocess.PIPE, stdout=log,
                                          stderr=subprocess.STDOUT, cwd=self.folder, env=self.environment)
        if self.input is not None:
            with self.child.stdin as to:
                to.write(self.input.encode())
        return self

    @property
    def pid(self):
        return self.child.pid

    @property
    def running(self):
        return self.child is not None and self.child.poll() is None

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def wait_for_output(self, pattern, seconds=10):
        def seen():
            found = re.search(pattern, self.log())
            if not found and not self.running:
                raise AssertionError(f"{self.name} ended with {self.child.returncode}:\n{self.log()[-3000:]}")
            return found
        return until(seen, seconds, what=f"{self.name} printing {pattern!r}")

    def signal(self, number):
        self.child.send_signal(number)

    def wait(self, seconds=10):
        """Its exit code."""
        return self.child.wait(timeout=seconds * SLOWDOWN)

    def kill(self):
        if self.running:
            self.child.kill()
        if self.child:
            self.child.wait(timeout=10)

    def stop(self, seconds=10):
        """Asks it to end, makes it end, returns the exit code."""
        if self.running:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(timeout=seconds * SLOWDOWN)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait(timeout=10)
        return self.child.returncode if self.child else None

    def __enter__(self):
        return self.start() if self.child is None else self

    def __exit__(self, *_):
        self.kill()
