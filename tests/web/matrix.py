#!/usr/bin/env python3
# 画面の総当たり — every row of pages.def × method × face against a running webd, as a stranger: nothing is shown, nothing is done.
# Hosts, origins, cookies, oversized and cut requests besides. usage: matrix.py BUILD
import http.client, os, re, socket, subprocess, sys, tempfile, time

build = sys.argv[1]
top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
rows = []
for line in open(top + "/src/web/pages.def", encoding="utf-8"):
    m = re.match(r'PAGE\((\w+), "([^"]+)", (\w+), (\w+), (\w+),', line)
    u = re.match(r'UPLOAD\("([^"]+)", (\w+), (\w+), (\w+),', line)
    if m:
        rows.append(({"QUIET": "GET", "LONG": "POST"}.get(m[1], m[1]), m[2], m[4], m[5]))
    elif u:
        rows.append(("POST", u[1], u[3], u[4]))
assert len(rows) > 15
failures, checks = [], 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        failures.append(what)


class Face:
    def __init__(self, name, folder):
        self.name, self.host = name, name + ".localhost"
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        s.listen(64)
        self.port = s.getsockname()[1]
        self.host += ":%d" % self.port
        os.set_inheritable(s.fileno(), True)
        fd = s.fileno()

        def child():
            os.dup2(fd, 3)
            os.set_inheritable(3, True)

        self.log = open(folder + "/" + name + ".log", "w")
        self.process = subprocess.Popen([build + "/webd", "--home", folder, "--one-uid", "--face", name, "--host", self.host],
                                        env={"LISTEN_FDS": "1", "LISTEN_FDNAMES": "http", "PATH": os.environ["PATH"]},
                                        preexec_fn=child, pass_fds=[3] if fd == 3 else [fd, 3], stderr=self.log)
        self.socket = s

    def ask(self, method, path, headers=None, body=None):
        h = {"Host": self.host}
        h.update(headers or {})
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            c.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            if body is not None and "Content-Length" not in h:
                h["Content-Length"] = str(len(body))
            for k, v in h.items():
                for one in v if isinstance(v, list) else [v]:
                    c.putheader(k, one)
            c.endheaders()
            if body:
                c.send(body)
            r = c.getresponse()
            return r.status, r, r.read()
        except (ConnectionError, http.client.HTTPException, socket.timeout) as e:
            return 0, None, str(e).encode()
        finally:
            c.close()


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def matrix(face):
    for path in sorted({r[1] for r in rows}):
        real = path.replace("#", "7")
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"]:
            mine = [r for r in rows if r[1] == path and ("BOTH" in r[2] or face.name.upper() in r[2])]
            wanted = "GET" if method == "HEAD" else method
            row = next((r for r in mine if r[0] == wanted), None)
            status, r, body = face.ask(method, real, FORM if method == "POST" else None, b"" if method == "POST" else None)
            where = f"{face.name} {method} {real}: {status}"
            if not mine:
                check(status == 404, where + " instead of 404")
            elif row is None:
                check(status == 405, where + " instead of 405")
            elif method == "POST":
                check(status in (400, 403) and "Location" not in r.headers, where + ": a form without token")
            elif row[3] != "ANYONE":
                check(status == 303 and r.headers["Location"].startswith("/sign-in"), where + ": strangers go to the sign-in page")
            else:
                check(status in (200, 303, 410), where)
            if r is not None and status:
                check(r.headers.get("X-Content-Type-Options") == "nosniff", where + ": nosniff")
                policy = r.headers.get("Content-Security-Policy", "")
                check("default-src" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy, where + ": policy " + policy)
                check(r.headers.get("Cache-Control") == "no-store", where + ": cache")
                check(not (method == "HEAD" and body), where + ": HEAD with a body")


def token_of(face, path="/sign-in", headers=None):
    status, r, body = face.ask("GET", path, headers)
    cookies = "; ".join(c.split(";")[0] for c in r.headers.get_all("Set-Cookie") or [])
    m = re.search(rb'name="csrf" value="([0-9a-f]{64})"', body)
    return cookies, m[1].decode() if m else "", r, body


def forms(face, other):
    cookies, csrf, r, body = token_of(face)
    flags = (r.headers.get("Set-Cookie") or "").lower()
    check("httponly" in flags and "samesite=strict" in flags and "path=/" in flags, "cookie flags: " + flags)
    check(len(csrf) == 64 and csrf not in cookies, "the form's token is not the cookie")
    send = ("csrf=" + csrf + "&language=en&to=/sign-in").encode()
    good = dict(FORM, Cookie=cookies)

    def post(headers, body=send):
        return face.ask("POST", "/language", headers, body)[0]

    check(post(good) == 303, "a form with its token is taken")
    check(post(dict(good, Origin="http://" + face.host)) == 303, "own origin")
    check(post(dict(good, **{"Sec-Fetch-Site": "same-origin"})) == 303, "own site")
    for origin in ["http://" + other.host, "http://evil.example", "null", "https://" + face.host, "http://" + face.host + ".evil.example"]:
        check(post(dict(good, Origin=origin)) == 403, "origin " + origin)
    for site in ["cross-site", "same-site", "none"]:
        check(post(dict(good, **{"Sec-Fetch-Site": site})) == 403, "Sec-Fetch-Site " + site)
    check(post(FORM) == 403, "token without cookie")
    check(post(good, b"language=en") == 403, "no token")
    check(post(good, b"language=en&csrf=" + b"0" * 64) == 403, "wrong token")
    check(post(good, b"language=en&csrf=" + csrf.encode()[:63]) == 403, "short token")
    foreign, foreign_csrf, _, _ = token_of(face)
    check(post(dict(FORM, Cookie=foreign), send) == 403, "another browser's token")
    check(post(dict(FORM, Cookie=cookies + "; " + cookies), send) == 403, "the cookie twice")
    check(face.ask("POST", "/language", dict(good, **{"Content-Type": "text/plain"}), send)[0] == 400, "text/plain")
    check(face.ask("POST", "/language", dict(good, **{"Content-Type": "multipart/form-data; boundary=x"}), send)[0] == 400, "multipart to a plain form")
    for to, lands in [("/hand-in", "/hand-in"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/%5Cevil.example", "/"), ("/%0D%0AX:y", "/")]:
        status, r, _ = face.ask("POST", "/language", good, ("csrf=" + csrf + "&to=" + to).encode())
        check(status in (303, 400) and (status == 400 or r.headers["Location"] == lands), "go back to " + to)
    status, r, body = face.ask("POST", "/language", good, ("csrf=bad&note=" + "%3Cscript%3Ex").encode())
    check(status == 403 and b"&lt;script&gt;x" in body and b"<script>x" not in body, "what was typed is kept, as text")
    status, r, body = face.ask("POST", "/sign-in", good, ("csrf=bad&number=1001&password=secretword").encode())
    check(status == 403 and b"secretword" not in body and b"1001" in body, "a password is not kept")


def hosts(face, other):
    for host in [other.host, "evil.example", face.host + ".evil.example", "127.0.0.1:%d" % face.port, "", face.host.split(":")[0]]:
        status, r, body = face.ask("GET", "/sign-in", {"Host": host})
        check(status in (400, 421), f"host {host!r}: {status}")
        if r is not None:
            check(not r.headers.get_all("Set-Cookie"), f"host {host!r} gets no cookie")
    status, _, _ = face.ask("GET", "/sign-in", {"Host": [face.host, "evil.example"]})
    check(status in (200, 400, 421), "two hosts")
    check(face.ask("GET", "/sign-in", {"Host": face.host.upper()})[0] == 200, "letter case of the host")


def addresses(face):
    for path in ["/..%2fetc/passwd", "/static/../webd.c", "/static/", "/static/sekisho.css%00", "/sign-in/", "/tickets/07", "/tickets/0", "/tickets/-1",
                 "/tickets/99999999999999999999999", "/tickets/7/", "/sign%2Din", "//sign-in", "/sign-in\\", "http://evil.example/sign-in", "*"]:
        status, r, body = face.ask("GET", path)
        check(status in (0, 400, 404, 413), f"address {path}: {status}")
    check(face.ask("GET", "/sign-in?" + "a" * 3000)[0] in (413, 414), "a long address")
    check(face.ask("GET", "/sign-in?to=%ff")[0] == 400, "an address that is no text")
    check(face.ask("GET", "/sign-in", {"X": "y" * 100000})[0] in (0, 400, 413, 431), "long headers")
    check(face.ask("GET", "/sign-in", {"Cookie": "a=" + "y" * 5000})[0] == 200, "a long cookie is none")
    status, r, body = face.ask("GET", "/static/sekisho.css")
    check(status == 200 and r.headers["Content-Type"].startswith("text/css") and len(body) > 1000, "the style sheet")
    etag = r.headers["ETag"]
    status, r, body = face.ask("GET", "/static/sekisho.css", {"If-None-Match": etag})
    check(status == 304 and not body, "the style sheet is not sent twice")


def bodies(face):
    cookies, csrf, _, _ = token_of(face)
    good = dict(FORM, Cookie=cookies)
    check(face.ask("POST", "/language", good, b"csrf=" + csrf.encode() + b"&x=" + b"a" * 140000)[0] == 413, "a long form")
    check(face.ask("POST", "/language", good, b"csrf=" + csrf.encode() + b"&x=" + b"a" * 17000)[0] == 413, "a long field")
    if face.name == "office":  # a whole text may only come from who may use the page
        status = face.ask("POST", "/policy/propose", good, b"csrf=" + csrf.encode() + b"&text=" + b"a" * 140000)[0]
        check(status in (302, 303, 401, 403), f"a stranger's long text: {status}")
    check(face.ask("POST", "/language", good, b"csrf=" + csrf.encode() + b"&x=%zz")[0] == 400, "a broken form")
    check(face.ask("POST", "/language", dict(good, **{"Content-Length": "99999999999"}), b"x")[0] in (0, 413), "an endless form")
    # cut in the middle: the server goes on
    s = socket.create_connection(("127.0.0.1", face.port))
    s.sendall(f"POST /language HTTP/1.1\r\nHost: {face.host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ncsrf=".encode())
    s.close()
    check(face.ask("GET", "/sign-in")[0] == 200, "after a cut form")


def uploads(face):
    cookies, csrf, _, _ = token_of(face)
    body = b"".join(b'--xx\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % f for f in [(b"csrf", csrf.encode()), (b"purpose", "見積".encode())])
    body += b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + b"x" * 300000 + b"\r\n--xx--\r\n"
    for kind in ["multipart/form-data; boundary=xx", "multipart/form-data", "application/x-www-form-urlencoded"]:
        status, r, answer = face.ask("POST", "/hand-in", {"Content-Type": kind, "Cookie": cookies}, body)
        check(status in (400, 403), f"an upload of a stranger ({kind}): {status}")
    status, r, answer = face.ask("POST", "/hand-in", {"Content-Type": "multipart/form-data; boundary=xx", "Cookie": cookies}, body)
    check("見積".encode() in answer and b'name="kept" value' not in answer, "what a stranger typed is shown to them, and carried to nobody")


def languages(face):
    _, _, r, body = token_of(face)
    check(b'<html lang="ja">' in body and "サインイン".encode() in body, "Japanese first")
    _, _, r, body = token_of(face, headers={"Accept-Language": "en-GB,en;q=0.9,ja;q=0.5"})
    japanese = re.sub(rb"<button[^>]*>[^<]*</button>", b"", body).decode()
    check(b'<html lang="en">' in body and not re.search("[\u3041-\u9fff]", japanese), "the English page holds no Japanese")
    _, _, r, body = token_of(face, headers={"Accept-Language": "en", "Cookie": "sekisho-language=ja"})
    check(b'<html lang="ja">' in body, "the choice of a person is kept")


with tempfile.TemporaryDirectory() as folder:
    os.mkdir(folder + "/run")
    faces = [Face("office", folder), Face("internet", folder)]
    try:
        for f in faces:
            for _ in range(100):
                if f.ask("GET", "/sign-in")[0]:
                    break
                time.sleep(0.05)
        for f, other in [(faces[0], faces[1]), (faces[1], faces[0])]:
            matrix(f), forms(f, other), hosts(f, other), addresses(f), bodies(f), languages(f)
        uploads(faces[1])
        # One address that opens more connections than its share shuts out nobody but itself.
        with open(top + "/src/web/limits.def", encoding="utf-8") as table:
            share = int(re.search(r"WEB_LIMIT\(CONNECTIONS_OF_ONE, (\d+)", table.read())[1])
        held = [socket.create_connection(("127.0.0.1", faces[0].port), timeout=10) for _ in range(share + 40)]
        time.sleep(0.5)
        other = http.client.HTTPConnection("127.0.0.1", faces[0].port, timeout=10, source_address=("127.0.0.9", 0))
        other.request("GET", "/sign-in", headers={"Host": faces[0].host})
        check(other.getresponse().status == 200, "another address is served while one holds all its connections")
        other.close()
        closed = 0
        for c in held:
            c.setblocking(False)
            try:
                closed += c.recv(1) == b""
            except OSError as why:
                closed += not isinstance(why, BlockingIOError)
        check(closed >= 40, "what one address opens beyond its share is closed: %d" % closed)
        for c in held:
            c.close()
        time.sleep(0.5)
        # Beyond loopback without a certificate: no start.
        s = socket.socket()
        s.bind(("0.0.0.0", 0))
        s.listen(1)

        def child():
            os.dup2(s.fileno(), 3)
            os.set_inheritable(3, True)

        p = subprocess.run([build + "/webd", "--home", folder, "--one-uid", "--face", "office", "--host", "x.example"],
                           env={"LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"}, preexec_fn=child, close_fds=False, capture_output=True, timeout=20)
        check(p.returncode == 1 and b"certificate" in p.stderr, "beyond loopback TLS is required: %d %s" % (p.returncode, p.stderr))
    finally:
        codes = []
        for f in faces:
            f.process.terminate()
            codes.append(f.process.wait(20))
        check(codes == [0, 0], f"both end cleanly: {codes} " + open(folder + "/office.log").read()[-2000:] + open(folder + "/internet.log").read()[-2000:])
for f in failures:
    print("FAILED:", f)
print(f"{checks - len(failures)} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
