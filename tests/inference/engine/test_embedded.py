"""What people and programs write into a picture's file, and what hostile ones write."""

import io
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inference.engine.images import read_words

XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:DateCreated="1959-10-01T08:00:00"
 photoshop:City="云溪镇" photoshop:Country="中国">
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">永安桥竣工留影</rdf:li></rdf:Alt></dc:description>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">永安桥</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>陈志远</rdf:li></rdf:Seq></dc:creator>
<dc:subject><rdf:Bag><rdf:li>桥</rdf:li><rdf:li>竣工</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def saved(kind: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (120, 110, 90)).save(buffer, kind, **options)
    return buffer.getvalue()


def with_iptc(*records: tuple[int, bytes]) -> bytes:
    """Return a JPEG with an IPTC block: what Photoshop writes into segment APP13."""
    block = b"".join(b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(text)) + text for number, text in records)
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block + b"\0" * (len(block) % 2)
    payload = b"Photoshop 3.0\0" + resource
    plain = saved()
    return plain[:2] + b"\xff\xed" + struct.pack(">H", len(payload) + 2) + payload + plain[2:]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG", "WEBP"])
def test_xmp_is_read_from_every_format_that_carries_it(kind: str) -> None:
    options: dict[str, Any] = {"xmp": XMP.encode()}
    if kind == "TIFF":
        options = {"tiffinfo": {700: XMP.encode()}}
    elif kind == "PNG":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP)
        options = {"pnginfo": info}

    assert read_words(saved(kind, **options)) == {
        "title": "永安桥",
        "caption": "永安桥竣工留影",
        "date": "1959-10-01",
        "author": "陈志远",
        "keywords": "桥、竣工",
        "place": "中国 云溪镇",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_iptc_is_read_in_the_encodings_found_in_china(encoding: str) -> None:
    content = with_iptc(
        (5, "石桥".encode(encoding)),
        (120, "桥头合影".encode(encoding)),
        (55, b"19591001"),
        (80, "陈志远".encode(encoding)),
        (25, "桥".encode(encoding)),
        (25, "合影".encode(encoding)),
        (90, "云溪镇".encode(encoding)),
    )

    assert read_words(content) == {
        "title": "石桥",
        "caption": "桥头合影",
        "date": "1959-10-01",
        "author": "陈志远",
        "keywords": "桥、合影",
        "place": "云溪镇",
    }


def test_exif_is_read_with_windows_own_tags() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Stone bridge"
    exif[0x9C9D] = "陈志远".encode("utf-16-le")
    exif.get_ifd(0x8769)[0x9003] = "1984:05:02 10:00:00"

    assert read_words(saved(exif=exif)) == {"caption": "Stone bridge", "author": "陈志远", "date": "1984-05-02"}


def test_the_newest_way_of_saying_it_counts() -> None:
    exif = Image.Exif()
    exif[0x010E] = "old"

    assert read_words(saved(exif=exif, xmp=XMP.encode()))["caption"] == "永安桥竣工留影"


@pytest.mark.parametrize("text", ["OLYMPUS DIGITAL CAMERA         ", "SONY DSC", "Created with GIMP", " - ", "default"])
def test_what_cameras_write_of_their_own_accord_says_nothing(text: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = text

    assert read_words(saved(exif=exif)) == {}


@pytest.mark.parametrize(("written", "read"), [
    ("0000:00:00 00:00:00", None), ("1959", "1959"), ("1959-10", "1959-10"), ("not a date", None), ("0012-01-01", None),
])  # fmt: skip
def test_a_date_is_taken_as_far_as_it_goes(written: str, read: str | None) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = written

    assert read_words(saved(exif=exif)).get("date") == read


@pytest.mark.parametrize(
    "block",
    [
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + XMP.replace("永安桥竣工留影", "&e;"),
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + XMP.replace("永安桥竣工留影", "&b;"),
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">' + XMP,
        "<a>" * 20000,
        "<a>" * 20000 + "</a>" * 20000,
        XMP[:300],
        "",
        XMP + " " * (1024 * 1024),
    ],
)
def test_hostile_and_damaged_xmp_counts_as_none(block: str) -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", block)

    assert read_words(saved("PNG", pnginfo=info)) == {}


def test_long_texts_are_bounded() -> None:
    long = XMP.replace("永安桥竣工留影", "桥" * 20_000)

    assert len(read_words(saved("WEBP", xmp=long.encode()))["caption"]) == 5000


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_as_metadata_are_read_or_passed_over(block: bytes) -> None:
    for content in (saved("WEBP", xmp=block), with_iptc((120, block), (25, block), (55, block))):
        assert all(isinstance(text, str) and text for text in read_words(content).values())
