"""What people and programs write into a picture's file, and what hostile ones write."""

import io
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inference.engine.embedded import read_sidecar
from inference.engine.images import read_info, read_words

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


def with_iptc(*records: tuple[int, bytes], before: bytes = b"", after: bytes = b"") -> bytes:
    """Return a JPEG with an IPTC block: what Photoshop writes into segment APP13."""
    block = before + b"".join(
        b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(text)) + text for number, text in records
    )
    block += after
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


def test_iptc_in_gbk_that_is_valid_utf8_is_read_by_the_whole_block() -> None:
    texts = {5: "学校", 25: "医院", 120: "选学", 80: "石达"}

    content = with_iptc(*((number, text.encode("gbk")) for number, text in texts.items()))

    assert read_words(content) == {"title": "学校", "keywords": "医院", "caption": "选学", "author": "石达"}


@pytest.mark.parametrize("mark", [b"", b"\x1c\x01\x5a\x00\x03\x1b%G"])
@pytest.mark.parametrize("text", ["Школа", "Ελλάδα", "Müller", "学校"])
def test_iptc_in_utf8_is_read_with_and_without_its_mark(mark: bytes, text: str) -> None:
    assert read_words(with_iptc((5, text.encode()), before=mark))["title"] == text


def test_iptc_marked_as_utf8_that_is_gbk_is_read() -> None:
    content = with_iptc((5, "照片".encode("gbk")), before=b"\x1c\x01\x5a\x00\x03\x1b%G")

    assert read_words(content) == {"title": "照片"}


def test_a_keyword_that_its_program_cut_within_a_character_is_read() -> None:
    assert read_words(with_iptc((25, "石桥竣工".encode()[:-1])))["keywords"] == "石桥竣"


@pytest.mark.parametrize(
    "damage", [b"\x1c\x02x\0", b"\x1c\x02\x78\xff\xff", b"\x1c", b"\x1c\x02\x78\x84\xff\xff\xff\xff", b"\0" * 7]
)
def test_damaged_iptc_is_passed_over_and_the_picture_and_the_rest_are_not(damage: bytes) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Stone bridge"
    content = with_iptc(after=damage)
    marked = saved(exif=exif)
    # Both blocks, the damaged one first.
    content = content[: content.index(b"\xff\xdb")] + marked[2:]

    assert read_words(content) == {"caption": "Stone bridge"}
    assert read_info(content).width == 64


def with_comment(code: bytes, text: bytes, **main: str) -> bytes:
    exif = Image.Exif()
    if "caption" in main:
        exif[0x010E] = main["caption"]
    exif.get_ifd(0x8769)[0x9286] = code + text
    return saved(exif=exif)


@pytest.mark.parametrize(("code", "encoding"), [
    (b"UNICODE\0", "utf-16-le"), (b"UNICODE\0", "utf-16-be"), (b"UNICODE\0", "utf-16"), (b"ASCII\0\0\0", "utf-8"),
    (b"ASCII\0\0\0", "gbk"), (b"\0" * 8, "utf-8"), (b"\0" * 8, "gbk"), (b"JIS\0\0\0\0\0", "shift_jis"),
    (b"JIS\0\0\0\0\0", "iso2022_jp"),
])  # fmt: skip
def test_what_the_user_of_a_camera_said_is_the_caption(code: bytes, encoding: str) -> None:
    text = "校門前合影" if code.startswith(b"JIS") else "校门前合影 1"

    assert read_words(with_comment(code, text.encode(encoding))) == {"caption": text}


@pytest.mark.parametrize(("code", "text"), [
    (b"ASCII\0\0\0", b" " * 50), (b"\0" * 8, b"\0" * 50), (b"UNICODE\0", b""), (b"", b""), (b"ASCII", b""),
    (b"ASCII\0\0\0", b'{"filter": 1,\n"device": "x"}'), (b"JIS\0\0\0\0\0", b"\xff\xff"),
])  # fmt: skip
def test_a_comment_that_says_nothing_is_none(code: bytes, text: bytes) -> None:
    assert read_words(with_comment(code, text)) == {}


def test_the_description_counts_before_the_comment_where_it_says_something() -> None:
    comment = (b"ASCII\0\0\0", b"from the user")

    assert read_words(with_comment(*comment, caption="Stone bridge"))["caption"] == "Stone bridge"
    assert read_words(with_comment(*comment, caption="OLYMPUS DIGITAL CAMERA"))["caption"] == "from the user"


@pytest.mark.parametrize("text", ["学校", "照片", "Müller", "医院 €"])
def test_exif_texts_of_chinese_programs_are_read(text: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = b"\x80".join(part.encode("gbk" if text[0] > "z" else "utf-8") for part in text.split("€"))

    content = saved(exif=exif)

    assert read_words(content) == {"caption": text}
    assert read_info(content).exif["ImageDescription"] == text


LANGUAGES = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>%s</rdf:Alt>
</dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"""


@pytest.mark.parametrize(("languages", "read"), [
    (["en", "x-default", "zh-CN"], "x-default"), (["en", "zh-CN"], "zh-CN"), (["fr", "zh-Hant-TW", "en"], "zh-Hant-TW"),
    (["en", "fr"], "en"), (["en", "ZH"], "ZH"), (["en-US", "X-Default"], "X-Default"),
])  # fmt: skip
def test_of_several_languages_the_default_counts_then_chinese(languages: list[str], read: str) -> None:
    items = "".join(f'<rdf:li xml:lang="{language}">text in {language}</rdf:li>' for language in languages)

    assert read_words(saved("WEBP", xmp=(LANGUAGES % items).encode())) == {"caption": f"text in {read}"}


def test_an_empty_default_language_hides_nothing() -> None:
    items = '<rdf:li xml:lang="x-default"> </rdf:li><rdf:li xml:lang="zh-CN">石桥</rdf:li><rdf:li>bridge</rdf:li>'

    assert read_words(saved("WEBP", xmp=(LANGUAGES % items).encode())) == {"caption": "石桥"}


@pytest.mark.parametrize("first", ["", "  ", "0000-00-00T00:00:00", "unknown"])
def test_a_first_date_that_is_none_hides_no_second(first: str) -> None:
    packet = XMP.replace('photoshop:DateCreated="1959-10-01T08:00:00"', f'photoshop:DateCreated="{first}"').replace(
        "<dc:title>",
        '<exif:DateTimeOriginal xmlns:exif="http://ns.adobe.com/exif/1.0/">1984</exif:DateTimeOriginal><dc:title>',
    )

    assert read_words(saved("WEBP", xmp=packet.encode()))["date"] == "1984"


def test_an_xmp_file_says_what_a_packet_says(tmp_path: Path) -> None:
    path = tmp_path / "1.xmp"
    path.write_text(XMP, encoding="utf-8")
    assert read_sidecar(path) == read_words(saved("WEBP", xmp=XMP.encode()))

    for damaged in (b"", b"no xml", XMP[:200].encode(), XMP.encode() + b" " * 1024 * 1024):
        path.write_bytes(damaged)
        assert read_sidecar(path) is None


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
