#!/usr/bin/env python3
# サインインの試験 — the own sessions seen and ended, the password changed, input that comes too late, and failures that make the one who fails wait
# and nobody else. usage: sessions.py OFFICE-PORT INTERNET-PORT SIGN-INS   (a running system with the sample city)
import html, re, time
from urllib.parse import quote
from people import Browser, check, code, people, report


def rows(page):
    """The table of sessions: (id or "" for the own, source)."""
    found = []
    for row in re.findall(r"<tr><td.*?</tr>", page.decode(), re.S):
        cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)
        button = re.search(r'name="session" value="([0-9a-f]{16})"', row)
        found.append((button[1] if button else "", cells[1]))
    return found


def kept_in(page):
    m = re.search(r'name="kept" value="([^"]*)"', page)
    return html.unescape(m[1]) if m else ""


def is_in(b):
    return b.ask("GET", "/account")[0] == 200


def own_sessions():
    here, there, elsewhere = (Browser(face, address).sign_in("2001") for face, address in
                              (("internet", "127.0.0.1"), ("internet", "127.0.0.2"), ("office", "127.0.0.3")))
    colleague = Browser("internet").sign_in("2003")
    status, _, page = here.ask("GET", "/account")
    found = rows(page)
    check(status == 200 and len(found) == 3, f"both faces, three sessions: {found}")
    check(sorted(s for _, s in found) == ["127.0.0.1", "127.0.0.2", "127.0.0.3"], f"from where: {found}")
    check([s for i, s in found if not i] == ["127.0.0.1"], "the own one is marked and has no button")
    check("沖田" not in page.decode(), "nobody else's")
    victim = next(i for i, s in found if s == "127.0.0.2")
    # A colleague who knows the number of the session ends nothing; nor does a form without token.
    check(colleague.ask("POST", "/account/sessions", {"csrf": colleague.csrf("/account"), "session": victim})[0] == 303 and is_in(there), "a colleague ends nothing")
    check(here.ask("POST", "/account/sessions", {"session": victim})[0] == 403 and is_in(there), "without the form's token nothing ends")
    status, headers, _ = here.ask("POST", "/account/sessions", {"csrf": here.csrf("/account"), "session": victim})
    check(status == 303 and headers["Location"] == "/account?ended=1", f"one is ended: {status}")
    check(not is_in(there) and is_in(here) and is_in(elsewhere), "that one and no other")
    status, headers, page = here.ask("GET", "/account?ended=1")
    check("サインインを終えました" in page.decode() and len(rows(page)) == 2, "it is said, and gone from the list")
    here.ask("POST", "/account/sessions", {"csrf": here.csrf("/account")})
    check(not is_in(elsewhere) and is_in(here), "all others are ended, this one stays")
    check(is_in(colleague), "and the colleague's")
    return here, colleague


def change_password(here):
    other = Browser("office").sign_in("2001")
    old, fresh = people["2001"][0], "波の音と 灯台のあかり 七月"

    def change(**changed):
        form = {"csrf": here.csrf("/account/password"), "present": old, "fresh": fresh, "again": fresh, "code": "000000", **changed}
        status, headers, page = here.ask("POST", "/account/password", form)
        return status, headers.get("Location"), page.decode()

    for changed, says in (({"again": "別の長い言葉の並び"}, "二つの入力が違っています"), ({"fresh": "short", "again": "short"}, "12文字"), ({"present": "まちがい"}, "確認コードが違います"),
                          ({"code": "000000"}, "確認コードが違います")):
        status, _, page = change(**changed)
        check(status == 403 and says in page, f"{changed}: {status} {re.findall('notice bad.*?</div>', page, re.S)}")
        check(old not in page and fresh not in page, "no password is shown again")
    check(is_in(other), "a refused change ends nothing")
    status, location, page = change(code=code("2001"))
    check(status == 303 and location == "/account?changed=1", f"the password is changed: {status} {re.findall('notice bad.*?</div>', page, re.S)}")
    check(is_in(here) and not is_in(other), "the session in which it was done stays, the others end")
    b = Browser("internet")
    status, _, _ = b.ask("POST", "/sign-in", {"csrf": b.csrf("/sign-in"), "number": "2001", "password": old, "code": "000000"})
    check(status == 403, "the old password is worth nothing")
    people["2001"] = (fresh, *people["2001"][1:])
    Browser("internet").sign_in("2001")


def too_late():
    """A form whose session has ended: nothing typed is lost, nothing is sent unseen."""
    b, killer = Browser("office").sign_in("1001"), Browser("office").sign_in("1001")
    form = {"csrf": b.csrf("/approvals"), "reason": "添付が <b>違います</b>", "act": "return", "code": "123456", "ticket": ["1:" + "0" * 64, "2:" + "1" * 64]}
    killer.ask("POST", "/account/sessions", {"csrf": killer.csrf("/account")})
    status, _, page = b.ask("POST", "/approvals", form)
    page = page.decode()
    kept = kept_in(page)
    check(status == 403 and kept and 'name="to" value="/approvals"' in page, f"the sign-in page carries what was typed: {status}")
    check("123456" not in page and form["csrf"] not in kept, "but no secret")
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', page)[1]
    again = {"csrf": csrf, "to": "/approvals", "kept": kept, "number": "1001", "password": "まちがい", "code": "000000"}
    status, _, page = b.ask("POST", "/sign-in", again)
    check(status == 403 and kept_in(page.decode()) == kept, "a wrong password does not lose it")
    again["csrf"] = re.search(rb'name="csrf" value="([0-9a-f]+)"', page)[1].decode()
    status, _, page = b.ask("POST", "/sign-in", {**again, "password": people["1001"][0], "code": code("1001")})
    page = page.decode()
    check(status == 200 and "まだ送られていません" in page and "添付が &lt;b&gt;違います&lt;/b&gt;" in page, f"after signing in it is shown, not sent: {status}")
    csrf = re.search(r'action="/continue".*?name="csrf" value="([0-9a-f]+)"', page, re.S)
    csrf = csrf[1] if csrf else re.search(r'name="csrf" value="([0-9a-f]+)"', page)[1]
    go_on = {"csrf": csrf, "to": "/approvals", "kept": kept}
    check(b.ask("POST", "/continue", {**go_on, "csrf": "0" * 64})[0] == 403, "not without the form's token")
    status, _, page = b.ask("POST", "/continue", go_on)
    check(status in (400, 403, 409) and "添付が &lt;b&gt;違います" in page.decode(), f"the page gets it, asks for the code again and keeps the reason: {status}")
    for to in ("/continue", "/sign-out", "/no-such", "//evil.example", "/account"):
        check(b.ask("POST", "/continue", {**go_on, "to": to})[0] == 404, f"/continue to {to}")
    for broken in ("a=b", "", kept[:64], kept[:64] + "AAAA", kept[:-3] + "%%%"):
        check(b.ask("POST", "/continue", {**go_on, "kept": broken})[0] == 400, f"/continue with what is broken: {broken[:70]}")
    for foreign in (kept[:64] + "A" * 80, "x" * 16384):
        check(b.ask("POST", "/continue", {**go_on, "kept": foreign})[0] == 403, "/continue with what was never sealed here")
    # With a file: the fields are kept, the file must be chosen again.
    b, killer = Browser("internet").sign_in("2003"), Browser("internet").sign_in("2003")
    csrf = b.csrf("/hand-in")
    killer.ask("POST", "/account/sessions", {"csrf": killer.csrf("/account")})
    body = b"".join(f'--xx\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in (("csrf", csrf), ("addressee", "2002"), ("purpose", "会議の記録")))
    body += b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx\r\n--xx--\r\n'
    status, _, page = b.ask("POST", "/hand-in", headers={"Content-Type": "multipart/form-data; boundary=xx"}, body=body)
    kept = kept_in(page.decode())
    check(status == 403 and kept, f"an upload that comes too late: {status}")
    again = {"csrf": re.search(rb'name="csrf" value="([0-9a-f]+)"', page)[1].decode(), "to": "/hand-in", "kept": kept, "number": "2003",
             "password": people["2003"][0], "code": code("2003")}
    status, _, page = b.ask("POST", "/sign-in", again)
    check(status == 200 and "もう一度選んで" in page.decode(), "the file must be chosen again, and that is said")
    csrf = re.search(rb'name="csrf" value="([0-9a-f]+)"', page)[1].decode()
    status, _, page = b.ask("POST", "/continue", {"csrf": csrf, "to": "/hand-in", "kept": kept})
    check("会議の記録" in page.decode() and 'type="file"' in page.decode(), f"the form comes back filled in: {status}")


def another_person():
    """Input that came too late is shown to the person who typed it, in the browser where it was typed, and to nobody else."""
    typed = "人事の内示 山波"
    b, killer = Browser("office").sign_in("1001"), Browser("office").sign_in("1001")
    form = {"csrf": b.csrf("/approvals"), "reason": typed, "act": "return", "code": "123456"}
    killer.ask("POST", "/account/sessions", {"csrf": killer.csrf("/account")})
    status, _, page = b.ask("POST", "/approvals", form)
    page = page.decode()
    kept = kept_in(page)
    check(status == 403 and kept and typed not in html.unescape(page) and quote(typed) not in page, "the sign-in page carries it out of sight")
    before = dict(b.cookies)

    def sign_in(who, cookies):
        """Somebody signs in on that very page."""
        b.cookies = dict(cookies)
        again = {"csrf": csrf, "to": "/approvals", "kept": kept, "number": who, "password": people[who][0], "code": code(who)}
        status, _, page = b.ask("POST", "/sign-in", again)
        return status, html.unescape(page.decode())

    def hidden(page):
        return typed not in page and quote(typed) not in page and kept not in page

    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', page)[1]
    status, page = sign_in("1002", before)
    check(status == 200 and "先に入力していたのは別の人" in page and hidden(page), f"another person gets a sentence and nothing of it: {status}")
    check('href="/approvals"' in page and people["1002"][2] in page, "and a way to an empty page of their own")
    go_on = {"csrf": b.csrf("/approvals"), "to": "/approvals", "kept": kept}
    status, _, page = b.ask("POST", "/continue", go_on)
    check(status == 403 and "先に入力していたのは別の人" in page.decode() and hidden(html.unescape(page.decode())), f"nor by asking for it: {status}")
    check(typed not in b.ask("GET", "/approvals")[2].decode(), "the page itself is empty")
    # The first half of a form's token, or another person's second half, opens nothing either.
    mixed = {**form, "csrf": form["csrf"][:64]}
    fresh = Browser("office").sign_in("1001")
    mixed["csrf"] = fresh.csrf("/approvals")[:64]
    killer = Browser("office").sign_in("1001")
    killer.ask("POST", "/account/sessions", {"csrf": killer.csrf("/account")})
    check(not kept_in(fresh.ask("POST", "/approvals", mixed)[2].decode()), "a form that is nobody's is not carried")
    # The person themself, in the same browser and in another.
    status, page = sign_in("1001", before)
    check(status == 200 and typed in page, f"the person gets it back: {status}")
    elsewhere = Browser("office").sign_in("1001")
    status, _, page = elsewhere.ask("POST", "/continue", {"csrf": elsewhere.csrf("/approvals"), "to": "/approvals", "kept": kept})
    check(status == 403 and typed not in page.decode(), f"not in another browser: {status}")


def time_left(b):
    status, headers, body = b.ask("GET", "/session")
    check(status == 200 and 1700 < int(body) <= 1800, f"half an hour without a sign of life: {body}")
    check(b.ask("GET", "/session/keep")[0] == 200, "go on")
    check(re.search(rb'<dialog[^>]*data-seconds="(1[78]\d\d)"', b.ask("GET", "/")[2]), "the page knows it")
    check(Browser("internet").ask("GET", "/session")[0] == 303, "nobody's session has no time left")


def throttle():
    """Failures make the one who fails wait: by person and source, and by source. The person elsewhere is not locked out."""
    def attempt(address, number, password="まちがいのパスワード", given="000000", face="internet", headers=None):
        b = Browser(face, address)
        status, _, page = b.ask("POST", "/sign-in", {"csrf": b.csrf("/sign-in"), "number": number, "password": password, "code": given}, headers=headers)
        return status, page.decode()

    def fail_until_long(act, least, most):
        """Fails again and again, waiting as told, until the wait is so long that the next questions surely fall into it. Failures before the first wait."""
        free, waited = 0, False
        for _ in range(most):
            status, page = act()
            if status == 403:
                free += not waited
                continue
            seconds = re.search(r"(\d+) 秒たってから", page)
            check(status == 429 and seconds, f"a wait is said: {status}")
            waited = True
            if not seconds or int(seconds[1]) >= least:
                return free
            time.sleep(int(seconds[1]))
        check(False, "no long wait came")
        return free

    free = fail_until_long(lambda: attempt("127.0.0.9", "2002"), 25, 40)
    check(free >= 3, f"three failures are free: {free}")
    status, page = attempt("127.0.0.9", "2002", people["2002"][0], code("2002"))
    check(status == 429, f"then even the right password waits there: {status}")
    for headers in ({"X-Forwarded-For": "127.0.0.77"}, {"Forwarded": "for=127.0.0.77"}):
        check(attempt("127.0.0.9", "2002", headers=headers)[0] == 429, f"a header does not make it another source: {headers}")
    check(attempt("127.0.0.9", "2002", face="office")[0] == 429, "nor does the other face")
    Browser("internet", "127.0.0.1").sign_in("2002")  # the person, from the own desk, at once
    check(attempt("127.0.0.9", "9999")[0] == 403, "a number that nobody has is answered like a wrong password")
    number = iter(range(8800, 8999))
    free = fail_until_long(lambda: attempt("127.0.0.10", str(next(number))), 15, 90)
    check(free >= 30, f"thirty failures of one source, whoever they name, are free: {free}")
    check(attempt("127.0.0.10", "1003", people["1003"][0], code("1003"))[0] == 429, "then the source waits")
    Browser("office", "127.0.0.1").sign_in("1003")
    # In a session: wrong codes make this source wait, and the person signs in elsewhere.
    b = Browser("internet", "127.0.0.11").sign_in("1002")

    def guess():
        form = {"csrf": b.csrf("/account/password"), "present": "まちがい", "code": "000000", "fresh": "新しい 長い 言葉の並び", "again": "新しい 長い 言葉の並び"}
        status, _, page = b.ask("POST", "/account/password", form)
        return status, page.decode()

    check(fail_until_long(guess, 4, 30) >= 3, "guessing the present password makes one wait")
    Browser("internet", "127.0.0.12").sign_in("1002")


here, colleague = own_sessions()
time_left(colleague)
too_late()
another_person()
change_password(here)
throttle()
report()
