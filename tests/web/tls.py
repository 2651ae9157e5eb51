#!/usr/bin/env python3
# TLSの試験 — both faces with certificates made here by openssl: versions, headers, cookies, exchange of the pair while connections go on, and
# the pairs and keys that must be refused. usage: tls.py BUILD
import http.client, os, signal, socket, ssl, subprocess, sys, tempfile, threading, time, warnings

build = sys.argv[1]
warnings.simplefilter("ignore", DeprecationWarning)  # of the old versions, which are tried on purpose
failures, checks = [], 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        failures.append(what)


def make_pair(folder, name, host, kind="ec"):
    new = ["rsa:2048"] if kind == "rsa" else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", *new, "-nodes", "-days", "90", "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + host,
                    "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt"], check=True, capture_output=True)
    os.chmod(f"{folder}/{name}.key", 0o600)


def put(folder, name, to):
    """The new files take the place of the old ones at one go each, as certificate programs do it."""
    for end, mode in ((".crt", 0o644), (".key", 0o600)):
        with open(f"{folder}/{name}{end}", "rb") as f, open(f"{folder}/fresh", "wb") as out:
            out.write(f.read())
        os.chmod(f"{folder}/fresh", mode)
        os.replace(f"{folder}/fresh", f"{folder}/{to}{end}")


def listen(address="127.0.0.1"):
    s = socket.socket()
    s.bind((address, 0))
    s.listen(64)
    return s


def start(folder, face, listener, log, more):
    def child():
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)

    return subprocess.Popen([build + "/webd", "--home", folder, "--one-uid", "--face", face, *more],
                            env={"LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"}, preexec_fn=child, close_fds=False, stderr=log)


class Face:
    def __init__(self, folder, face):
        self.face, self.folder, self.pair = face, folder, f"{folder}/{face}"
        self.listener = listen()
        self.port = self.listener.getsockname()[1]
        self.host = f"{face}.localhost"
        self.log = f"{folder}/{face}.log"
        with open(f"{folder}/{face}.conf", "w") as f:
            f.write(f"host = {self.host}:{self.port}\ncertificate = {self.pair}.crt\nkey = {self.pair}.key\n")
        self.process = start(folder, face, self.listener, open(self.log, "w"), ["--settings", f"{folder}/{face}.conf"])

    def context(self, version=None):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
        if version:
            c.set_ciphers("ALL:@SECLEVEL=0")
            c.minimum_version = c.maximum_version = version
        return c

    def connect(self, version=None):
        return self.context(version).wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=20), server_hostname=self.host)

    def served(self):
        """Subject of the certificate that a new connection is shown."""
        with self.connect() as s:
            pem = ssl.DER_cert_to_PEM_cert(s.getpeercert(True))
        said = subprocess.run(["openssl", "x509", "-noout", "-subject"], input=pem.encode(), capture_output=True, check=True).stdout.decode()
        return said.split("=")[-1].strip()

    def says(self, what, seconds=30):
        for _ in range(seconds * 20):
            if what in open(self.log).read():
                return True
            time.sleep(0.05)
        return False

    def forget_log(self):
        open(self.log, "w").close()


def request(face, method="GET", path="/sign-in", more=""):
    return f"{method} {path} HTTP/1.1\r\nHost: {face.host}:{face.port}\r\n{more}\r\n".encode()


def answer(s):
    r = http.client.HTTPResponse(s)
    r.begin()
    return r, r.read()


def speaks_tls(face):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with face.connect(version) as s:
            s.sendall(request(face))
            r, body = answer(s)
        check(r.status == 200, f"{face.face} {version}: {r.status}")
        check(r.headers.get("Strict-Transport-Security") == "max-age=31536000", "HSTS: " + str(r.headers.get("Strict-Transport-Security")))
        cookie = r.headers.get("Set-Cookie") or ""
        check(cookie.startswith(f"__Host-sekisho-{face.face}-visit=") and "; Secure" in cookie and "HttpOnly" in cookie, "cookie: " + cookie)
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        try:
            face.connect(version).close()
            check(False, f"{version} is spoken")
        except ssl.SSLError as e:
            check("PROTOCOL_VERSION" in str(e) or "EOF" in str(e), f"{version} was refused for another reason: {e}")
    s = socket.create_connection(("127.0.0.1", face.port), timeout=20)
    s.sendall(request(face))
    try:
        check(b"HTTP/" not in s.recv(4096), "plain HTTP is answered")
    except ConnectionError:
        check(True, "")
    s.close()


def old_versions_can_be_spoken(face):
    """The control: this client does speak them, with a server that allows it."""
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.set_ciphers("ALL:@SECLEVEL=0")
        server.minimum_version = version
        server.load_cert_chain(face.pair + ".crt", face.pair + ".key")
        ours, theirs = socket.socketpair()

        def serve():
            try:
                server.wrap_socket(theirs, server_side=True).close()
            except OSError:
                theirs.close()

        t = threading.Thread(target=serve)
        t.start()
        try:
            with face.context(version).wrap_socket(ours, server_hostname=face.host) as s:
                check(s.version() == {769: "TLSv1", 770: "TLSv1.1"}[version], f"the control speaks {s.version()}")
        except OSError as e:
            check(False, f"the control cannot speak {version}: {e}")
        t.join()


def exchanges(face, folder):
    put(folder, "first", face.face)  # the same pair: the start is known
    check(face.served() == "first", "the first certificate is served")
    idle, busy = face.connect(), face.connect()
    idle.sendall(request(face))
    check(answer(idle)[0].status == 200, "a connection before the exchange")
    body = b"number=1001&to=/"
    busy.sendall(request(face, "POST", "/sign-in", f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n") + body[:5])
    put(folder, "second", face.face)
    face.process.send_signal(signal.SIGHUP)
    check(face.says("webd-007"), "the exchange is logged")
    check(face.served() == "second", "a new connection gets the new certificate")
    idle.sendall(request(face))
    check(answer(idle)[0].status == 200, "an idle connection lives on")
    busy.sendall(body[5:])
    r, said = answer(busy)
    check(r.status == 403 and b"1001" in said, f"a request under way is answered ({r.status})")
    idle.close(), busy.close()

    def stays(what, why):
        check(face.says("webd-006") and why in open(face.log).read(), what + ": is said: " + open(face.log).read()[-300:])
        check(face.served() == "second", what + ": the pair before stays")
        face.forget_log()

    face.forget_log()
    os.replace(f"{folder}/third.key", f"{folder}/{face.face}.key")
    face.process.send_signal(signal.SIGHUP)
    stays("a key of another certificate", "does not belong")
    with open(f"{folder}/{face.face}.crt", "w") as f:
        f.write("-----BEGIN CERTIFICATE-----\nMIIB\n")
    face.process.send_signal(signal.SIGHUP)
    stays("half a certificate", "holds no chain")
    os.unlink(f"{folder}/{face.face}.crt")
    face.process.send_signal(signal.SIGHUP)
    stays("no certificate", "cannot read the certificate file")
    # Without being asked: the files are looked at every ten seconds.
    put(folder, "rsa", face.face)
    check(face.says("webd-007", 40) and face.served() == "rsa", "a changed pair is found without SIGHUP")
    put(folder, "first", face.face)
    os.chmod(f"{folder}/{face.face}.key", 0o644)
    face.forget_log()
    face.process.send_signal(signal.SIGHUP)
    check(face.says("webd-006") and "others may use the key file" in open(face.log).read(), "a key that lies open is not taken")
    check(face.served() == "rsa", "the pair before stays")


def refused(folder, code, says, settings, listener=None):
    with open(folder + "/bad.conf", "w") as f:
        f.write(settings)
    log = open(folder + "/bad.log", "w+")
    p = start(folder, "office", listener or listen(), log, ["--settings", folder + "/bad.conf"])
    try:
        got = p.wait(20)
    except subprocess.TimeoutExpired:
        p.kill()
        got = "runs"
    log.seek(0)
    said = log.read()
    check(got == code and says in said, f"expected {code} and “{says}”: {got} {said}")


def refusals(folder):
    pair = f"host = a\ncertificate = {folder}/first.crt\nkey = {folder}/first.key\n"
    for mode, says in ((0o604, "others may use"), (0o644, "others may use"), (0o602, "others may use"), (0o620, "its group may change"), (0o660, "its group may change")):
        os.chmod(folder + "/first.key", mode)
        refused(folder, 1, says, pair)
    os.chmod(folder + "/first.key", 0o640)
    if os.geteuid() == 0:
        os.chown(folder + "/first.key", 0, 7399)
        refused(folder, 1, "not this process' group", pair)
        os.chown(folder + "/first.key", 0, os.getegid())
    else:
        print("not root: a key of a foreign group was not tried")
    refused(folder, 1, "does not belong", pair.replace("first.key", "third2.key"))
    refused(folder, 1, "cannot read the key file", pair.replace("first.key", "none.key"))
    refused(folder, 1, "holds no private key", pair.replace("first.key", "junk.key"))
    refused(folder, 1, "beyond loopback a certificate is required", "host = a\n", listen("0.0.0.0"))
    refused(folder, 2, "bad.conf:2: no setting is called", "host = a\nport = 3\n")
    refused(folder, 2, "certificate is missing", "host = a\nkey = /k\n")
    # With a certificate it may listen anywhere.
    wide = listen("0.0.0.0")
    log = open(folder + "/wide.log", "w+")
    with open(folder + "/wide.conf", "w") as f:
        f.write(pair)
    p = start(folder, "office", wide, log, ["--settings", folder + "/wide.conf"])
    for _ in range(200):
        log.seek(0)
        said = log.read()
        if "service-000" in said or p.poll() is not None:
            break
        time.sleep(0.05)
    check("service-000" in said, "beyond loopback with a certificate: " + said)
    check("webd-005" in said, "a host that the certificate does not name is said: " + said)
    p.terminate()
    check(p.wait(20) == 0, "it ends cleanly")


with tempfile.TemporaryDirectory() as folder:
    os.mkdir(folder + "/run")
    for face in ("office", "internet"):
        for name, kind in (("first", "ec"), ("second", "ec"), ("third", "ec"), ("third2", "ec"), ("rsa", "rsa")):
            make_pair(folder, name, face + ".localhost", kind)
        open(folder + "/junk.key", "w").write("no key\n")
        os.chmod(folder + "/junk.key", 0o600)
        put(folder, "first", face)
        f = Face(folder, face)
        try:
            check(f.says("service-000"), "it starts: " + open(f.log).read())
            speaks_tls(f)
            old_versions_can_be_spoken(f)
            exchanges(f, folder)
        finally:
            f.process.terminate()
            check(f.process.wait(20) == 0, "it ends cleanly: " + open(f.log).read()[-1000:])
    refusals(folder)
for f in failures:
    print("FAILED:", f)
print(f"{checks - len(failures)} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
