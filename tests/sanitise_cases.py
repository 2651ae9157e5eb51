#!/usr/bin/env python3
# 無害化の事例 — walks tests/cases/sanitise/FORMAT/SENTENCE/: in.EXT and either `refused` (the reason's code) or `out.json` (what the report must say:
# removed, notes and parts as sorted lists, holds as words of a part, other keys as they are) and perhaps out.EXT (the bytes that must come out). `jails`: so many are enough to know. `args`: more arguments (CASE stands for the folder).
# What is delivered goes through once more and must come out as the same bytes. Usage: sanitise_cases.py BUILD_FOLDER [FORMAT …]
import json, shlex, subprocess, sys, tempfile, zipfile
from pathlib import Path

build, only = Path(sys.argv[1]).resolve(), sys.argv[2:]
cases = Path(__file__).resolve().parent / "cases/sanitise"
command = [str(build / "sekisho"), "sanitize"]
failed = []


def run(*arguments):
    return subprocess.run(command + [str(a) for a in arguments] + ["--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ids(rows, key):
    return sorted({row[key] for row in rows})


def batch(source, target, names):
    """One run of the engine over many files: path -> report."""
    with tempfile.TemporaryDirectory() as folder:
        for name, path in names.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(path.read_bytes())
        done = run("--batch", folder, "-o", target, "--jobs", 2)
    reports = {}
    for line in done.stdout.decode().splitlines():
        report = json.loads(line)
        reports[report["path"]] = report
    if done.returncode != 0 or len(reports) != len(names):
        failed.append(f"{source}: the batch ended with {done.returncode}, {len(reports)} of {len(names)} files: {done.stderr.decode()[-500:]}")
    return reports


def differences(case, report, output):
    if (case / "refused").is_file():
        wanted = (case / "refused").read_text().split()[0]
        most = int((case / "jails").read_text()) if (case / "jails").is_file() else None
        if most is not None and report["jails"] > most:
            return [f"{report['jails']} jails were needed, {most} should do"]
        if report["verdict"] != "refused" or report["reason"]["code"] != wanted:
            return [f"refused {wanted} is wanted, it is {report['verdict']} {report.get('reason')}"]
        return ["refused, yet there is an output"] if output and output.exists() else []
    if report["verdict"] == "refused":
        return [f"refused: {report['reason']['code']} ({report['reason']['detail']})"]
    told, found = json.loads((case / "out.json").read_text()), []
    have = dict(report, removed=ids(report["removed"], "threat"), notes=ids(report["notes"], "id"), format=report["output"]["format"], name=report["output"]["name"])
    if "parts" in told:  # names within the output, a ZIP
        have["parts"] = sorted(zipfile.ZipFile(output).namelist())
    for part, words in told.pop("holds", {}).items():
        if words not in zipfile.ZipFile(output).read(part).decode():
            found.append(f"{part} does not hold {words!r}")
    for key, value in told.items():
        if have.get(key) != (sorted(value) if isinstance(value, list) else value):
            found.append(f"{key} is {have.get(key)!r}, not {value!r}")
    for wanted in case.glob("out.*"):
        if wanted.suffix != ".json" and (not output or output.read_bytes() != wanted.read_bytes()):
            found.append(f"the output is not {wanted.name}")
    return found


with tempfile.TemporaryDirectory() as work:
    first, second, names, single = Path(work) / "first", Path(work) / "second", {}, []
    for case in sorted(p for p in cases.glob("*/*") if p.is_dir() and (not only or p.parent.name in only)):
        inputs = list(case.glob("in.*"))
        if len(inputs) != 1 or not ((case / "refused").is_file() or (case / "out.json").is_file()):
            failed.append(f"{case.relative_to(cases)}: one in.EXT and one of refused, out.json is wanted")
        elif (case / "args").is_file():
            single.append((case, inputs[0]))
        else:
            names[str(inputs[0].relative_to(cases))] = inputs[0]
    reports, outputs = batch("first pass", first, names), {}
    for name, path in names.items():
        if name not in reports:
            continue
        report = reports[name]
        output = Path(report["written"]) if report["verdict"] != "refused" else None
        if output and not output.is_absolute():
            output = first / output
        failed += [f"{path.parent.relative_to(cases)}: {d}" for d in differences(path.parent, report, output)]
        if output and output.is_file():
            outputs[str(output.relative_to(first))] = output
    for case, path in single:
        output = Path(work) / ("single" + path.suffix)
        output.unlink(missing_ok=True)
        arguments = shlex.split((case / "args").read_text().replace("CASE", str(case)))
        done = run(path, "-o", output, *arguments)
        report = json.loads(done.stdout)
        failed += [f"{case.relative_to(cases)}: {d}" for d in differences(case, report, output if output.exists() else None)]
        if output.exists() and "--rules" in arguments:  # what it chose is gone: nothing is left to take away; pictures of pictures of pages are others
            arguments = [] if "format pdf flatten" in arguments else arguments
            source, twice = output.with_name(f"again.{report['output']['name'].rpartition('.')[2]}"), output.with_name("twice")
            source.write_bytes(output.read_bytes())
            twice.unlink(missing_ok=True)
            second_report = json.loads(run(source, "-o", twice, *arguments).stdout)
            if not twice.exists() or twice.read_bytes() != source.read_bytes() or ids(second_report["removed"], "threat"):
                failed.append(f"{case.relative_to(cases)}: a second pass gives something else ({second_report['verdict']} {second_report.get('reason', '')})")
    again = batch("second pass", second, outputs)
    for name, path in outputs.items():
        report = again.get(name, {"verdict": "missing"})
        other = second / Path(report["written"]) if "written" in report else None
        if not other or other.read_bytes() != path.read_bytes():
            failed.append(f"{name}: a second pass gives other bytes ({report['verdict']} {report.get('reason', '')})")
for line in failed:
    print(line)
print(f"{len(names) + len(single)} cases, {len(failed)} things are wrong")
sys.exit(1 if failed or not names else 0)
