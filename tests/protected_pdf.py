#!/usr/bin/env python3
# 保護されたPDF — every protection that qpdf can give a document, with a password and with an empty one: what comes out is what comes out of the
# document without it, and a wrong password opens none. Usage: protected_pdf.py BUILD_FOLDER
import json, subprocess, sys, tempfile
from pathlib import Path

build = Path(sys.argv[1]).resolve()
source = Path(__file__).resolve().parent / "cases/sanitise/pdf/protection_without_a_password_is_taken_off/in.pdf"
protections = {
    "RC4 of 40 bits": ["40"],
    "RC4 of 128 bits": ["128", "--use-aes=n"],
    "AES of 128 bits": ["128", "--use-aes=y"],
    "AES of 128 bits, metadata in clear": ["128", "--cleartext-metadata"],
    "AES of 256 bits, as it was first": ["256", "--force-R5"],
    "AES of 256 bits": ["256"],
}
failed = []


def sanitise(path, password=None):
    output = path.with_name("out.pdf")
    output.unlink(missing_ok=True)
    arguments = [str(build / "sekisho"), "sanitize", str(path), "-o", str(output), "--json"]
    if password is not None:
        path.with_name("password").write_text(password)
        arguments += ["--password-file", str(path.with_name("password"))]
    report = json.loads(subprocess.run(arguments, stdout=subprocess.PIPE).stdout)
    return report, output.read_bytes() if output.exists() else None


with tempfile.TemporaryDirectory() as folder:
    plain, locked = Path(folder) / "plain.pdf", Path(folder) / "locked.pdf"
    subprocess.run(["qpdf", "--decrypt", str(source), str(plain)], check=True)
    _, wanted = sanitise(plain)
    if not wanted:
        sys.exit("the document without protection is refused")
    for name, options in protections.items():
        for user in "", "himitsu":
            subprocess.run(["qpdf", "--allow-weak-crypto", "--encrypt", user, "nushi", *options, "--", str(plain), str(locked)], check=True)
            report, output = sanitise(locked, user or None)
            if output != wanted:
                failed.append(f"{name}, password {user!r}: {report['verdict']} {report.get('reason')}")
        report, output = sanitise(locked, "chigau")
        if output or report["reason"]["code"] != "WRONG_PASSWORD":
            failed.append(f"{name}: a wrong password: {report['verdict']} {report.get('reason')}")
print(f"{len(protections)} protections, {len(failed)} things are wrong", *failed, sep="\n")
sys.exit(1 if failed else 0)
