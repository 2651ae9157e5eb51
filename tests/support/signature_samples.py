#!/usr/bin/env python3
# 電子署名の事例の見本を作る — writes in.pdf and in.docx of the signed cases in tests/cases/sanitise/: a document of one page, signed by a key that is made here and thrown away. The results are
# committed; run again only to change a sample. Needs openssl and xmllint.
import base64, hashlib, io, subprocess, sys, tempfile, textwrap, zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from office_samples import HEAD, T, W, WML, docx, pack, relations  # noqa: E402

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


TYPES = "http://schemas.openxmlformats.org/package/2006/"
DSIG_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
DSIG, C14N = "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
SCOPE = f'xmlns="{DSIG}" xmlns:mdssi="{TYPES}digital-signature"'  # declared at the root, in scope of everything that is signed
LINKED = "https://keiyaku.example.lg.jp/a?b=1&amp;c=2"


def canonical(element, scope=SCOPE):
    """As a program that is not ours writes it."""
    name = element[1:].split(" ")[0].split(">")[0]
    return subprocess.run(["xmllint", "--c14n", "-"], input=f"<{name} {scope}{element[1 + len(name):]}".encode(), stdout=subprocess.PIPE, check=True).stdout


def digest(content):
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def reference(uri, content, transforms=""):
    return f'<Reference URI="{uri}">{transforms}\n  <DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>{digest(content)}</DigestValue></Reference>'


def office_body(text):
    return f'<w:p><w:hyperlink r:id="rId7"><w:r><w:t>{text}</w:t></w:r></w:hyperlink></w:p>'


def sign_members(members, key, certificate, method):
    """The signature of a document made by docx(): every part of it, and the two relationships by their identifiers."""
    selection = lambda chosen: (f'<Transforms><Transform Algorithm="{TYPES}RelationshipTransform">{"".join(chosen)}</Transform><Transform Algorithm="{C14N}"/></Transforms>')
    relationships = lambda name: canonical(members[name].decode().split("\n", 1)[1].replace("/>", ' TargetMode="Internal"/>' if name == "_rels/.rels" else "/>"), "")
    kinds = "?ContentType=application/vnd.openxmlformats-package.relationships+xml"
    manifest = "".join([
        reference("/_rels/.rels" + kinds, relationships("_rels/.rels"), selection(['<mdssi:RelationshipReference SourceId="rId1"/>'])),
        reference("/word/_rels/document.xml.rels" + kinds, relationships("word/_rels/document.xml.rels"), selection([f'<mdssi:RelationshipsGroupReference SourceType="{T}hyperlink"/>'])),
        reference("/word/document.xml?ContentType=application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", members["word/document.xml"])])
    package_object = (f'<Object Id="idPackageObject"><Manifest>{manifest}</Manifest><SignatureProperties><SignatureProperty Target="#idPackageSignature" Id="idSignatureTime">'
                      '<mdssi:SignatureTime><mdssi:Format>YYYY-MM-DDThh:mm:ssTZD</mdssi:Format><mdssi:Value>2026-11-26T10:30:00Z</mdssi:Value></mdssi:SignatureTime>'
                      '</SignatureProperty></SignatureProperties></Object>')
    office_object = ('<Object Id="idOfficeObject"><SignatureProperties><SignatureProperty Target="#idPackageSignature" Id="idOfficeV1Details"><SignatureInfoV1 '
                     'xmlns="http://schemas.microsoft.com/office/2006/digsig"><SignatureComments>契約 &amp; 覚書 &#x9;</SignatureComments><SignatureText></SignatureText></SignatureInfoV1>'
                     '</SignatureProperty></SignatureProperties></Object>')
    methods = {"rsa-sha256": DSIG_MORE + "rsa-sha256", "ecdsa-sha256": DSIG_MORE + "ecdsa-sha256", "rsa-pss": "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"}
    info = (f'<SignedInfo><CanonicalizationMethod Algorithm="{C14N}"/><SignatureMethod Algorithm="{methods[method]}"/>'
            + reference("#idPackageObject", canonical(package_object)) + reference("#idOfficeObject", canonical(office_object)) + "</SignedInfo>")
    value = openssl("dgst", "-sha256", "-sign", key, data=canonical(info))
    if method == "ecdsa-sha256":  # the two numbers of DER, each of 32 bytes
        rows = [r.split(b":")[-1].strip() for r in openssl("asn1parse", "-inform", "DER", data=value).splitlines() if b"INTEGER" in r]
        value = b"".join(int(r, 16).to_bytes(32, "big") for r in rows)
    der = base64.b64encode(openssl("x509", "-in", certificate, "-outform", "DER")).decode()
    lines = "&#13;\n".join(textwrap.wrap(base64.b64encode(value).decode(), 76))
    return (f'<?xml version="1.0" encoding="UTF-8"?>\r\n<Signature {SCOPE} Id="idPackageSignature">{info}<SignatureValue>{lines}</SignatureValue><KeyInfo><X509Data>'
            f'<X509Certificate>{der}</X509Certificate></X509Data></KeyInfo>{package_object}{office_object}</Signature>')


def signed_office(key, certificate, method="rsa-sha256", change=None, links=1):
    """A document with links, signed as office programs sign. change(members, signature): what happens to it afterwards; returns the signature."""
    rels = [("rId7" if i == 0 else f"rId7{i:03d}", "hyperlink", LINKED, True) for i in range(links)]
    with zipfile.ZipFile(io.BytesIO(docx(office_body("契約の金額は百万円です。"), rels=rels))) as z:
        members = {n: z.read(n) for n in z.namelist()}
    signature = sign_members(members, key, certificate, method)
    if change:
        signature = change(members, signature)
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(
        b"</Types>", b'<Default Extension="sigs" ContentType="application/vnd.openxmlformats-package.digital-signature-origin"/><Override PartName="/_xmlsignatures/sig1.xml" '
                     b'ContentType="application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"/></Types>')
    members["_rels/.rels"] = members["_rels/.rels"].replace(
        b"</Relationships>", f'<Relationship Id="rId9" Type="{TYPES}relationships/digital-signature/origin" Target="_xmlsignatures/origin.sigs"/></Relationships>'.encode())
    members["_xmlsignatures/origin.sigs"] = b""
    members["_xmlsignatures/_rels/origin.sigs.rels"] = relations([("rId1", TYPES + "relationships/digital-signature/signature", "sig1.xml", False)]).encode()
    members["_xmlsignatures/sig1.xml"] = signature.encode()
    return pack(members.items())


# What somebody may do to a signed document, from careless to cunning.
def other_amount(members, signature):
    members["word/document.xml"] = members["word/document.xml"].replace("百万円".encode(), "一円".encode())
    return signature


def other_amount_in_the_list(members, signature):
    before = digest(members["word/document.xml"])
    other_amount(members, signature)
    return signature.replace(before, digest(members["word/document.xml"]))


def other_amount_in_every_list(members, signature):
    whole = lambda text: text[text.index('<Object Id="idPackageObject"'):text.index('<Object Id="idOfficeObject"')]
    changed = other_amount_in_the_list(members, signature)
    return changed.replace(digest(canonical(whole(signature))), digest(canonical(whole(changed))))


def other_link(members, signature):
    members["word/_rels/document.xml.rels"] = members["word/_rels/document.xml.rels"].replace(b"keiyaku", b"nise")
    return signature


def list_beside_the_signed_one(members, signature):
    """A second list, of the changed part, where nothing signs it."""
    list_ = signature[signature.index("<Manifest>"):signature.index("</Manifest>") + 11]
    before = digest(members["word/document.xml"])
    other_amount(members, signature)
    return signature.replace("</Signature>", f'<Object>{list_.replace(before, digest(members["word/document.xml"]))}</Object></Signature>')


def two_of_one_name(members, signature):
    """The signed element stands where it is not looked for, another one of its name where it is."""
    whole = signature[signature.index('<Object Id="idPackageObject"'):signature.index('<Object Id="idOfficeObject"')]
    before = digest(members["word/document.xml"])
    other_amount(members, signature)
    return signature.replace(whole, whole.replace(before, digest(members["word/document.xml"])) + f"<Object>{whole}</Object>")


def signed_list_moved_aside(members, signature):
    """It is still signed where it stands now, but nobody looks there."""
    whole = signature[signature.index('<Object Id="idPackageObject"'):signature.index('<Object Id="idOfficeObject"')]
    other_amount(members, signature)
    return signature.replace(whole, "").replace("</KeyInfo>", whole + "</KeyInfo>")


def part_beside(members, signature):
    rels = members["word/_rels/document.xml.rels"].decode()
    members["word/_rels/document.xml.rels"] = rels.replace("</Relationships>", f'<Relationship Id="rId8" Type="{T}header" Target="header1.xml"/></Relationships>').encode()
    members["word/header1.xml"] = f"{HEAD}<w:hdr {W}><w:p><w:r><w:t>案</w:t></w:r></w:p></w:hdr>".encode()
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(b"</Types>", f'<Override PartName="/word/header1.xml" ContentType="{WML}header+xml"/></Types>'.encode())
    return signature


def put_office(sentence, content):
    folder = CASES.parent / "docx" / sentence
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "in.docx").write_bytes(content)
    (SEEDS.parent / "docx" / sentence).write_bytes(content)
    with zipfile.ZipFile(io.BytesIO(content)) as z:
        (SEEDS.parent / "xml_signature").mkdir(exist_ok=True)
        (SEEDS.parent / "xml_signature" / sentence).write_bytes(z.read("_xmlsignatures/sig1.xml"))


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
        put_office("a_signature_that_fits_is_named", signed_office(key, certificate))
        put_office("a_signature_over_many_links_fits", signed_office(key, certificate, links=60))
        put_office("a_part_changed_after_signing_is_told", signed_office(key, certificate, change=other_amount))
        put_office("a_list_changed_after_signing_is_told", signed_office(key, certificate, change=other_amount_in_the_list))
        put_office("a_signature_whose_value_does_not_fit_is_told", signed_office(key, certificate, change=other_amount_in_every_list))
        put_office("a_link_changed_after_signing_is_told", signed_office(key, certificate, change=other_link))
        put_office("a_list_that_nobody_signed_proves_nothing", signed_office(key, certificate, change=list_beside_the_signed_one))
        put_office("two_elements_of_one_name_are_not_believed", signed_office(key, certificate, change=two_of_one_name))
        put_office("a_signed_list_moved_aside_is_told", signed_office(key, certificate, change=signed_list_moved_aside))
        put_office("a_part_added_after_signing_is_told", signed_office(key, certificate, change=part_beside))
        put_office("a_signature_of_an_unknown_kind_is_told", signed_office(key, certificate, "rsa-pss"))
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-utf8", "-days", "36500", "-subj", "/O=あおば市/CN=佐藤 花子", "-keyout", key, "-out", certificate)
        put_office("a_signature_by_an_elliptic_curve_fits", signed_office(key, certificate, "ecdsa-sha256"))


if __name__ == "__main__":
    main()
