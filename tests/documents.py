"""Documents written for tests: PDF, Word, OpenDocument, and those that mean harm."""

import io
import zipfile

import pypdf

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OD = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'  # noqa: E501


def pdf(words: str, password: str = "") -> bytes:
    """One page. Characters beyond ASCII stand by number, as programs write them, and a table says what they are."""
    letters = sorted(set(words))
    code = {letter: f"{n:04X}" for n, letter in enumerate(letters, 1)}
    shown = "".join(code[letter] for letter in words)
    table = "\n".join(f"<{code[c]}> <{c.encode('utf-16-be').hex()}>" for c in letters)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{len(letters)} beginbfchar\n{table}\nendbfchar endcmap end end"
    )
    page = f"BT /F 12 Tf 20 700 Td <{shown}> Tj ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(page)}>>stream\n{page}\nendstream",
        "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[6 0 R]/ToUnicode 7 0 R>>",
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        "/DW 1000>>",
        f"<</Length {len(cmap)}>>stream\n{cmap}\nendstream",
    ]
    out, places = b"%PDF-1.7\n", []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{n} 0 obj{body}endobj\n".encode()
    table_at = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{table_at}\n%%EOF".encode()
    return locked(out, password) if password else out


def locked(content: bytes, password: str) -> bytes:
    writer, made = pypdf.PdfWriter(clone_from=io.BytesIO(content)), io.BytesIO()
    writer.encrypt(password, owner_password="owner", algorithm="AES-256")
    writer.write(made)
    return made.getvalue()


def zipped(**members: str | bytes) -> bytes:
    """An archive; `__` in a name is a slash, `_xml` its ending."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


def docx(body: str, **more: str | bytes) -> bytes:
    return zipped(word__document_xml=f"<w:document {W}><w:body>{body}</w:body></w:document>", **more)


def odt(body: str) -> bytes:
    content = f"<office:document-content {OD}><office:body><office:text>{body}</office:text></office:body></office:document-content>"  # noqa: E501
    return zipped(mimetype="application/vnd.oasis.opendocument.text", content_xml=content)


def docx_bomb() -> bytes:
    """Half a megabyte that unpacks to 160 MB of markup without a word."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as member:
        member.write(f"<w:document {W}>".encode())
        for _ in range(150):
            member.write(b"<w:p></w:p>" * 100_000)
    return out.getvalue()


def pdf_bomb() -> bytes:
    """A page that draws another twice, and that one another …"""
    forms = 40
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    resources = f"/Resources<</XObject<<{''.join(f'/X{n} {n + 5} 0 R' for n in range(forms))}>>/Font<</F 4 0 R>>>>"
    objects.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 5 0 R{resources}>>")
    objects.append("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    for n in range(forms + 1):
        draws = f"/X{n} Do /X{n} Do" if n < forms else "BT /F 9 Tf (boom) Tj ET"
        kind = f"/Type/XObject/Subtype/Form/BBox[0 0 9 9]{resources}" if n else ""
        objects.append(f"<<{kind}/Length {len(draws)}>>stream\n{draws}\nendstream")
    body = "".join(f"{n} 0 obj{one}endobj\n" for n, one in enumerate(objects, 1))
    return f"%PDF-1.7\n{body}trailer<</Size {len(objects) + 1}/Root 1 0 R>>\n%%EOF".encode()
