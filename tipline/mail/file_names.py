"""What an attachment is called on the desk. A name is the sender's data: shown, never used as a path of ours."""

import mimetypes
import re
import unicodedata

MAX_NAME_LENGTH = 150
_PATH = re.compile(r"^.*[/\\]", re.DOTALL)
_SPACES = re.compile(r"\s+")
# Extensions for what programs send without a name; fixed, since the system's own table differs from host to host.
_EXTENSIONS = {
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "text/calendar": ".ics",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pgp-signature": ".asc",
    "application/pgp-keys": ".asc",
    "application/ms-tnef": ".dat",
    "message/delivery-status": ".txt",
    "text/rfc822-headers": ".txt",
}
_STEMS = {"message/rfc822": "message", "text/calendar": "invitation", "application/ms-tnef": "winmail"}


def display_name(name: str) -> str:
    """A file name without folders, control characters and characters that hide or turn around what it says."""
    name = _PATH.sub("", name.strip().rstrip("/\\")) if name else ""
    kept = "".join(" " if char in "\t\r\n" else char for char in name if char in "\t\r\n" or not _unsafe(char))
    name = _SPACES.sub(" ", kept).strip(" ")
    if name.strip(".") == "":
        return ""
    if len(name) > MAX_NAME_LENGTH:
        stem, dot, extension = name.rpartition(".")
        keep = f".{extension}" if dot and len(extension) <= 10 else ""
        name = (stem if keep else name)[: MAX_NAME_LENGTH - len(keep)] + keep
    return name


def _unsafe(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") or char in "\u3164\uffa0\u115f\u1160"


def generated_name(content_type: str, number: int) -> str:
    """A name for a part that came without one."""
    extension = _EXTENSIONS.get(content_type) or mimetypes.guess_extension(content_type, strict=True) or ""
    return f"{_STEMS.get(content_type, 'part')}-{number}{extension}"
