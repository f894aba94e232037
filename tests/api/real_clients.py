#!/usr/bin/python3
"""The server against clients that are not ours: curl, Python's websockets and gzip, oathtool, openssl.

usage: real_clients.py PROGRAM STRATEGIES      exit 77 (skipped) where a client is not installed
"""
import asyncio, gzip, json, os, re, shutil, signal, subprocess, sys, tempfile, urllib.request, urllib.error

try:
    import websockets
except ImportError:
    print("SKIPPED: python3-websockets is not installed")
    sys.exit(77)
for tool in ("curl", "openssl", "oathtool"):
    if not shutil.which(tool):
        print("SKIPPED:", tool, "is not installed")
        sys.exit(77)

program, strategies = sys.argv[1:3]
work = tempfile.mkdtemp(prefix="ironfly-api-")
env = dict(os.environ, IRONFLY_STRATEGIES=strategies)


class Server:
    def __init__(self, *options):
        self.process = subprocess.Popen([program, "serve", "--data", work + "/data", "--port", "0", *options],
                                        stdout=subprocess.PIPE, text=True, env=env)
        line = self.process.stdout.readline()
        self.base = re.search(r"https?://[^ ]+", line).group(0)
        if not options:  # the first start
            self.setup = re.search(r"setup#(\S+)", self.process.stdout.readline()).group(1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(15) == 0, "SIGTERM does not stop it cleanly"


def curl(*words, data=None):
    command = ["curl", "-sS", "-k", "-i", "-b", work + "/jar", "-c", work + "/jar", *words]
    if data is not None:
        command += ["-H", "Content-Type: application/json", "--data", json.dumps(data)]
    text = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    head, _, body = text.partition("\r\n\r\n")
    return int(head.split()[1]), head, body


def check(what, cond):
    if not cond:
        sys.exit("failed: " + what)
    print("ok:", what)


async def watch(base, cookie, job):
    """A snapshot, then deltas without gaps, until the job has ended."""
    url = base.replace("http", "ws", 1) + "/api/v1/stream"
    async with websockets.connect(url, extra_headers={"Cookie": cookie, "Origin": base}, subprotocols=["ironfly.v1"]) as ws:
        await ws.send(json.dumps({"op": "subscribe", "topic": "jobs"}))
        seq, states = None, []
        while True:
            m = json.loads(await asyncio.wait_for(ws.recv(), 60))
            assert m["kind"] == ("snapshot" if seq is None else "delta")
            assert seq is None or m["from"] == seq, "a number is missing"
            seq = m["seq"]
            states += [i["value"]["state"] for i in m["items"] if i["key"] == job]
            if states and states[-1] in ("done", "failed"):
                return states


async def refused(base, headers):
    try:
        async with websockets.connect(base.replace("http", "ws", 1) + "/api/v1/stream", extra_headers=headers):
            return None
    except websockets.exceptions.InvalidStatusCode as e:
        return e.status_code


def main():
    server = Server()
    base = server.base
    check("healthz by curl", curl(base + "/healthz")[0] == 200)
    check("strangers get 401", curl(base + "/api/v1/positions")[0] == 401)
    status, head, body = curl(base + "/api/v1/setup", data={"token": server.setup, "login": "ann", "password": "seven green bicycles"})
    check("setup by curl", status == 201 and "HttpOnly" in head)
    me = json.loads(body)["me"]
    csrf = ["-H", "X-CSRF-Token: " + me["csrf_token"], "-H", "Origin: " + base]
    check("curl's cookie jar is logged in", curl(base + "/api/v1/auth/me")[0] == 200)
    check("no change without the token", curl(base + "/api/v1/simulations", data={"from": "2024-01-02", "to": "2024-01-31"})[0] == 403)

    document = urllib.request.Request(base + "/api/v1/openapi.json", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(document) as answer:
        check("gzip that Python unpacks", answer.headers["Content-Encoding"] == "gzip")
        api = json.loads(gzip.decompress(answer.read()))
    refs = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(api)))
    check("every reference of the document resolves", refs <= set(api["components"]["schemas"]))
    ids = [o["operationId"] for p in api["paths"].values() for o in p.values()]
    check("operations have names of their own", len(ids) == len(set(ids)))

    status, _, body = curl(base + "/api/v1/simulations", *csrf, data={"from": "2024-01-02", "to": "2024-01-31", "symbols": "SPX"})
    check("a job is taken", status == 202)
    cookie = [l.split("\t") for l in open(work + "/jar") if "if_session" in l][0]
    cookie = "if_session=" + cookie[6].strip()
    states = asyncio.run(watch(base, cookie, json.loads(body)["id"]))
    check("the job is done, as the socket tells: %s" % states, states[-1] == "done")
    check("no socket for strangers", asyncio.run(refused(base, {})) == 401)
    check("no socket for foreign pages", asyncio.run(refused(base, {"Cookie": cookie, "Origin": "https://evil.example"})) == 403)

    status, _, body = curl(base + "/api/v1/chains/SPX?day=2024-01-31")
    chain = json.loads(body)
    n = len(chain["strikes_micros"])
    check("a chain with %d strikes and Greeks" % n, status == 200 and n > 20 and len(chain["puts"]["delta"]) == n)

    status, _, body = curl("-X", "POST", base + "/api/v1/auth/totp/enrol", *csrf)
    secret = json.loads(body)["secret"]
    code = subprocess.run(["oathtool", "--totp", "-b", secret], check=True, capture_output=True, text=True).stdout.strip()
    status, _, body = curl(base + "/api/v1/auth/totp/confirm", *csrf, data={"code": code})
    check("oathtool's code switches the second factor on", status == 200)
    recovery = json.loads(body)["codes"][0]

    backup = subprocess.run([program, "backup", "--data", work + "/data", "--to", work + "/copy.db"], env=env)
    check("a backup while it runs", backup.returncode == 0)
    verify = subprocess.run([program, "audit", "verify", "--data", work + "/data"], env=env, capture_output=True, text=True)
    check("the trail is whole: " + verify.stdout.strip(), verify.returncode == 0)
    second = subprocess.run([program, "serve", "--data", work + "/data", "--port", "0"], env=env, capture_output=True, text=True)
    check("a second server says why not: " + second.stderr.strip(), second.returncode == 1 and "another ironfly" in second.stderr)
    restore = subprocess.run([program, "restore", "--data", work + "/data", "--from", work + "/copy.db"], env=env, capture_output=True)
    check("no restore under a running server", restore.returncode == 1)
    server.stop()

    restore = subprocess.run([program, "restore", "--data", work + "/data", "--from", work + "/copy.db"], env=env)
    check("a restore when it is stopped", restore.returncode == 0)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", work + "/key.pem", "-out", work + "/cert.pem"], check=True, capture_output=True)
    server = Server("--tls-cert", work + "/cert.pem", "--tls-key", work + "/key.pem")
    os.unlink(work + "/jar")
    status, head, body = curl(server.base + "/api/v1/auth/login", data={"login": "ann", "password": "seven green bicycles"})
    check("login over TLS asks for the code", status == 200 and json.loads(body)["status"] == "second_factor")
    status, head, body = curl(server.base + "/api/v1/auth/second-factor", data={"challenge": json.loads(body)["challenge"], "code": recovery})
    check("cookies over TLS are __Host- and Secure", status == 200 and re.search(r"__Host-if_session=\S+;.*; Secure", head) is not None)
    check("and say HSTS", "Strict-Transport-Security" in head)
    server.stop()
    shutil.rmtree(work)


main()
