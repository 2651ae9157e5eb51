#!/usr/bin/env python3
# 画面と役割 — every row of src/web/pages.def, on both faces, as everybody and as nobody: what answers, and what must not. Called by
# tests/articles/every_route_asks_who.sh: routes_by_role.py SOURCE JARS OFFICE-PORT INTERNET-PORT FOREIGN-TICKET   (jars: NUMBER-FACE, made by curl)
import http.client, re, sys
from pathlib import Path
from urllib.parse import urlencode

source, jars, ports, foreign = Path(sys.argv[1]), Path(sys.argv[2]), {"office": int(sys.argv[3]), "internet": int(sys.argv[4])}, sys.argv[5]
ROLES = {"nobody": None, "clerk": "2001", "chief": "1001", "administrator": "0001"}
MASKS = {"FACE_MASK_OFFICE": ["office"], "FACE_MASK_INTERNET": ["internet"], "FACE_MASK_BOTH": ["office", "internet"]}
UNKNOWN = "999999999"  # a number that nothing has
SIGNS_OUT = {"/sign-out", "/account/sessions"}
ASKS_FOR = {"/hand-in/part"}  # without the number of an upload there is nothing to show
checks, faults = 0, []


def rows():
    text = (source / "src/web/pages.def").read_text()
    for m in re.finditer(r'^(PAGE|UPLOAD)\((?:(\w+), )?"([^"]+)", (\w+), (\w+), (\w+),', text, re.M):
        kind, method, path, function, faces, permission = m.groups()
        yield (method or "UPLOAD") if kind == "PAGE" else "UPLOAD", path, function, MASKS[faces], permission


def cookies(role, face):
    jar = jars / f"{ROLES[role]}-{face}"
    if role == "nobody" or not jar.is_file():
        return {}
    parts = [line.removeprefix("#HttpOnly_").split("\t") for line in jar.read_text().splitlines() if line.count("\t") == 6]
    return {p[5]: p[6] for p in parts}


def ask(role, face, method, path, body=None, headers={}):
    connection = http.client.HTTPConnection("127.0.0.1", ports[face], timeout=30)
    send = {"Host": f"{face}.localhost:{ports[face]}", "Accept-Language": "ja", **headers}
    have = cookies(role, face)
    if have:
        send["Cookie"] = "; ".join(f"{k}={v}" for k, v in have.items())
    if body is not None and "Content-Type" not in send:
        send["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, path, body, send)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace"), answer.getheader("Location") or ""
    except (ConnectionError, http.client.HTTPException) as e:
        return 0, repr(e), ""
    finally:
        connection.close()


def hold(fact, said):
    global checks
    checks += 1
    if not fact:
        faults.append(said)


def to_sign_in(status, place):
    return status == 303 and "/sign-in" in place


def may(role, permission):
    return permission == "ANYONE" or (role != "nobody" and (permission == "SIGNED_IN" or permission in {"chief": ("CHIEF", "CHIEF_OR_ADMINISTRATOR"), "administrator": ("ADMINISTRATOR", "CHIEF_OR_ADMINISTRATOR")}.get(role, ())))


def csrf(role, face):
    page = ask(role, face, "GET", "/")[1]
    m = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    return m.group(1) if m else ""


def field_names():
    names = set()
    for template in source.glob("src/**/*.html"):
        names |= set(re.findall(r'name="([a-z_-]+)"', template.read_text()))
    return sorted(names - {"csrf", "viewport", "color-scheme"})


def check_get(method, path, faces, permission, all_paths):
    for face in ports:
        for role in ROLES:
            at = path.replace("#", UNKNOWN)
            status, page, place = ask(role, face, "GET", at)
            what = f"GET {at} ({face}, {role}): {status}"
            if face not in faces:
                hold(status == 404 or (path, face) in all_paths, what + ", a page of the other face answers")
            elif not may(role, permission):
                hold(to_sign_in(status, place) if role == "nobody" and method != "QUIET" else status in (303, 401, 403), what + ", it is not theirs")
            else:
                hold(status in ((404, 403, 410) if "#" in path or path in ASKS_FOR else (200, 303, 410) if permission == "ANYONE" else (200, 303)), what + ", it is theirs")
                hold(status != 200 or "<html" in page or page[:1] in "{[" or path.startswith("/session/") or method == "QUIET" or path.endswith((".svg", ".csv", ".xlsx")), what + ", no page")
            if face in faces and "#" in path and role != "nobody":
                status = ask("clerk", face, "GET", path.replace("#", foreign))[0]
                hold(status != 200, f"GET {path} with another's ticket: {status}")


def check_post(path, faces, permission, names):
    form = urlencode({"csrf": "0" * 128})
    for face in ports:
        at = path.replace("#", UNKNOWN)
        for role in ROLES:
            for said, body, headers in (("without a token", form, {}), ("from another site", form, {"Origin": "http://evil.example"}), ("with an empty body", "", {}),
                                        ("as JSON", "{}", {"Content-Type": "application/json"})):
                status, page, place = ask(role, face, "POST", at, body, headers)
                hold(status in (303, 400, 401, 403, 404, 405, 413, 415) and not (status == 303 and "/sign-in" not in place and said == "from another site"), f"POST {at} {said} ({face}, {role}): {status}")
                hold(status < 500, f"POST {at} {said} ({face}, {role}): {status}")
        if face not in faces:
            continue
        for role in ("clerk", "chief", "administrator"):
            if path in SIGNS_OUT:
                continue
            token = csrf(role, face)
            hold(len(token) == 128, f"{role} has no form on the {face} face")
            for said, fields in (("nothing filled in", {}), ("not UTF-8", {n: b"\xff\xfe" for n in names}), ("each too long", {n: "あ" * 1000 for n in names[:10]}), ("longer than any form", {"purpose": "あ" * 60000}),
                                 ("control characters", {n: "a\0b\x1b" for n in names})):
                status, page, _ = ask(role, face, "POST", at, urlencode({**fields, "csrf": token}))
                hold(0 < status < 500, f"POST {at} {said} ({face}, {role}): {status} {page[:80] if status == 0 else ''}")
                hold(status in (303, 304) or re.search("[ぁ-ん]{4}", page) is not None, f"POST {at} {said} ({face}, {role}): {status} without a sentence")


def check_methods(path, faces):
    for face in faces:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            status = ask("clerk", face, method, path.replace("#", UNKNOWN))[0]
            hold(status in (400, 405, 501), f"{method} {path} ({face}): {status}")


def main():
    table = list(rows())
    all_paths = {(path, face) for method, path, _, faces, _ in table if method in ("GET", "QUIET") for face in faces}
    names = field_names()
    for method, path, function, faces, permission in table:
        if method in ("GET", "QUIET"):
            check_get(method, path, faces, permission, all_paths)
        else:
            check_post(path, faces, permission, names)
        check_methods(path, faces)
    for line in faults[:60]:
        print("WRONG", line)
    print(f"{len(table)} routes, {len(ROLES)} roles, 2 faces: {checks} answers looked at, {len(faults)} wrong")
    sys.exit(1 if faults or len(table) < 20 else 0)


main()
