"""Measures EdgeMesh, nginx and HAProxy side by side and prints the table. Started by script/bench.

Each proxy runs alone, with one thread, pinned to CPU 0, in front of the same free backend; backend and load generator
share CPU 1. CPU time is read from /proc for the proxy's process and divided by the requests that it served.
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from support.http_client import request  # noqa: E402
from support.paths import BINARY, PREFIX, ROOT  # noqa: E402
from support.ports import free_port  # noqa: E402
from support.waiting import until  # noqa: E402

PROXY_CPU, LOAD_CPU = "0", "1"
TOOLS = PREFIX / "bench"
PROGRAMS = ROOT / "build" / "bench"
TICK = os.sysconf("SC_CLK_TCK")
EVENTS, INTERVAL_MS = 20, 20
STREAMS, HELD = 500, 1000
RATE, CONNECTIONS = 4000, 32


def pinned(cpu, *command):
    return ["taskset", "-c", cpu, *map(str, command)]


class Proxy:
    """One proxy under test; `worker` is the process whose CPU time and memory count."""
    name = ""

    def __init__(self, folder, backend_port):
        self.folder, self.backend_port, self.port = folder, backend_port, free_port()
        self.child = None

    def command(self):
        raise NotImplementedError

    def start(self):
        """Starts it, and returns the seconds until it answers."""
        command = pinned(PROXY_CPU, *self.command())
        start = time.monotonic()
        with open(self.folder / f"{self.name}.log", "wb") as log:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while True:
            try:
                if request(("127.0.0.1", self.port), "GET", self.ready_page, timeout=1).status in self.ready_statuses:
                    break
            except OSError:
                pass
            if self.child.poll() is not None or time.monotonic() - start > 10:
                raise SystemExit(f"{self.name} does not start:\n{(self.folder / f'{self.name}.log').read_text()}")
            time.sleep(0.001)
        taken = time.monotonic() - start
        until(lambda: request(("127.0.0.1", self.port), "POST", "/v1/chat/completions",
                              {"model": "bench", "messages": [{"role": "user", "content": "a"}]}).status == 200, 10)
        return taken

    ready_page, ready_statuses = "/v1/models", {200}

    def worker(self):
        return self.child.pid

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.worker()}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident_kib(self):
        for line in Path(f"/proc/{self.worker()}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        raise AssertionError("no VmRSS")


class EdgeMesh(Proxy):
    name = "edgemesh"
    ready_page = "/readyz"

    def command(self):
        config = {"listen": {"api": f"127.0.0.1:{self.port}", "admin": f"127.0.0.1:{free_port()}"}, "threads": 1,
                  "data_dir": str(self.folder / "data"), "discovery": {"local": False}, "node": {"name": "bench"},
                  "backends": [{"name": "free", "kind": "openai", "url": f"http://127.0.0.1:{self.backend_port}/v1"}]}
        path = self.folder / "edgemesh.yaml"
        path.write_text(json.dumps(config))
        return [BINARY, "serve", "--config", path]


class Nginx(Proxy):
    name = "nginx"

    def command(self):
        path = self.folder / "nginx.conf"
        path.write_text(f"""
            daemon off; worker_processes 1; pid {self.folder}/nginx.pid; error_log {self.folder}/nginx.err;
            {'user root;' if os.geteuid() == 0 else ''}
            events {{ worker_connections 8192; }}
            http {{
              access_log off; keepalive_requests 1000000;
              client_body_temp_path {self.folder}/n1; proxy_temp_path {self.folder}/n2; fastcgi_temp_path {self.folder}/n3;
              uwsgi_temp_path {self.folder}/n4; scgi_temp_path {self.folder}/n5;
              upstream free {{ server 127.0.0.1:{self.backend_port}; keepalive 1024; keepalive_requests 1000000; }}
              server {{
                listen 127.0.0.1:{self.port} backlog=4096;
                location / {{ proxy_pass http://free; proxy_http_version 1.1; proxy_set_header Connection "";
                              proxy_buffering off; }}
              }}
            }}""")
        return [TOOLS / "usr/sbin/nginx", "-c", path, "-p", self.folder]

    def worker(self):
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text().split()
        return int(children[0])


class HAProxy(Proxy):
    name = "haproxy"

    def command(self):
        path = self.folder / "haproxy.cfg"
        path.write_text(f"""
global
  maxconn 8192
  nbthread 1
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  option http-no-delay
  http-reuse always
frontend in
  bind 127.0.0.1:{self.port} backlog 4096
  default_backend free
backend free
  server s 127.0.0.1:{self.backend_port}
""")
        return [TOOLS / "usr/sbin/haproxy", "-db", "-f", path]


class Direct:
    """No proxy at all: what the load generator and the backend cost by themselves."""
    name = "direct"

    def __init__(self, port):
        self.port = port


def load(*arguments, key=None):
    environment = {**os.environ, "BENCH_KEY": key} if key else None
    done = subprocess.run(pinned(LOAD_CPU, PROGRAMS / "load_client", *arguments), capture_output=True, text=True, timeout=120, env=environment)
    if done.returncode != 0:
        raise SystemExit(f"load_client {arguments}: {done.stderr}")
    return json.loads(done.stdout)


def requests_per_second(port, seconds, folder):
    """As many as wrk gets through; (requests, requests per second)."""
    script = folder / "post.lua"
    script.write_text("""
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"model":"bench","messages":[{"role":"user","content":"Say something about the weather in Paris, please."}],"temperature":0.5}'
function done(summary, latency, requests)
  io.write(string.format('COUNT %d %d %d\\n', summary.requests, summary.errors.status + summary.errors.connect + summary.errors.read,
                         summary.duration))
end
""")
    out = subprocess.run(pinned(LOAD_CPU, TOOLS / "usr/bin/wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script,
                                f"http://127.0.0.1:{port}/v1/chat/completions"), capture_output=True, text=True, timeout=60).stdout
    row = next((line for line in out.splitlines() if line.startswith("COUNT")), None)
    if row is None:
        raise SystemExit(f"wrk: {out}")
    count, errors, microseconds = map(int, row.split()[1:])
    if errors:
        raise SystemExit(f"wrk saw {errors} errors: {out}")
    return count, count / (microseconds / 1e6)


def measure_proxy(make, folder, backend_port):
    """Everything about one proxy, once."""
    proxy = make(folder, backend_port)
    row = {"start_ms": proxy.start() * 1000}
    try:
        time.sleep(0.3)
        row["idle_mib"] = proxy.resident_kib() / 1024
        requests_per_second(proxy.port, 1, folder)  # warm
        before = proxy.cpu_seconds()
        count, rate = requests_per_second(proxy.port, 4, folder)
        row["json_cpu_us"] = (proxy.cpu_seconds() - before) / count * 1e6
        row["json_per_second"] = rate
        before = proxy.cpu_seconds()
        row |= {f"json_{k}": v for k, v in load("json", "127.0.0.1", proxy.port, RATE, 4, CONNECTIONS).items()}
        row["json_rate_cpu_us"] = (proxy.cpu_seconds() - before) / (RATE * 4) * 1e6
        before = proxy.cpu_seconds()
        turns = 4
        runs = [load("stream", "127.0.0.1", proxy.port, STREAMS, INTERVAL_MS) for _ in range(turns)]
        row["sse_cpu_us"] = (proxy.cpu_seconds() - before) / (turns * STREAMS) * 1e6
        for key in ("ttft_p50_us", "ttft_p99_us", "jitter_p50_us", "jitter_p99_us"):
            row[key] = statistics.median(run[key] for run in runs)
        row["stream_kib"] = memory_per_stream(proxy)
    finally:
        proxy.stop()
    return row


def memory_per_stream(proxy):
    time.sleep(0.5)
    before = proxy.resident_kib()
    with subprocess.Popen(pinned(LOAD_CPU, PROGRAMS / "load_client", "hold", "127.0.0.1", proxy.port, HELD),
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holding:
        assert holding.stdout.readline().startswith(b"{")
        time.sleep(0.3)
        grown = proxy.resident_kib() - before
        holding.stdin.close()
    time.sleep(0.5)
    return grown / HELD


def measure_direct(port):
    row = {f"json_{k}": v for k, v in load("json", "127.0.0.1", port, RATE, 4, CONNECTIONS).items()}
    runs = [load("stream", "127.0.0.1", port, STREAMS, INTERVAL_MS) for _ in range(2)]
    return row | {key: statistics.median(run[key] for run in runs)
                  for key in ("ttft_p50_us", "ttft_p99_us", "jitter_p50_us", "jitter_p99_us")}


def median_rows(rows):
    return {key: statistics.median(row[key] for row in rows) for key in rows[0]}


ROWS = [
    # (title, key, how much is the direct way's, format)
    (f"CPU per JSON request at {RATE}/s, µs", "json_rate_cpu_us", False, "{:.1f}"),
    ("CPU per JSON request at saturation, µs", "json_cpu_us", False, "{:.1f}"),
    ("JSON requests per second, one thread", "json_per_second", False, "{:.0f}"),
    (f"added latency p50 at {RATE}/s, µs", "json_p50_us", True, "{:.0f}"),
    (f"added latency p99 at {RATE}/s, µs", "json_p99_us", True, "{:.0f}"),
    (f"CPU per stream of {EVENTS} events, µs", "sse_cpu_us", False, "{:.0f}"),
    (f"added time to first token p50, {STREAMS} streams, µs", "ttft_p50_us", True, "{:.0f}"),
    (f"added time to first token p99, {STREAMS} streams, µs", "ttft_p99_us", True, "{:.0f}"),
    (f"added jitter between tokens p50, {STREAMS} streams, µs", "jitter_p50_us", True, "{:.0f}"),
    (f"added jitter between tokens p99, {STREAMS} streams, µs", "jitter_p99_us", True, "{:.0f}"),
    (f"memory per open stream, KiB ({HELD} held)", "stream_kib", False, "{:.1f}"),
    ("idle memory, MiB", "idle_mib", False, "{:.1f}"),
    ("start to first answer, ms", "start_ms", False, "{:.0f}"),
]
RATIOS = {"json_rate_cpu_us", "json_cpu_us", "sse_cpu_us", "json_per_second"}


def table(results):
    names = [name for name in results if name != "direct"]
    lines = [f"{'':52}" + "".join(f"{name:>12}" for name in names) + f"{'edgemesh/nginx':>17}"]
    for title, key, subtract, form in ROWS:
        base = results["direct"][key] if subtract else 0
        values = {name: results[name][key] - base for name in names}
        ratio = f"{values['edgemesh'] / values['nginx']:>16.2f}x" if key in RATIOS and "nginx" in values and "edgemesh" in values else ""
        lines.append(f"{title:52}" + "".join(f"{form.format(values[name]):>12}" for name in names) + ratio)
    direct = results["direct"]
    lines.append(f"without a proxy: JSON p50 {direct['json_p50_us']:.0f} µs, p99 {direct['json_p99_us']:.0f} µs; first token p50 "
                 f"{direct['ttft_p50_us']:.0f} µs; jitter p50 {direct['jitter_p50_us']:.0f} µs")
    return "\n".join(lines)


def main():
    options = argparse.ArgumentParser(description="EdgeMesh, nginx and HAProxy side by side")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", choices=["edgemesh", "nginx", "haproxy"], action="append")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    if os.cpu_count() < 2:
        raise SystemExit("bench: needs two CPUs, one for the proxy and one for the load")
    folder = Path(tempfile.mkdtemp(prefix="edgemesh-bench-"))
    backend_port = free_port()
    backend = subprocess.Popen(pinned(LOAD_CPU, PROGRAMS / "free_backend", backend_port, EVENTS, INTERVAL_MS))
    makers = [make for make in (EdgeMesh, Nginx, HAProxy) if not chosen.only or make.name in chosen.only]
    rows = {make.name: [] for make in makers} | {"direct": []}
    try:
        until(lambda: request(("127.0.0.1", backend_port), "GET", "/v1/models").status == 200, 5)
        for turn in range(chosen.rounds):  # in turns: what disturbs the machine disturbs all
            rows["direct"].append(measure_direct(backend_port))
            for make in makers:
                print(f"bench: round {turn + 1} of {chosen.rounds}: {make.name}", file=sys.stderr)
                rows[make.name].append(measure_proxy(make, folder, backend_port))
    finally:
        backend.kill()
        backend.wait()
        shutil.rmtree(folder, ignore_errors=True)
    results = {name: median_rows(measured) for name, measured in rows.items()}
    print(json.dumps(results, indent=2) if chosen.json else table(results))


if __name__ == "__main__":
    main()
