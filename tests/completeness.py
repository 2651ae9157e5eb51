#!/usr/bin/env python3
# 登録表の完全さ — each row of each registry (.def) has what its kind demands: its file, labels in both languages, samples, fuzz target, manual line.
#
# The head comment of a .def is its schema: `ROW(name, …, Japanese label, …)` names the columns; `NAME.c` or `sub/NAME_probe.c` in it says which
# files a row needs beside the .def. What more a kind demands stands in DEMANDS below. Forgetting becomes a red test.
import re, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_REGISTRY = {**{f"src/sanitize/parts/{n}.def": "a vocabulary, held by src/sanitize/parts/ooxml_test.c" for n in (
                   "wordprocessing_elements", "spreadsheet_elements", "presentation_elements", "drawing_elements", "property_elements", "ooxml_attributes", "namespaces", "fields",
                   "functions", "parts", "removed_parts", "features", "rtf_words", "card_words")},
               "src/sanitize/grammars/rtf_words.def": "the verifier's lists, met by tests/fuzz/format_rtf.c",
               "src/sanitize/grammars/card_words.def": "the verifier's lists, met by tests/fuzz/document.c",
               "src/sanitize/grammars/ooxml_rules.def": "the verifier's lists, read by tests/fuzz/docx.c against the rebuilder's",
               "src/store/wire.def": "fields, checked by the compiler",
               "src/store/transitions.def": "pairs of state and act, walked by src/store/command_test.c", "src/base/compose.def": "Unicode facts, checked by tests/charsets.py",
               "src/sanitize/parts/entities.def": "character references, facts of HTML",
               "src/people/common_passwords.def": "a word list"}
REPEATED_NAMES = {"src/transfer/pages/effects.def", "src/sanitize/foreign.def", "src/sanitize/hints.def", "src/sanitize/rules.def"}  # one name, several marks
errors, notes = [], []


def columns_of(text):
    """The row macros described in the head comment, with the names of their columns."""
    head = re.match(r"\s*/\*(.*?)\*/", text, re.S)
    if not head:
        return None, {}
    head = re.sub(r"\n\s*\*", " ", head.group(1))
    found = {}
    for macro, inside in re.findall(r"\b([A-Z][A-Z_0-9]+)\(([^()]*)\)", head):
        found.setdefault(macro, [c.strip() for c in inside.split(",")])
    return head, found


def rows_of(text):
    """Rows begin at the first column: (macro, line number, arguments). Strings may hold commas and brackets."""
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
    for m in re.finditer(r"^([A-Z][A-Z_0-9]+)\(", text, re.M):
        args, depth, i, start = [], 1, m.end(), m.end()
        while depth and i < len(text):
            c = text[i]
            if c == '"':
                i += 1
                while i < len(text) and text[i] != '"':
                    i += 2 if text[i] == "\\" else 1
            elif c in "([{":
                depth += 1
            elif c in ")]}":
                depth -= 1
            if (c == "," and depth == 1) or depth == 0:
                args.append(text[start:i].strip())
                start = i + 1
            i += 1
        yield m.group(1), text.count("\n", 0, m.start()) + 1, args


def manual():
    return "\n".join(p.read_text() for p in sorted((ROOT / "man").rglob("*")) if p.is_file()) if (ROOT / "man").is_dir() else None


def folder(path, what):
    """A folder of samples; while the whole domain is not there yet this is said, not failed."""
    p = ROOT / path
    if not p.parent.is_dir():
        notes.append(f"{p.parent.relative_to(ROOT)} is not there yet: {what} not looked for")
        return None
    return p


def demand_format(where, name, row):
    domain = "sanitise" if (ROOT / "tests/cases/sanitise").is_dir() else "sanitize"
    cases = folder(f"tests/cases/{domain}/{name}", "samples of formats")
    if cases is not None:
        kinds = {"clean": 0, "hostile": 0}
        for case in sorted(cases.iterdir()) if cases.is_dir() else []:
            told = "".join(f.read_text(errors="replace") for f in case.iterdir() if f.name in ("out.json", "refused"))
            clean = not (case / "refused").exists() and re.search(r'"removed":\s*\[\s*\]', told) is not None and '"refused"' not in told
            kinds["clean" if clean else "hostile"] += 1
        for kind, n in kinds.items():
            if n == 0:
                errors.append(f"{where}: {name} has no {kind} case folder in tests/cases/{domain}/{name}/")
    if not any((ROOT / "tests/fuzz" / f).is_file() for f in (f"{name}.c", f"format_{name}.c", f"{row.get('family', name)}.c")):
        errors.append(f"{where}: {name} has no fuzz target tests/fuzz/{name}.c")
    demand_manual(where, name, row)


def demand_grammar(where, name, row):
    if not any((ROOT / "tests/fuzz" / f).is_file() for f in (f"grammar_{name}.c", f"verify_{name}.c")):
        errors.append(f"{where}: grammar {name} has no fuzz target tests/fuzz/grammar_{name}.c")


def demand_manual(where, name, row):
    text = manual()
    if text is None:
        notes.append("man/ is not there yet: manual lines not looked for")
    elif not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text.replace("\\-", "-")):
        errors.append(f"{where}: {name} stands on no manual page (man/)")


def demand_verb(where, name, row):
    member = ROOT / "src/cli/verbs" / f"{name}.c"
    if member.is_file():
        source = member.read_text()
        ja = re.search(r'\.summary_ja\s*=\s*"([^"]*)"', source)
        if not ja or ja.group(1).isascii():
            errors.append(f"{where}: verb {name} has no Japanese summary")
        if not re.search(r'\.summary_en\s*=\s*"[^"]+"', source):
            errors.append(f"{where}: verb {name} has no English summary")
    demand_manual(where, name, row)


def demand_command(where, name, row):
    event = row.get("event", '""').strip('"')
    if event and f'EVENT("{event}"' not in (ROOT / "src/store/events.def").read_text():
        errors.append(f"{where}: {name} writes the event {event}, which has no row in events.def")
    if f"REQUEST({name})" not in (ROOT / "src/store/wire.def").read_text():
        errors.append(f"{where}: {name} has no fields in wire.def")


def demand_page(where, name, row):
    if not any("permission" in c and v and v != "0" for c, v in row.items()):
        errors.append(f"{where}: page {name} has no permission")


def demand_statement(where, name, row):
    demand_manual(where, name, row)
    cases = list((ROOT / "tests/cases/policy").glob("*/*.policy"))
    said = [c.parent for c in cases if re.search(rf"^{name}\b", c.read_text(errors="replace"), re.M)]
    if not any((d / "out.policy").is_file() for d in said) or not any((d / "refused").is_file() for d in said):
        errors.append(f"{where}: statement {name} lacks an accepted or a refused case in tests/cases/policy/")


def demand_removal(where, name, row):
    if not re.search(rf"^\| {name} \|", (ROOT / "docs/threats.md").read_text(), re.M):
        errors.append(f"{where}: threat {name} has no row in docs/threats.md")


def demand_law(where, name, row):
    demand_manual(where, name, row)
    if not (ROOT / "tests/articles" / f"{name}.py").is_file():
        errors.append(f"{where}: law {name} is not tried with real packets in tests/articles/{name}.py")


DEMANDS = {"LAW": demand_law, "REMOVAL": demand_removal, "STATEMENT": demand_statement, "FORMAT": demand_format, "GRAMMAR": demand_grammar, "VERB": demand_verb, "COMMAND": demand_command, "PAGE": demand_page}


def check_row(path, where, columns, args, needs, seen):
    if len(args) != len(columns):
        errors.append(f"{where}: {len(args)} columns where the head names {len(columns)}")
        return
    row = dict(zip(columns, args))
    key = next((c for c in columns if re.search(r"\b(name|id|code)\b", c) and '"' not in c), columns[0])
    name = row[key].strip('"')
    for column, value in row.items():
        if column.startswith("Japanese") and (value.strip('"') == "" or value.isascii()):
            errors.append(f"{where}: {name} has no Japanese text in column “{column}”")
        if column.startswith("English") and value.strip('"') == "":
            errors.append(f"{where}: {name} has no English text in column “{column}”")
    for column in [key] + [c for c in columns if c.startswith("number")]:
        if (column, row[column]) in seen and where.split(":")[0] not in REPEATED_NAMES:
            errors.append(f"{where}: {column} {row[column]} stands twice")
        seen.add((column, row[column]))
    for need in needs:
        member = path.parent / need.replace("NAME", name)
        if not member.is_file():
            errors.append(f"{where}: {name} lacks its file {member.relative_to(ROOT)}")
    if where.split(":")[2] in DEMANDS:
        DEMANDS[where.split(":")[2]](where.rsplit(":", 1)[0], name, row)


def check(path):
    short = str(path.relative_to(ROOT))
    if short in NO_REGISTRY:
        print(f"{short}: no registry ({NO_REGISTRY[short]})")
        return
    text = path.read_text()
    head, described = columns_of(text)
    if head is None:
        errors.append(f"{short}: has no comment at its head that names the columns")
        return
    needs = sorted(set(re.findall(r"(?<![\w/.…])((?:[a-z_]+/)?NAME[a-z_]*\.(?:c|html|sql|h))\b", head)))
    count, seen = 0, {}
    for macro, line, args in rows_of(text):
        count += 1
        if macro not in described:
            errors.append(f"{short}:{line}: {macro}(…) is not described at the head of the file")
            continue
        check_row(path, f"{short}:{line}:{macro}", described[macro], args, needs, seen.setdefault(macro, set()))
    if count == 0:
        errors.append(f"{short}: has no rows")
    print(f"{short}: {count} rows" + (f", each with {', '.join(needs)}" if needs else ""))


for path in sorted((ROOT / "src").rglob("*.def")):
    check(path)
for note in sorted(set(notes)):
    print("note:", note)
for error in errors:
    print(error)
print(f"{len(errors)} things are missing")
sys.exit(1 if errors else 0)
