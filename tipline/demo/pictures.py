"""The photos and the paper that the demo's readers send, drawn here: made up, like the readers.

Each photo carries the EXIF of a telephone, place included, so that one can see on the desk what is kept from whom.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from PIL import ExifTags, Image, ImageDraw, ImageFilter, ImageFont

SIZE = (1280, 960)
Colour = tuple[int, int, int]
PAPER, INK, SKY, NIGHT = (246, 241, 230), (47, 47, 55), (182, 205, 216), (28, 33, 48)


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG as a telephone names it."""

    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PhotoScene:
    """How a photo is drawn, what the telephone called it, and where it was taken (degrees north and east)."""

    paint: Callable[[ImageDraw.ImageDraw], None]
    file_name: str
    place: tuple[float, float]
    ground: Colour


def draw(name: str, taken: datetime) -> Photo:
    """The photo of that name, with EXIF: camera, time, GPS."""
    scene = SCENES[name]
    image = Image.new("RGB", SIZE, scene.ground)
    scene.paint(ImageDraw.Draw(image))
    grain = Image.effect_noise(SIZE, 26).convert("RGB")
    image = Image.blend(image.filter(ImageFilter.GaussianBlur(1.2)), grain, 0.06)
    out = BytesIO()
    image.save(out, "JPEG", quality=82, exif=_exif(scene.place, taken))
    return Photo(scene.file_name, out.getvalue())


def _exif(place: tuple[float, float], taken: datetime) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Telefon", "T12"
    exif[ExifTags.Base.DateTime] = taken.strftime("%Y:%m:%d %H:%M:%S")
    north, east = place
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N" if north >= 0 else "S", _degrees(north)
    gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E" if east >= 0 else "W", _degrees(east)
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    value = abs(value)
    minutes = value % 1 * 60
    return float(int(value)), float(int(minutes)), round(minutes % 1 * 60, 2)


def _words(pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, colour: Colour = INK) -> None:
    pen.text(at, text, fill=colour, font=ImageFont.load_default(size))


def _person(pen: ImageDraw.ImageDraw, x: int, y: int, size: int, colour: Colour) -> None:
    """As a child draws one."""
    pen.ellipse((x - size // 4, y - size, x + size // 4, y - size // 2), outline=colour, width=9)
    pen.line((x, y - size // 2, x, y), fill=colour, width=9)
    pen.line((x - size // 3, y - size // 3, x + size // 3, y - size // 3), fill=colour, width=9)
    pen.line((x - size // 4, y + size // 3, x, y, x + size // 4, y + size // 3), fill=colour, width=9)


def _drawing(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((90, 70, 1190, 890), fill=(252, 250, 244))
    pen.rectangle((180, 420, 520, 700), outline=(200, 70, 60), width=10)
    pen.polygon(((160, 420), (350, 260), (540, 420)), outline=(200, 70, 60), width=10)
    for x, size, colour in ((250, 150, (60, 90, 190)), (360, 210, (190, 60, 140)), (460, 120, (60, 150, 80))):
        _person(pen, x, 780, size, colour)
    pen.line(tuple((820 + (i % 2) * 14, 90 + i * 27) for i in range(30)), fill=(50, 50, 50), width=12)
    _person(pen, 1060, 800, 140, (110, 110, 110))
    pen.ellipse((900, 110, 1010, 220), fill=(250, 205, 70))
    _words(pen, (980, 620), "PAPA", 48)


def _cat(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((0, 640, *SIZE), fill=(150, 110, 78))
    pen.rectangle((760, 90, 1180, 560), fill=(206, 222, 226), outline=(120, 90, 70), width=18)
    fur = (226, 142, 66)
    pen.ellipse((300, 430, 860, 860), fill=fur)
    pen.ellipse((230, 330, 530, 600), fill=fur)
    pen.polygon(((250, 390), (270, 270), (350, 350)), fill=fur)
    pen.polygon(((410, 350), (490, 270), (510, 390)), fill=fur)
    pen.arc((760, 560, 1060, 860), 200, 420, fill=fur, width=44)
    for x in (320, 430):
        pen.ellipse((x, 430, x + 34, 472), fill=(40, 60, 30))
    pen.polygon(((364, 500), (396, 500), (380, 520)), fill=(190, 90, 90))


def _document(pen: ImageDraw.ImageDraw, head: str, lines: list[str], stamp: str) -> None:
    pen.rectangle((200, 40, 1080, 930), fill=(252, 251, 247))
    _words(pen, (260, 100), head, 38)
    for number, line in enumerate(lines):
        _words(pen, (260, 200 + number * 58), line, 27)
    pen.ellipse((780, 670, 1000, 890), outline=(196, 48, 44), width=8)
    _words(pen, (825, 755), stamp, 34, (196, 48, 44))


def _circular(pen: ImageDraw.ImageDraw) -> None:
    lines = [
        "To all students of clinical medicine, year III",
        "",
        "1. Clinical rotations of this year are held online.",
        "2. They are recognised in full.",
        "",
        "To all holders of foreign medical degrees",
        "",
        "1. Clinical training held online is NOT recognised.",
    ]
    _document(pen, "TWO CIRCULARS", lines, "NINGBO")


def _boarding(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((110, 260, 1170, 700), fill=(250, 250, 248))
    pen.rectangle((110, 260, 1170, 340), fill=(30, 70, 120))
    _words(pen, (150, 278), "BOARDING PASS", 40, (250, 250, 250))
    for x, label, value in ((150, "FROM", "LHR"), (390, "TO", "CAN"), (630, "GATE", "B 44"), (880, "SEAT", "34K")):
        _words(pen, (x, 400), label, 26, (120, 120, 120))
        _words(pen, (x, 440), value, 64)
    pen.line((840, 350, 840, 690), fill=(190, 190, 190), width=4)
    _words(pen, (150, 600), "CANCELLED - NO REFUND DUE", 40, (190, 40, 40))


def _room(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((0, 680, *SIZE), fill=(136, 122, 108))
    pen.rectangle((70, 420, 560, 720), fill=(90, 110, 140))
    pen.rectangle((70, 380, 560, 440), fill=(226, 226, 220))
    pen.rectangle((700, 470, 1200, 500), fill=(120, 88, 60))
    for number, colour in enumerate(((170, 60, 60), (60, 120, 90), (60, 80, 150), (200, 170, 80), (110, 70, 120))):
        pen.rectangle((730 + number * 44, 330, 766 + number * 44, 470), fill=colour)
    pen.rectangle((980, 150, 1160, 290), fill=(250, 248, 240), outline=(150, 120, 60), width=12)
    _words(pen, (1010, 205), "DIPLOMA", 28)


def _window(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((300, 60, 980, 900), fill=SKY, outline=(236, 236, 232), width=40)
    chance = random.Random(11)
    for x in range(340, 940, 60):
        top = chance.randrange(430, 720)
        pen.rectangle((x, top, x + 54, 860), fill=(118 + x % 40, 128, 140))
    pen.line((640, 60, 640, 900), fill=(236, 236, 232), width=30)
    pen.rectangle((655, 420, 700, 450), fill=(90, 90, 90))
    _words(pen, (690, 120), "9", 120, (236, 236, 232))


def _counter(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((0, 0, SIZE[0], 200), fill=(60, 70, 90))
    _words(pen, (90, 60), "D 14 - 18   INTERNATIONAL", 64, (250, 210, 80))
    pen.rectangle((0, 520, *SIZE), fill=(196, 198, 200))
    for x in (160, 480, 800):
        pen.rectangle((x, 420, x + 240, 640), fill=(230, 232, 234), outline=(150, 150, 155), width=6)
    pen.rounded_rectangle((560, 640, 690, 830), 40, fill=(222, 92, 128))
    pen.rounded_rectangle((590, 720, 660, 790), 16, fill=(250, 170, 190))
    pen.ellipse((575, 560, 675, 660), fill=(50, 40, 38))


def _restaurant(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((140, 160, 1140, 880), fill=(70, 48, 40))
    pen.rectangle((220, 300, 800, 820), fill=(250, 206, 130))
    _words(pen, (240, 190), "CUCINA PAOLO", 72, (240, 224, 190))
    pen.rectangle((420, 520, 450, 800), fill=(110, 66, 40))
    pen.rectangle((420, 660, 620, 690), fill=(110, 66, 40))
    pen.rectangle((590, 690, 620, 800), fill=(110, 66, 40))
    pen.rectangle((860, 360, 1080, 880), fill=(52, 34, 30))
    _words(pen, (890, 540), "CHIUSO", 44, (240, 224, 190))


def _calendar(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((0, 700, *SIZE), fill=(214, 208, 196))
    pen.rectangle((380, 180, 900, 760), fill=(252, 252, 250), outline=(170, 40, 40), width=14)
    pen.rectangle((380, 180, 900, 290), fill=(170, 40, 40))
    _words(pen, (520, 350), "17", 260)
    _words(pen, (540, 660), "FRIDAY", 54, (120, 120, 120))


SCENES = {
    "drawing": PhotoScene(_drawing, "IMG_2041.jpg", (31.2983, 120.5832), PAPER),
    "cat": PhotoScene(_cat, "mmexport1623.jpg", (30.6570, 104.0660), (222, 208, 186)),
    "circular": PhotoScene(_circular, "circulars.jpg", (11.0168, 76.9558), (96, 84, 72)),
    "boarding": PhotoScene(_boarding, "IMG_0934.jpeg", (51.4700, -0.4543), (164, 150, 136)),
    "room": PhotoScene(_room, "room_before.jpg", (30.3075, 120.0822), (212, 206, 194)),
    "window": PhotoScene(_window, "窗.jpg", (23.1291, 113.2644), (86, 78, 74)),
    "counter": PhotoScene(_counter, "PVG counter.jpg", (31.1443, 121.8083), (178, 184, 190)),
    "restaurant": PhotoScene(_restaurant, "IMG_5520.jpeg", (36.0671, 120.3826), NIGHT),
    "calendar": PhotoScene(_calendar, "微信图片_0617.jpg", (31.2304, 121.4737), (198, 210, 214)),
}


def pdf(name: str, written: datetime) -> bytes:
    """A one-page PDF with text in it (ISO 32000-1, by hand: one font, one stream)."""
    title, rows = PAPERS[name]
    lines = [title, "", *rows]
    shown = "".join(f"({line.replace('(', '[').replace(')', ']')}) Tj T*\n" for line in lines)
    stream = f"BT /F1 10 Tf 14 TL 56 780 Td\n{shown}ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        f"<< /Title ({title}) /CreationDate (D:{written:%Y%m%d%H%M%S}) >>",
    ]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out.encode("ascii")


PAPERS = {
    "rolled": (
        "Feld & Sohn - bookings rolled, Ningbo-Beilun to Rotterdam",
        [
            f"{week:>2}. week   {vessel:<18} {boxes:>2} x 40HC   {why}"
            for week, vessel, boxes, why in (
                (14, "EVER PATIENT", 26, "vessel overbooked"),
                (15, "NORDIC HARE", 26, "port closed, 1 case"),
                (17, "MSK TINDARA", 26, "omitted Ningbo"),
                (18, "EVER PATIENT", 22, "4 loaded, 22 rolled"),
                (20, "COSCO LILAC", 22, "vessel overbooked"),
                (21, "NORDIC HARE", 22, "crew change refused"),
                (23, "HANJIN MERCY", 15, "7 loaded, 15 rolled"),
                (25, "MSK TINDARA", 15, "omitted Ningbo"),
                (26, "COSCO LILAC", 15, "rate revised, USD 14,200"),
            )
        ],
    )
}
