/** The viewers of a record's page. A line of the writing that is pointed at in its list is lit on the picture. */

import { createViewer } from "./viewer.js";

function follow(viewer, writing) {
  const lines = [...writing.querySelectorAll("li[data-left]")];
  const sides = lines.map(({ dataset }) => ["left", "top", "width", "height"].map((side) => 10 * dataset[side]));
  viewer.setBoxes(sides.map(([left, top, width, height]) => ({ x1: left, y1: top, x2: left + width, y2: top + height })));
  for (const [number, line] of lines.entries()) {
    line.addEventListener("pointerenter", () => viewer.lightBox(number));
    line.addEventListener("pointerleave", () => viewer.lightBox());
  }
}

for (const element of document.querySelectorAll("[data-viewer]")) {
  if (!element.querySelector("img")) continue;
  const viewer = createViewer(element);
  for (const writing of document.querySelectorAll(`.writing[data-picture="${element.id}"]`)) follow(viewer, writing);
}
