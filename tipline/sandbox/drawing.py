"""The process that draws photos anew: no secret, little memory, and it ends itself where a picture takes too long.

To it goes a picture and its format; back comes a JPEG, or nothing.
"""

import io
import warnings
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from tipline.sandbox import serve

MEMORY = 1_500 * 1024 * 1024  # bytes of address space
MAX_PIXELS = 80_000_000
VIEW_EDGE = 1600  # pixels of a view copy's longer side
SECONDS = 15  # for one picture; whoever asked has given up before
UNREADABLE = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    RuntimeError,  # libheif's
    MemoryError,
    Image.DecompressionBombError,
)


def redraw(content: bytes, kind: str) -> bytes:
    """A picture drawn anew as JPEG, b"" where it can't be read or is too large to be opened safely."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[kind]) as image:
                if image.width * image.height > MAX_PIXELS:
                    return b""
                image.draft("RGB", (VIEW_EDGE, VIEW_EDGE))
                upright: Any = ImageOps.exif_transpose(image)
                upright.thumbnail((VIEW_EDGE, VIEW_EDGE))
                plain = Image.new("RGB", upright.size, "white")
                layer = upright.convert("RGBA")
                plain.paste(layer, mask=layer)
    except UNREADABLE:
        return b""
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=82)
    return out.getvalue()


def main() -> None:
    """Draw until whoever asked is gone, or asks no more."""
    register_heif_opener()
    serve(redraw, MEMORY, SECONDS)


if __name__ == "__main__":
    main()
