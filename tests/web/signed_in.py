#!/usr/bin/env python3
# 権限の試験 — people who are signed in try what is not theirs: another's ticket, another's session, another section's approval, their own.
# usage: signed_in.py OFFICE-PORT INTERNET-PORT SIGN-INS   (against a running system with the sample city; tests/articles/nobody_reaches_what_is_not_theirs.sh)
import re, time
from people import Browser, check, code, people, report


def boxes(page):
    return dict(re.findall(r'name="ticket"[^>]*value="(\d+):([0-9a-f]{64})"', page.decode()))


sender = Browser("internet").sign_in("2001")
ticket = sender.hand_in("2002", "会議の記録を渡すため")
status, _, page = sender.ask("GET", f"/tickets/{ticket}")
check(status == 200 and "承認を待っています".encode() in page, "the sender sees the state")
check("決められる人：" in page.decode() and f"{people['1001'][2]}（課長）" in page.decode(), "and who can decide it")

# Another person on the Internet side: there is no such ticket.
other = Browser("internet").sign_in("2002")
for path in [f"/tickets/{ticket}", f"/tickets/{ticket}/state"]:
    check(other.ask("GET", path)[0] == 404, "another's ticket: " + path)
check(ticket.encode() not in re.findall(rb'href="/tickets/(\d+)"', other.ask("GET", "/tickets")[2]), "another's list")

# A session of one face is none of the other's.
thief = Browser("office")
thief.cookies = {k.replace("internet", "office"): v for k, v in sender.cookies.items()}
status, headers, _ = thief.ask("GET", "/")
check(status == 303 and headers["Location"].startswith("/sign-in"), "a session of the other face")

# The chief of the section sees it; the chief of another section does not, and cannot decide it even with the hash in hand.
chief = Browser("office").sign_in("1001")
waiting = boxes(chief.ask("GET", "/approvals")[2])
check(ticket in waiting, "the chief's approvals hold the ticket")
choice = f"{ticket}:{waiting.get(ticket, '0' * 64)}"
stranger = Browser("office").sign_in("1003")
check(ticket not in boxes(stranger.ask("GET", "/approvals")[2]), "another section's approvals")
check(stranger.ask("GET", f"/tickets/{ticket}")[0] == 404, "another section's ticket")
status = stranger.ask("POST", "/approvals", {"csrf": stranger.csrf(), "ticket": choice, "act": "approve", "code": code("1003")})[0]
check(status in (403, 404, 409), f"another section's approval: {status}")

# The addressee has nothing yet.
addressee = Browser("office").sign_in("2002")
status, headers, _ = addressee.ask("POST", f"/inbox/{ticket}/fetch", {"csrf": addressee.csrf()})
check(status in (403, 404, 409) and "Content-Disposition" not in headers, f"fetched before approval: {status}")
check(addressee.ask("GET", f"/tickets/{ticket}")[0] == 404, "the addressee's page before approval")

# Forms: another session's token, a tampered hash, no code, a wrong code, a used code, no reason.
t = chief.csrf()
check(chief.ask("POST", "/approvals", {"csrf": addressee.csrf(), "ticket": choice, "act": "approve", "code": "1"})[0] == 403, "another session's token")
tampered = f"{ticket}:{'0' * 63}1"
check(chief.ask("POST", "/approvals", {"csrf": t, "ticket": tampered, "act": "approve", "code": "000000"})[0] == 409, "another hash than the store's")
check(chief.ask("POST", "/approvals", {"csrf": t, "ticket": choice, "act": "approve", "code": ""})[0] == 403, "no code")
check(chief.ask("POST", "/approvals", {"csrf": t, "ticket": choice, "act": "return", "reason": "", "code": "000000"})[0] == 400, "sent back without a reason")
check(chief.ask("POST", "/approvals", {"csrf": t, "act": "approve", "code": "000000"})[0] == 400, "nothing chosen")
check(chief.ask("POST", "/approvals", {"csrf": t, "ticket": choice, "act": "burn", "code": "000000"})[0] == 400, "an unknown act")
check(chief.ask("POST", "/approvals", {"csrf": t, "ticket": "x", "act": "approve", "code": "000000"})[0] == 400, "a box that is none")
check(ticket in boxes(chief.ask("GET", "/approvals")[2]), "nothing of this decided anything")

# One's own request: neither listed nor decided.
own_sender = Browser("internet").sign_in("1001")
own = own_sender.hand_in("2002", "自分で承認しようとする")
check(own not in boxes(chief.ask("GET", "/approvals")[2]), "one's own ticket is not in the approvals")
deputy = Browser("office").sign_in("1002")
own_choice = f"{own}:{boxes(deputy.ask('GET', '/approvals')[2]).get(own, '0' * 64)}"
check("0" * 64 not in own_choice, "the deputy sees the chief's ticket")
check(chief.ask("POST", "/approvals", {"csrf": t, "ticket": own_choice, "act": "approve", "code": code("1001")})[0] == 403, "one's own ticket approved")
check("自分では承認できません".encode() in chief.ask("GET", f"/tickets/{own}")[2], "the page says why")

# Several at once as one list, by the deputy; the same code is good once.
good = code("1002")
both = [("csrf", deputy.csrf()), ("ticket", choice), ("ticket", own_choice), ("act", "approve"), ("code", good)]
status, headers, page = deputy.ask("POST", "/approvals", both)
check(status == 303 and headers["Location"] == "/approvals?done=2", f"two approved as one list: {status}")
check(deputy.ask("POST", "/approvals", both)[0] == 409, "the same form again")

# The fetch: the addressee only, always an attachment, with its Japanese name.
check(stranger.ask("POST", f"/inbox/{ticket}/fetch", {"csrf": stranger.csrf()})[0] in (403, 404), "fetched by a stranger")
check(chief.ask("POST", f"/inbox/{ticket}/fetch", {"csrf": t})[0] in (403, 404), "fetched by the approver")
check(addressee.ask("POST", f"/inbox/{ticket}/fetch", {"csrf": sender.csrf()})[0] == 403, "fetched with another's token")
for _ in range(40):
    status, headers, content = addressee.ask("POST", f"/inbox/{ticket}/fetch", {"csrf": addressee.csrf()})
    if status == 200:
        break
    time.sleep(0.5)
check(status == 200 and content == "議事録\r\n".encode(), f"fetched: {status}")
disposition = headers.get("Content-Disposition", "")
check(disposition.startswith("attachment; filename=") and "filename*=UTF-8''%E8%AD%B0%E4%BA%8B%E9%8C%B2.txt" in disposition, disposition)
check(headers.get("X-Content-Type-Options") == "nosniff" and "sandbox" in headers.get("Content-Security-Policy", ""), "a file is never shown")

# Sent back: the sender reads why and no term, and hands in again with the same addressee and purpose; nobody else takes them from that ticket.
purpose = "差し戻されるもの"
back = sender.hand_in("2003", purpose)
choice = f"{back}:{boxes(chief.ask('GET', '/approvals')[2]).get(back, '0' * 64)}"
status, headers, _ = chief.ask("POST", "/approvals", {"csrf": t, "ticket": choice, "act": "return", "reason": "宛先を確かめてください", "code": code("1001")})
check(status == 303 and headers["Location"] == f"/approvals?returned=1&ticket={back}", f"one sent back: {status}")
check(f"第{back}号 議事録.txt を差し戻しました" in chief.ask("GET", headers["Location"])[2].decode(), "number and name are said")
check("議事録.txt を" not in stranger.ask("GET", headers["Location"])[2].decode(), "to nobody else")
page = sender.ask("GET", f"/tickets/{back}")[2].decode()
check("差し戻しの理由" in page and "宛先を確かめてください" in page, "the reason is called by its name")
check("お渡しできる期限" not in page and "お渡しします" not in page, "nothing is promised any more")
check(f'href="/hand-in?again={back}"' in page, "the way to hand in again")
page = sender.ask("GET", f"/hand-in?again={back}")[2].decode()
check('<option value="2003" selected>' in page and f">\n{purpose}</textarea>" in page, "addressee and purpose are kept")
page = other.ask("GET", f"/hand-in?again={back}")[2].decode()
check(" selected>" not in page.split('id="addressee"')[1].split("</select>")[0] and purpose not in page, "another's ticket lends nothing")

# Sign-out ends the session on the server, not only in the browser.
kept = dict(addressee.cookies)
status, headers, _ = addressee.ask("POST", "/sign-out", {"csrf": addressee.csrf()})
check(status == 303 and "サインアウトしました" in addressee.ask("GET", headers["Location"])[2].decode(), "signing out says so")
addressee.cookies = kept
check(addressee.ask("GET", "/inbox")[0] == 303, "the old cookie after sign-out")
report()
