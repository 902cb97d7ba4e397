"""Makes every system call of a renewal and of a login fail or kill the process, one at a time. See stores.sh."""

import collections
import concurrent.futures
import http.server
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

ERRORS = ["EIO", "EACCES", "ENOSPC"]
# Calls without a result, and the one that starts the program.
IGNORED = {"execve", "exit", "exit_group", "rt_sigreturn", "restart_syscall"}
# Calls that write. A disk that is full stays full, so these also fail from one call on.
WRITING = {"openat", "write", "pwrite64", "ftruncate", "fallocate", "mkdir", "rename", "renameat2", "link", "linkat"}
# Calls that store. Other errors may keep the response from the program.
STORING = WRITING | {"close", "fdatasync", "flock", "fsync", "lseek", "statx", "unlink"}
EXPIRED = 1_000_000_000
CERTIFICATE = pathlib.Path(__file__).resolve().parent.parent / "fixtures/tls/certificate.pem"
# What wakes a thread is written too, although it is not on a disk: an eventfd.
WAKING = re.compile(r'write\(\d+, "\\1(\\0){7}", 8\) += -1 .*INJECTED')
WORKERS = int(os.environ.get("WORKERS", "4"))
TIMEOUT = 20


class Server(http.server.ThreadingHTTPServer):
    """Issues tokens. A refresh token is accepted once."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.valid = set()
        self.refreshed = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """Says nothing about connections that a fault has broken."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def issue(self):
        token = f"refresh_{uuid.uuid4().hex}"
        self.valid.add(token)
        expiry = int(time.time()) + 900
        return {"access_token": f"access_{uuid.uuid4().hex}", "refresh_token": token, "expires_in": expiry}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        user = {"user_id": "1", "user_name": "ann", "nick_name": "Ann", "avatar_url": ""}
        self.reply(200, {"code": 0, "msg": "", "data": user})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or "{}")
        if self.path.endswith("/device/code"):
            device = {"device_code": "d", "user_code": "U", "verification_uri": self.server.url}
            return self.reply(200, device | {"expires_in": 300, "interval": 1})
        if body.get("grant_type") == "refresh_token":
            if body["refresh_token"] not in self.server.valid:
                return self.reply(400, {"error_code": "invalid_request", "error_message": "refresh_token"})
            self.server.valid.remove(body["refresh_token"])
            self.server.refreshed += 1
        return self.reply(200, self.server.issue())

    def reply(self, status, body):
        data = json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            pass  # The program was killed.


def read_json(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def expire(path, url):
    """Lets the token in a file expire."""
    token = {"access_token": "access_old", "expires_at": EXPIRED, "issued_at": EXPIRED - 900, "issuer": url}
    path.write_text(json.dumps(token | {"refresh_token": read_json(path)["refresh_token"]}))


class Renewal:
    """`OAuthCredentials` with a `FileTokenStore`."""

    input = ""

    def __init__(self, binaries):
        self.binaries = binaries

    def environment(self, folder):
        # One trusted certificate, because a system has hundreds, and each file takes several calls.
        return {
            "COZE_CONFIG_DIR": str(folder),
            "COZE_TOKEN_STORE": "file",
            "PATH": os.environ["PATH"],
            "SSL_CERT_FILE": str(CERTIFICATE),
        }

    def prepare(self, folder, server):
        """Writes the files that are there before the run."""
        path = folder / "token.json"
        path.write_text(json.dumps(server.issue()))
        expire(path, server.url)

    def command(self, folder, url):
        """The command that a fault interrupts."""
        return [self.binaries / "token-store", url, folder / "token.json"]

    def next_command(self, folder, url):
        """A command that needs the login afterwards."""
        return self.command(folder, url)

    def is_usable(self, folder, valid):
        """Returns whether there is a login that can be used."""
        return read_json(folder / "token.json").get("refresh_token") in valid


class Call(Renewal):
    """`coze` with a profile whose token has expired."""

    def app(self, server, client_id):
        app = {"client_type": "device", "client_id": client_id, "coze_api_base": server.url}
        return json.dumps(app | {"coze_www_base": server.url})

    def prepare(self, folder, server):
        (folder / "app.json").write_text(self.app(server, "faults.app.coze"))
        command = [self.binaries / "coze", "auth", "login", "--app", folder / "app.json"]
        subprocess.run(command, env=self.environment(folder), check=True, capture_output=True, timeout=TIMEOUT)
        [tokens] = folder.glob("*.tokens.json")
        expire(tokens, server.url)

    def command(self, folder, url):
        return [self.binaries / "coze", "call", "users.me"]

    def next_command(self, folder, url):
        return [self.binaries / "coze", "call", "users.me"]

    def is_usable(self, folder, valid):
        profile = read_json(folder / "default.profile.json")
        if profile.get("kind") == "token":
            return profile["token"] == "pat_new"
        tokens = folder.glob("default.*.tokens.json")
        return "config" in profile and any(read_json(path).get("refresh_token") in valid for path in tokens)


class LoginWithToken(Call):
    """`coze auth login` with a token, in place of an app."""

    input = "pat_new\n"

    def command(self, folder, url):
        return [self.binaries / "coze", "auth", "login", "--base-url", url]


class LoginWithApp(Call):
    """`coze auth login` with the same app again."""

    def command(self, folder, url):
        return [self.binaries / "coze", "auth", "login", "--app", folder / "app.json"]


class LoginWithOtherApp(LoginWithApp):
    """`coze auth login` with another app."""

    def prepare(self, folder, server):
        super().prepare(folder, server)
        (folder / "app.json").write_text(self.app(server, "other.app.coze"))


PROGRAMS = {
    "renewal": Renewal,
    "call": Call,
    "login-token": LoginWithToken,
    "login-app": LoginWithApp,
    "login-other-app": LoginWithOtherApp,
}


class Trial:
    """A program with a server and a folder of its own, which are reset before each run."""

    def __init__(self, program, folder):
        self.program = program
        self.server = Server()
        self.hung = []
        self.template, self.folder, self.log = folder / "before", folder / "state", folder / "log"
        # The paths of the run must be those of the template.
        self.folder.mkdir(parents=True)
        program.prepare(self.folder, self.server)
        shutil.move(self.folder, self.template)
        self.valid = set(self.server.valid)

    def reset(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.template, self.folder)
        self.server.valid, self.server.refreshed = set(self.valid), 0

    def strace(self, *options):
        command = ["strace", "-f", "-qq", "-o", self.log, *options, *self.program.command(self.folder, self.server.url)]
        return self.run(command)

    def run(self, command):
        pipe, environment = subprocess.PIPE, self.program.environment(self.folder)
        process = subprocess.Popen(
            command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )
        try:
            output, errors = process.communicate(self.program.input, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            # The program too, which would outlive strace.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return subprocess.CompletedProcess(command, process.returncode, output, errors)

    def calls(self):
        """Returns how often each system call occurs in one thread, at most."""
        self.reset()
        result = self.strace()
        if result.returncode != 0 or not self.program.is_usable(self.folder, self.server.valid):
            raise SystemExit(f"the program fails without a fault: {result.stdout}{result.stderr}")
        counts = collections.Counter()
        for line in self.log.read_text(errors="replace").splitlines():
            if call := re.match(r"(\d+) +(\w+)\(", line):
                counts[call.groups()] += 1
        most = collections.Counter()
        for (_, name), count in counts.items():
            most[name] = max(most[name], count)
        return {name: count for name, count in sorted(most.items()) if name not in IGNORED}

    def inject(self, name, fault, when):
        """Runs the program with a fault. Returns what is lost."""
        self.reset()
        how = "signal=SIGKILL" if fault == "SIGKILL" else f"error={fault}"
        try:
            self.strace("-e", f"trace={name}", "-e", f"inject={name}:{how}:when={when}")
        except subprocess.TimeoutExpired:
            # A thread sleeps for ever. The program is ended by its user.
            self.hung.append(f"{name}:{fault}:{when}")
            fault = "SIGKILL"
        if WAKING.search(self.log.read_text(errors="replace")):
            # The runtime cannot go on, and ends the program.
            fault = "SIGKILL"
        may_lose = fault == "SIGKILL" or name not in STORING
        if not self.program.is_usable(self.folder, self.server.valid):
            return "window" if may_lose and self.is_between() else "there is no usable refresh token"
        result = self.run(self.program.next_command(self.folder, self.server.url))
        if result.returncode == 0:
            return ""
        # The server may answer a request after the program that sent it has been killed.
        if may_lose and self.is_between() and not self.program.is_usable(self.folder, self.server.valid):
            return "window"
        return f"the next run fails: {result.stdout}{result.stderr}"

    def is_between(self):
        """Returns whether the server has renewed the token, and nothing has been stored."""
        return self.server.refreshed and self.is_unchanged()

    def is_unchanged(self):
        """Returns whether all files that were there are as before."""
        return all((self.folder / path.name).read_bytes() == path.read_bytes() for path in self.template.iterdir())


def faults(calls):
    for name, count in calls.items():
        for number in range(1, count + 1):
            # The kernel never refuses to wake a thread, which would then sleep for ever.
            for fault in [*([] if name == "futex" else ERRORS), "SIGKILL"]:
                yield name, fault, str(number)
            if name in WRITING:
                yield name, "ENOSPC", f"{number}+"


def run(name, binaries, folder):
    program = PROGRAMS[name](binaries)
    trials = queue.SimpleQueue()
    for worker in range(WORKERS):
        trials.put(Trial(program, folder / f"{name}-{worker}"))
    trial = trials.get()
    calls = trial.calls()
    trials.put(trial)

    def inject(fault):
        trial = trials.get()
        try:
            return fault, trial.inject(*fault)
        finally:
            trials.put(trial)

    begin, results = time.monotonic(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for fault, loss in pool.map(inject, list(faults(calls))):
            kind = "lost" if loss not in ("", "window") else loss or "usable"
            results[kind] += 1
            if kind == "lost":
                print(f"{name}: {':'.join(fault)}: {loss.strip()}", flush=True)
    seconds = time.monotonic() - begin
    hung = [fault for _ in range(WORKERS) for fault in trials.get().hung]
    print(
        f"{name}: {results.total()} faults at {sum(calls.values())} calls of {len(calls)} kinds: "
        f"{results['usable']} usable, {results['window']} ended between the request and the file, "
        f"{results['lost']} lost; {len(hung)} ended after {TIMEOUT} s ({seconds:.0f} s)",
        flush=True,
    )
    if hung:
        print(f"{name}: ended after {TIMEOUT} s: {', '.join(sorted(hung))}", flush=True)
    return results["lost"]


def main():
    binaries = pathlib.Path(sys.argv[1])
    names = sys.argv[2:] or list(PROGRAMS)
    with tempfile.TemporaryDirectory() as folder:
        lost = sum(run(name, binaries, pathlib.Path(folder)) for name in names)
    sys.exit(lost > 0)


main()
