#!/usr/bin/env bash
# rapidocr 3.10.0: the corners of a long column of writing that leans by two degrees come in the wrong order.
#
# Expected: the four corners of a text box start at its upper left and go round, for a column that leans as for an upright
# one: they are what the line is cut out of the page by, and what it is ordered by.
# Seen: the box of the detector is taken apart by x (the two leftmost corners are the left side). Both upper corners of a
# long leaning column lie to one side of both lower ones, so the "upper edge" is one of its long sides: the column becomes
# a row, its crop lies on its side, and its text is lost for low confidence, without a word.
# What the product does about it: inference/reading_order.py (quad_of) tells the upper edge by the direction of the long
# sides; tests/inference/test_reading_order.py turns columns from -8 to 8 degrees.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# Of the packages that it asks for only what finding boxes needs; the models are in its wheel and are not run here.
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
  rapidocr==3.10.0 opencv-python-headless==5.0.0.93 numpy==2.4.6 pyclipper==1.4.0 shapely==2.1.2 \
  omegaconf==2.3.0 antlr4-python3-runtime==4.9.3 PyYAML==6.0.3 six==1.17.0 tqdm==4.67.1 requests==2.32.5 \
  urllib3==2.5.0 idna==3.11 charset-normalizer==3.4.4 certifi==2025.11.12 colorlog==6.10.1 Pillow==12.0.0

cat > "$folder/look.py" <<'PYTHON'
import math
import sys
from importlib.metadata import version

import cv2
import numpy as np
from rapidocr.ch_ppocr_det.utils import DBPostProcess

print("rapidocr", version("rapidocr"), "opencv", cv2.__version__)


def upper_edge(degrees: float) -> float:
    """Return the length of what rapidocr takes for the upper edge of a column of 30 by 900 pixels that leans."""
    lean = math.radians(degrees)
    across = np.array([math.cos(lean), math.sin(lean)]) * 15
    down = np.array([-math.sin(lean), math.cos(lean)]) * 450
    corners = np.array([1000, 1000]) + np.array([-across - down, across - down, across + down, -across + down])
    contour = corners.round().astype(np.int32).reshape(-1, 1, 2)
    box, _shorter = DBPostProcess().get_mini_boxes(contour)
    return float(np.linalg.norm(box[1] - box[0]))


upright, leaning = upper_edge(0.0), upper_edge(2.0)
print(f"upper edge of a column 30 px wide and 900 px high: upright {upright:.0f} px, leaning by 2 degrees {leaning:.0f} px")
if not (upright < 60 and leaning > 800):
    sys.exit("It has changed: the corners of a leaning column are in order now.")
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
