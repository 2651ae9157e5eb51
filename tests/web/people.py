# 人のかわりにHTTPを話す — people of the sample city with browsers of their own, for tests against a running system. Imported, not run:
# sys.argv holds OFFICE-PORT INTERNET-PORT SIGN-INS.
import base64, hashlib, hmac, http.client, re, struct, sys, time
from pathlib import Path
from urllib.parse import urlencode

office_port, internet_port = int(sys.argv[1]), int(sys.argv[2])
people = {}
for line in open(sys.argv[3], encoding="utf-8"):
    number, password, secret, name = line.rstrip("\n").split("\t")
    people[number] = (password, secret, name)
failures, checks = [], 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        failures.append(what)


def code(number):
    """One that was not used before: each step of 30 seconds is good once, one step early or late is allowed. Kept where packaging/sample/passage.sh keeps it."""
    kept = Path(sys.argv[3]).with_name("step-" + number)
    last = int(kept.read_text()) if kept.exists() else 0
    while True:
        now = time.time()
        first = int(now) // 30 - (now % 30 < 22)  # a step that is about to end would come too late
        step = max(last + 1, first)
        if step <= int(now) // 30 + 1:
            break
        time.sleep(0.3)
    kept.write_text(f"{step}\n")
    h = hmac.new(base64.b32decode(people[number][1]), struct.pack(">Q", step), hashlib.sha1).digest()
    at = h[19] & 15
    return "%06d" % ((struct.unpack(">I", h[at:at + 4])[0] & 0x7FFFFFFF) % 1000000)


class Browser:
    def __init__(self, face, address="127.0.0.1"):
        self.face, self.port, self.address = face, office_port if face == "office" else internet_port, address
        self.host, self.cookies = f"{face}.localhost:{self.port}", {}

    def ask(self, method, path, form=None, headers=None, body=None):
        h = {"Host": self.host, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), **(headers or {})}
        if form is not None:
            body, h["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(self.address, 0))
        c.request(method, path, body, h)
        r = c.getresponse()
        answer = r.read()
        for cookie in r.headers.get_all("Set-Cookie") or []:
            k, v = cookie.split(";")[0].split("=", 1)
            if "Max-Age=0" in cookie:
                self.cookies.pop(k, None)
            else:
                self.cookies[k] = v
        c.close()
        return r.status, r.headers, answer

    def csrf(self, path="/"):
        status, _, page = self.ask("GET", path)
        return re.search(rb'name="csrf" value="([0-9a-f]+)"', page)[1].decode()

    def sign_in(self, number):
        password = people[number][0]
        t = self.csrf("/sign-in")
        status, headers, _ = self.ask("POST", "/sign-in", {"csrf": t, "number": number, "password": password, "code": code(number)})
        check(status == 303 and headers["Location"] == "/", f"{number} signs in on the {self.face} side: {status}")
        return self

    def hand_in(self, addressee, purpose):
        fields = [("csrf", self.csrf("/hand-in")), ("addressee", addressee), ("purpose", purpose)]
        body = b"".join(f'--xx\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields)
        body += '--xx\r\nContent-Disposition: form-data; name="file"; filename="議事録.txt"\r\n\r\n議事録\r\n\r\n--xx--\r\n'.encode()
        status, headers, page = self.ask("POST", "/hand-in", headers={"Content-Type": "multipart/form-data; boundary=xx"}, body=body)
        check(status == 303, f"handing in: {status} {page[-300:]!r}")
        ticket = headers["Location"].split("/")[-1]
        for _ in range(240):
            if self.ask("GET", f"/tickets/{ticket}/state")[2] == b"done\n":
                break
            time.sleep(0.25)
        return ticket


def report():
    for f in failures:
        print("FAILED:", f)
    print(f"{checks - len(failures)} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)
