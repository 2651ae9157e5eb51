# 画面の速さを測る — called by web.sh. usage: web.py OFFICE-PORT INTERNET-PORT SIGN-INS PIDS SECRETSTREAM FOLDER
import http.client, os, statistics, subprocess, sys, threading, time
from urllib.parse import quote
from people import Browser, people

pids, secretstream, folder = sys.argv[4:7]
# "name pid walls"; the supervisor's own work is none of a page's
processes = {l.split()[0]: int(l.split()[1]) for l in open(pids, encoding="utf-8") if l.strip()}
ROUNDS, ASKED = 5, 40


def cpu():
    """Processor seconds of all processes of the city so far."""
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in processes.values())


class Line:
    """A browser's open connection, without what a client would cost."""
    def __init__(self, browser):
        self.b = browser
        self.c = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=60)
        self.head = {"Host": browser.host, "Cookie": "; ".join(f"{k}={v}" for k, v in browser.cookies.items())}

    def get(self, path):
        self.c.request("GET", path, None, self.head)
        r = self.c.getresponse()
        page = r.read()
        if r.status != 200:
            raise SystemExit(f"{path}: {r.status} {page[-300:]!r}")
        return page


def quiet():
    """Until what evidenced has to catch up with is done."""
    while True:
        before = cpu()
        time.sleep(2)
        if cpu() - before < 0.04:
            return


def cost(line, path):
    before = cpu()
    for _ in range(ASKED):
        line.get(path)
    return (cpu() - before) / ASKED


clerk, chief, boss = (Browser("office").sign_in(n) for n in ("10050" if "10050" in people else "10001", "10001", "10700"))
sender = Browser("internet").sign_in("10001")
office, of_chief, of_boss, inside = Line(clerk), Line(chief), Line(boss), Line(sender)
few, many = quote("棕櫚"), quote("会議")
pages = [("today, a chief's", of_chief, "/"), ("today, a clerk's", office, "/"), ("inbox", of_chief, "/inbox"), ("sent", of_chief, "/sent"), ("approvals", of_chief, "/approvals"),
         ("decided by me", of_chief, "/approvals/decided"), ("search, few hits", of_chief, "/search?words=" + few), ("search, many hits", of_chief, "/search?words=" + many),
         ("search, a clerk's, many", office, "/search?words=" + many), ("search, administrator, few", of_boss, "/search?words=" + few),
         ("search, administrator, many", of_boss, "/search?words=" + many), ("search, administrator, 2 words", of_boss, "/search?words=" + many + "+" + few),
         ("my tickets", inside, "/tickets"), ("my tickets, few hits", inside, "/tickets?words=" + few), ("my tickets, many hits", inside, "/tickets?words=" + many),
         ("hand in (form)", inside, "/hand-in"), ("quarantine", of_boss, "/quarantine"), ("operation", of_boss, "/house"), ("statistics", of_boss, "/statistics"),
         ("statistics, a chart", of_boss, "/statistics/chart.svg?kind=units")]
quiet()
for _, line, path in pages:
    line.get(path)
ratios, yards = {name: [] for name, _, _ in pages}, []
for _ in range(ROUNDS):
    for name, line, path in pages:
        yard = cost(of_chief, "/yardstick")
        yards.append(yard)
        ratios[name].append(cost(line, path) / yard)
print(f"yardstick: 50 rows by hand, {statistics.median(yards) * 1e6:.0f} µs of all processes ({min(yards) * 1e6:.0f} to {max(yards) * 1e6:.0f})")
worst = 0
for name, _, path in pages:
    middle = statistics.median(ratios[name])
    worst = max(worst, middle)
    print(f"{name:32} ratio {middle:5.2f}   ({min(ratios[name]):.2f} to {max(ratios[name]):.2f})")
print(f"worst page ratio {worst:.2f} (goal at most 1.3)")

# ---- many at once ----
path_of = ["/", "/inbox", "/sent", "/search?words=" + many, "/approvals"]
numbers = sorted(n for n in people if n != "10700")
lines = [Line(Browser("office").sign_in(n)) for n in numbers]
failures, times = [], []


def visit(line, into):
    try:
        for _ in range(4):
            for path in path_of:
                began = time.monotonic()
                line.get(path)
                into.append(time.monotonic() - began)
    except BaseException as e:
        failures.append(repr(e))


def percent(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p / 100))]


alone = []
visit(lines[0], alone)
threads = [threading.Thread(target=visit, args=(l, times)) for l in lines]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(f"{len(lines)} people at once: {len(times)} pages, {len(failures)} failed; p50 {percent(times, 50) / percent(alone, 50):.1f} × and p99 {percent(times, 99) / percent(alone, 99):.1f} × one alone")
resident = 0
for name in ("webd-office", "webd-internet"):
    most = next(int(l.split()[1]) for l in open(f"/proc/{processes[name]}/status") if l.startswith("VmHWM")) / 1024
    resident = max(resident, most)
    print(f"{name}: {most:.1f} MB resident at most (goal 64)")

# ---- an upload ----
whole = 200 * 1000 * 1000
source, copied = folder + "/in", folder + "/out"
subprocess.run(f"head -c {whole} /dev/zero | tr '\\0' 'a' >{source}", shell=True, check=True)
csrf = sender.csrf("/hand-in")
rates = []
for i in range(3):
    began = time.monotonic()
    subprocess.run([secretstream, source, copied], check=True)
    floor = time.monotonic() - began
    os.unlink(copied)
    began = time.monotonic()
    done = subprocess.run(["curl", "-sS", "-o", folder + "/body", "-w", "%{http_code}", "-H", "Host: " + sender.host, "-H", "Cookie: " + inside.head["Cookie"],
                           "-F", "csrf=" + csrf, "-F", "addressee=10002", "-F", f"purpose=測定 {i}", "-F", "file=@" + source + ";filename=a.txt",
                           f"http://127.0.0.1:{sender.port}/hand-in"], check=True, capture_output=True)
    took = time.monotonic() - began
    if done.stdout != b"303":
        raise SystemExit(f"the upload was not taken: {done.stdout!r} {open(folder + '/body', 'rb').read()[-400:]!r}")
    rates.append(floor / took)
    quiet()
print(f"upload of {whole // 1000000} MB: {statistics.median(rates):.2f} of the rate of secretstream to disk ({min(rates):.2f} to {max(rates):.2f}; goal 0.5)")
if failures or resident > 64:
    raise SystemExit(f"FAILED: {failures[:3]} {resident:.1f} MB")
