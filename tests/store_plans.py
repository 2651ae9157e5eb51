#!/usr/bin/env python3
# 読み方の計画 — a year of acts made small by busy-year; then the plan of every named statement against that store: no statement goes through a table that grows
# with the years, unless it is named here with the reason. usage: store_plans.py BUILD
import os, re, shutil, sqlite3, subprocess, sys, tempfile

build = sys.argv[1]
top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
growing = {"ticket", "journal", "ticket_fetch", "ticket_gram", "ticket_text", "ticket_fact", "approval", "session", "absence", "zone_blocked"}
# What may look at all of it: not asked by a page that people open every day.
allowed = {
    "tickets_by_state": "the operator's list, newest first, stops at its limit",
    "tickets_unindexed": "once after an upgrade",
    "journal_past": "the operator's lawful erasure",
    "sessions_end_all": "once after a restore",
}


def statements():
    pieces = {}
    for name in sorted(os.listdir(top + "/src/store/sql"), key=lambda n: n != "tickets.sql"):  # where pieces begin
        words = open(f"{top}/src/store/sql/{name}", encoding="utf-8").read()
        for m in re.finditer(r"^-- (?:\{(\w+)\}\n|(\w+)\((?:.|\n)*?(?=^[A-Z]))((?:.|\n)*?;)\n", words, re.M):
            text = re.sub(r"\{(\w+)\}", lambda piece: pieces[piece[1]], m[3])
            if m[1]:
                pieces[m[1]] = text.rstrip(";")
            else:
                yield m[2], text


def names_of(words):
    """Alias → table, views and all."""
    found = {}
    for table, alias in re.findall(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?", words):
        found[table] = table
        if alias and alias.upper() not in ("ON", "SET", "WHERE", "JOIN", "LEFT", "CROSS", "ORDER", "GROUP", "LIMIT", "VALUES"):
            found[alias] = table
    return found


def faults(db, name, text, views):
    """Steps of the plan that go through a growing table by nothing but the site (or by number, whoever's it is)."""
    alias = {**views, **names_of(text)}
    wanted = {k: 1 for k in re.findall(r":(\w+)", text)}
    for row in db.execute("EXPLAIN QUERY PLAN " + text, wanted):
        step = row[3]
        m = re.match(r"(SCAN|SEARCH) (\w+)(?: USING (?:(?:COVERING )?INDEX (\w+)|(?:INTEGER )?PRIMARY KEY))?(?: \((.*)\))?", step)
        if not m or alias.get(m[2], m[2]) not in growing:
            continue
        keys = re.findall(r"(\w+)[=<>]", m[4] or "")
        if m[1] == "SCAN" or not set(keys) - {"site"} or keys == ["site", "number"] and "number=?" not in m[4]:
            yield step


home = tempfile.mkdtemp(prefix="/tmp/store-plans.")
os.chmod(home, 0o755)
try:
    subprocess.run([build + "/sekisho", "--home", home, "setup", "--policy", top + "/policy"], check=True, stdout=subprocess.DEVNULL)
    said = subprocess.run([build + "/busy-year", home, "364", "4000", "120"], check=True, capture_output=True, text=True).stdout
    print(said.strip())
    db = sqlite3.connect(f"{home}/records/records.db")
    views = {}
    for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE type = 'view'"):
        views.update(names_of(sql))
    found, failed = 0, 0
    tickets, rows = (db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("ticket", "journal"))
    if tickets != 364 or rows < 3600 or db.execute("SELECT count(DISTINCT state) FROM ticket").fetchone()[0] < 5:
        print(f"FAILED: {tickets} tickets and {rows} journal rows are no busy year")
        failed += 1
    kept, there = ({r[:2]: r[2] for r in db.execute(q) if r[2]} for q in ("SELECT state, verdict, tickets FROM ticket_tally",
                                                                         "SELECT state, verdict, count(*) FROM ticket GROUP BY 1, 2"))
    if kept != there:
        print(f"FAILED: the store keeps count wrongly: {kept}, not {there}")
        failed += 1
    used = set()
    for name, text in statements():
        found += 1
        bad = list(faults(db, name, text, views))
        if bad and name in allowed:
            used.add(name)
        elif bad:
            failed += 1
            print(f"FAILED: {name} goes through all of it: {'; '.join(bad)}")
    for name in set(allowed) - used:
        failed += 1
        print(f"FAILED: {name} is excused, but needs no excuse")
    if found < 100:
        failed += 1
        print(f"FAILED: only {found} statements were found")
    print(f"{found - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
finally:
    shutil.rmtree(home)
