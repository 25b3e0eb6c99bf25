"""What a file is, by its first bytes."""

import re

__all__ = ["check_is_text", "is_instead", "recognised"]

# What it is called, how it begins, the suffix that it should have (if its kind is read here).
_BEGINNINGS = (
    ("a Parquet file", rb"PAR1", ".parquet"),
    ("a Feather file", rb"ARROW1|FEA1", ".feather"),
    ("a gzip file", rb"\x1f\x8b", ".csv.gz"),
    ("a bzip2 file", rb"BZh[1-9]1AY&SY", ".csv.bz2"),
    ("a Zstandard file", rb"\x28\xb5\x2f\xfd", ".csv.zst"),
    ("an Excel file", rb"PK\x03\x04(?s:.){,4000}?(?:xl/|\[Content_Types\]\.xml)", ".xlsx"),
    ("an OpenDocument file", rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis", ""),
    ("a zip file", rb"PK\x03\x04|PK\x05\x06", ".csv.zip"),
    ("an old or encrypted Excel file", rb"\xd0\xcf\x11\xe0", ""),
    ("an xz file", rb"\xfd7zXZ\0", ""),
    ("a 7-Zip file", rb"7z\xbc\xaf", ""),
    ("an SQLite database", rb"SQLite format 3", ""),
    ("an HDF5 file", rb"\x89HDF", ""),
    ("a PDF file", rb"%PDF-", ""),
    ("a web page (HTML)", rb"(?i)\s*<(?:!doctype html|html|head|body)", ""),
    ("XML", rb"\s*<\?xml", ""),
    ("JSON", rb"\s*(?:\{\s*\"|\{\s*\}|\[\s*[\[{])", ""),
    ("an ARFF file", rb"(?i)(?:\s*(?:%[^\r\n]*)?[\r\n]+)*\s*@relation\b", ""),
    ("a Git LFS pointer, not the table itself", rb"version https://git-lfs", ""),
)


def recognised(head: bytes) -> tuple[str, str]:
    """Return what a file is whose first bytes are known, and its suffix; two empty strings for others.

    >>> recognised(b"PAR1...")
    ('a Parquet file', '.parquet')
    """
    for name, beginning, suffix in _BEGINNINGS:
        if re.match(beginning, head.removeprefix(b"\xef\xbb\xbf"), re.DOTALL):
            return name, suffix
    return "", ""


def is_instead(head: bytes, suffix: str) -> str:
    """Return what a file is that cannot be read as its suffix says; nothing if it is that, or unknown.

    >>> is_instead(b"a,b", ".parquet")
    'text'
    """
    name, its = recognised(head)
    if name:
        return name if its != {".arrow": ".feather"}.get(suffix, suffix) else ""
    return "text" if b"\0" not in head and _is_utf_8(head) else ""


def _is_utf_8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4  # a letter cut in two
    return True


def check_is_text(head: bytes, origin: str) -> None:
    """Raise ValueError if the first bytes are those of something else than a text file of rows and cells."""
    name, suffix = recognised(head)
    if name:
        what_now = f"name it {suffix}" if suffix else "save the table as CSV"
        raise ValueError(f"{origin} is not CSV text but {name}; {what_now}")
