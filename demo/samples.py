"""The sample collection's contents: its scans, their formats, and what a person wrote about half of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from demo.scene import Scene, Subject, Tone

Format = Literal["jpeg", "jpeg-rotated", "tiff", "png", "png-16bit"]
SUFFIXES: dict[Format, str] = {
    "jpeg": ".jpg",
    "jpeg-rotated": ".jpg",
    "tiff": ".tif",
    "png": ".png",
    "png-16bit": ".png",
}


@dataclass(frozen=True, slots=True)
class Record:
    """What a person wrote about a scan: title, event, date, place, people, photographer."""

    title: str
    event: str
    date: str
    place: str
    people: str
    photographer: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One scan of the sample collection.

    Args:
        number: 1 to 24, in the file's name and its identifier.
        scene: what it shows.
        format: how it is saved.
        record: what a person wrote about it; None where nobody has yet.
    """

    number: int
    scene: Scene
    format: Format
    record: Record | None = None

    @property
    def file_name(self) -> str:
        """Name of its file; says nothing about what is to be seen."""
        return f"scan-{self.number:03d}{SUFFIXES[self.format]}"

    @property
    def identifier(self) -> str:
        """Its 照片号."""
        return f"DEMO-1-{self.number:04d}"


BW, OLD, COLOUR = Tone.MONOCHROME, Tone.SEPIA, Tone.COLOUR
# subject, people, tone, year, format, record
_ROWS: tuple[tuple[Subject, int, Tone, int | None, Format, Record | None], ...] = (
    (
        Subject.BRIDGE,
        3,
        BW,
        1959,
        "jpeg",
        Record("永安桥修缮竣工留影", "永安桥修缮竣工", "1959年", "云溪镇", "施工人员三人", "陈志远"),
    ),
    (Subject.SAILBOAT, 0, OLD, None, "tiff", Record("云溪河上的运粮帆船", "水路运粮", "1950年代", "云溪河", "", "")),
    (
        Subject.BUILDING,
        5,
        COLOUR,
        1984,
        "jpeg",
        Record("县第一中学教学楼落成", "教学楼落成", "1984年", "云溪县城", "师生代表五人", "县文化馆"),
    ),
    (Subject.PAGODA, 2, OLD, 1956, "jpeg", None),
    (
        Subject.FACTORY,
        4,
        BW,
        1958,
        "png-16bit",
        Record("农具厂投产纪念", "农具厂投产", "1958年", "云溪镇东郊", "工人四人", "待考"),
    ),
    (
        Subject.TREE,
        1,
        COLOUR,
        None,
        "jpeg-rotated",
        Record("村口古樟树", "古树普查", "1986年", "柳湾村", "村民一人", "周建国"),
    ),
    (Subject.GATE, 0, BW, 1962, "tiff", None),
    (
        Subject.CAR,
        2,
        OLD,
        1953,
        "jpeg",
        Record("县运输队的第一辆汽车", "运输队购车", "1953年", "云溪县城", "驾驶员二人", ""),
    ),
    (Subject.BRIDGE, 0, COLOUR, 1979, "jpeg", None),
    (Subject.SAILBOAT, 4, BW, 1951, "jpeg", None),
    (Subject.BUILDING, 1, OLD, None, "png", Record("供销社旧址", "房产登记", "约1960年", "云溪镇中街", "职工一人", "")),
    (Subject.PAGODA, 0, BW, 1974, "jpeg", None),
    (Subject.FACTORY, 3, COLOUR, 1988, "tiff", None),
    (
        Subject.TREE,
        5,
        OLD,
        1965,
        "jpeg",
        Record("知识青年植树合影", "植树造林", "1965年", "柳湾村", "知识青年五人", "待考"),
    ),
    (
        Subject.GATE,
        2,
        COLOUR,
        None,
        "jpeg",
        Record("贞节牌坊", "文物普查", "1982年", "柳湾村", "普查人员二人", "县文化馆"),
    ),
    (Subject.CAR, 3, BW, 1969, "png", None),
    (Subject.BRIDGE, 5, OLD, None, "jpeg", None),
    (Subject.SAILBOAT, 2, COLOUR, 1981, "png", None),
    (Subject.BUILDING, 0, BW, 1955, "tiff", Record("人民医院门诊楼", "门诊楼落成", "1955年", "云溪县城", "", "陈志远")),
    (
        Subject.PAGODA,
        4,
        COLOUR,
        1987,
        "jpeg",
        Record("文峰塔重修完工", "文峰塔重修", "1987年", "文峰山", "工匠四人", "周建国"),
    ),
    (Subject.FACTORY, 0, OLD, 1961, "jpeg", None),
    (Subject.TREE, 3, BW, 1977, "jpeg", None),
    (
        Subject.GATE,
        1,
        OLD,
        1949,
        "jpeg",
        Record("解放初期的南街牌坊", "街景", "1949年", "云溪县城南街", "行人一人", ""),
    ),
    (Subject.CAR, 0, COLOUR, None, "jpeg", None),
)

SAMPLES: tuple[Sample, ...] = tuple(
    Sample(number, Scene(subject, people, tone, year, seed=100 + number), format_, record)
    for number, (subject, people, tone, year, format_, record) in enumerate(_ROWS, start=1)
)
DUPLICATE_OF = SAMPLES[3]
DUPLICATE_NAME = "scan-004-copy.jpg"
DAMAGED_NAME = "scan-025.jpg"
