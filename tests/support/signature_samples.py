#!/usr/bin/env python3
# 電子署名の事例の見本を作る — writes in.pdf and in.docx of the signed cases in tests/cases/sanitise/: a document of one page, signed by a key that is made here and thrown away. The results are
# committed; run again only to change a sample. Needs openssl.
import base64, hashlib, io, subprocess, sys, tempfile, zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from office_samples import docx  # noqa: E402

CASES = Path(__file__).resolve().parent.parent / "cases/sanitise/pdf"
SEEDS = Path(__file__).resolve().parent.parent / "fuzz/corpus/pdf"
ROOM = 6000  # hexadecimal digits kept free for the signature


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def document():
    objects = [b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]/SigFlags 3>>>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Annots[5 0 R]/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
               b"<</Length 44>>\nstream\nBT /F1 12 Tf 20 50 Td (Signed agreement) Tj ET\nendstream",
               b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature1)/Rect[0 0 0 0]/F 132/P 3 0 R/V 6 0 R>>",
               b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/M(D:20261126103000Z)/ByteRange[0 **********  ********** **********]/Contents<" + b"0" * ROOM + b">>>"]
    out, offsets = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for i, o in enumerate(objects):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i + 1, o)
    xref = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return out + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, xref)


def signed(key, certificate, how=("-binary", "-outform", "DER")):
    data = document()
    start = data.index(b"/Contents<") + len("/Contents")
    end = start + ROOM + 2
    for value in (start, end, len(data) - end):
        data = data.replace(b"*" * 10, b"%-10d" % value, 1)
    signature = openssl("cms", "-sign", *how, "-signer", certificate, "-inkey", key, "-md", "sha256", data=data[:start] + data[end:])
    return data[:start + 1] + signature.hex().encode().ljust(ROOM, b"0") + data[end - 1:]


def signed_office(certificate, changed=False):
    """A document whose signature lists its parts with their digests; what the list itself is signed with is not looked at."""
    text = lambda t: docx(f"<w:p><w:r><w:t>{t}</w:t></w:r></w:p>")
    before, after = zipfile.ZipFile(io.BytesIO(text("契約の金額は百万円です。"))), zipfile.ZipFile(io.BytesIO(text("契約の金額は一円です。" if changed else "契約の金額は百万円です。")))
    der = base64.b64encode(openssl("x509", "-in", certificate, "-outform", "DER")).decode()
    row = lambda n: (f'<Reference URI="/{n}?ContentType=application/xml"><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
                     f'<DigestValue>{base64.b64encode(hashlib.sha256(before.read(n)).digest()).decode()}</DigestValue></Reference>')
    xml = ('<?xml version="1.0" encoding="UTF-8"?><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/><SignatureValue>AAAA</SignatureValue><KeyInfo><X509Data>'
           f'<X509Certificate>{der}</X509Certificate></X509Data></KeyInfo><Object><Manifest>{row("word/document.xml")}</Manifest><SignatureProperties><SignatureProperty>'
           '<mdssi:SignatureTime xmlns:mdssi="http://schemas.openxmlformats.org/package/2006/digital-signature"><mdssi:Format>YYYY-MM-DDThh:mm:ssTZD</mdssi:Format><mdssi:Value>2026-11-26T10:30:00Z</mdssi:Value>'
           '</mdssi:SignatureTime></SignatureProperty></SignatureProperties></Object></Signature>')
    out, types = io.BytesIO(), "http://schemas.openxmlformats.org/package/2006/"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for m in after.namelist():
            content = after.read(m)
            if m == "[Content_Types].xml":
                content = content.replace(b"</Types>", b'<Default Extension="sigs" ContentType="application/vnd.openxmlformats-package.digital-signature-origin"/><Override PartName="/_xmlsignatures/sig1.xml" '
                                          b'ContentType="application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"/></Types>')
            if m == "_rels/.rels":
                content = content.replace(b"</Relationships>", f'<Relationship Id="rId9" Type="{types}relationships/digital-signature/origin" Target="_xmlsignatures/origin.sigs"/></Relationships>'.encode())
            z.writestr(m, content)
        z.writestr("_xmlsignatures/origin.sigs", b"")
        z.writestr("_xmlsignatures/_rels/origin.sigs.rels", f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{types}relationships"><Relationship Id="rId1" Type="{types}relationships/digital-signature/signature" Target="sig1.xml"/></Relationships>')
        z.writestr("_xmlsignatures/sig1.xml", xml)
    return out.getvalue()


def put_office(sentence, content):
    folder = CASES.parent / "docx" / sentence
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "in.docx").write_bytes(content)
    (SEEDS.parent / "docx" / sentence).write_bytes(content)


def put(sentence, content):
    (CASES / sentence).mkdir(parents=True, exist_ok=True)
    (CASES / sentence / "in.pdf").write_bytes(content)
    (SEEDS / sentence).write_bytes(content)


def main():
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder) / "key", Path(folder) / "certificate"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-utf8", "-days", "36500", "-subj", "/O=あおば市/CN=山田 太郎", "-keyout", key, "-out", certificate)
        good = signed(key, certificate)
        put("a_signature_that_fits_is_named", good)
        put("a_document_changed_after_signing_is_told", good.replace(b"Signed agreement", b"Signed obligation"[:16]))
        put("something_added_after_signing_is_told", good + b"7 0 obj\n(added)\nendobj\nxref\n7 1\n%010d 00000 n \ntrailer\n<</Size 8/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
            len(good), good.index(b"xref\n0"), len(good) + len(b"7 0 obj\n(added)\nendobj\n")))
        put("a_signature_that_cannot_be_read_is_told", good[:good.index(b"/Contents<") + 10] + b"4d" * (ROOM // 2) + good[good.index(b"/Contents<") + 10 + ROOM:])
        put_office("a_signature_whose_parts_agree_is_named", signed_office(certificate))
        put_office("a_part_changed_after_signing_is_told", signed_office(certificate, changed=True))


if __name__ == "__main__":
    main()
