/** The picture of a record in a viewer, its sides, and the writing that was read on them. */

import { createViewer } from "../viewer/viewer.js";
import { get } from "./server.js";
import { build, button, element, say } from "./words.js";

const place = document.getElementById("picture");
const tabs = document.getElementById("scan-tabs");
const panel = document.getElementById("writing");

let record = null;
let shown = 0;
let viewer = null;
let writing = null;

function tellScan(at) {
  shown = at;
  const scan = record.scans[at];
  place.replaceChildren();
  viewer = null;
  if (!scan || !scan.screen) {
    place.append(build("no-picture-template"));
    return;
  }
  const made = build("viewer-template");
  const image = made.querySelector("img");
  image.setAttribute("width", scan.width);
  image.setAttribute("height", scan.height);
  image.alt = say("picture", { name: record.name, side: scan.label });
  image.src = scan.screen;
  made.dataset.tiles = scan.tiles;
  made.id = `scan-${scan.id}`;
  place.append(made);
  viewer = createViewer(made);
  layBoxes();
  for (const [number, tab] of [...tabs.children].entries()) tab.setAttribute("aria-pressed", String(number === at));
}

function tellTabs() {
  tabs.replaceChildren(...record.scans.map(({ label }, at) => button(label, () => choose(at))));
  tabs.hidden = record.scans.length < 2;
}

function choose(at) {
  tellScan(at);
  if (!panel.hidden) tellWriting();
}

/** Returns the lines of the scan that is shown, or null where they have not come. */
function lines() {
  const scan = writing && writing.find(({ id }) => id === record.scans[shown].id);
  return scan ? scan.lines : null;
}

function layBoxes() {
  const found = lines();
  if (viewer && found) viewer.setBoxes(found.map(({ box }) => box || { x1: 0, y1: 0, x2: 0, y2: 0 }));
}

async function fetchWriting() {
  const asked = record;
  if (writing || !asked) return;
  const answer = await get("writing", asked.id);
  if (record !== asked) return;
  writing = answer.scans;
  layBoxes();
}

function tellLine({ text, certainty, other }, number) {
  const item = element("li", text);
  if (other) item.append(" ", element("span", say("reads_also", { other }), "quiet"));
  if (certainty < 80) item.append(" ", element("span", say("certainty", { share: certainty }), "quiet"));
  item.addEventListener("pointerenter", () => viewer && viewer.lightBox(number));
  item.addEventListener("pointerleave", () => viewer && viewer.lightBox());
  return item;
}

function tellWriting() {
  const scan = writing && writing.find(({ id }) => id === record.scans[shown].id);
  if (!scan) return;
  const list = element("ol");
  list.append(...scan.lines.map(tellLine));
  const said = scan.lines.length ? "" : say(scan.was_read ? "nothing_read" : "not_read");
  panel.replaceChildren(...scan.warnings.map((text) => element("p", text, "quiet")), list, element("p", said, "quiet"));
}

/** Shows the pictures of a record, the front first. */
export function showPictures(next) {
  const same = record && record.id === next.id;
  record = next;
  if (same) return;
  writing = null;
  panel.hidden = true;
  tellTabs();
  tellScan(0);
  // Where a draft rests on what stands on the print, the lines are lit with its field.
  const rests = next.fields.some(({ draft }) => draft && draft.evidence_kind === "inscription");
  if (rests && next.scans.some((scan) => scan.was_read)) fetchWriting().catch(() => {});
}

/** Shows the next side. */
export function turnOver() {
  if (record && record.scans.length > 1) choose((shown + 1) % record.scans.length);
}

/** Shows the whole picture, or the scan's pixels. */
export function toggleZoom() {
  if (viewer) viewer.toggle();
}

/** Shows the writing that was read, or hides it. */
export async function toggleWriting() {
  if (!record || !record.scans.length) return;
  panel.hidden = !panel.hidden;
  if (panel.hidden) return;
  panel.replaceChildren(element("p", say("loading"), "quiet"));
  await fetchWriting();
  tellWriting();
}

/** Lights the lines in which a text stands, which is folded as the lines are; without a text, none. */
export function lightLines(fold) {
  const found = lines();
  if (!viewer || !found) return;
  const holds = (line) => fold && line.fold.length > 1 && (line.fold.includes(fold) || fold.includes(line.fold));
  viewer.lightBox(...[...found.keys()].filter((at) => holds(found[at])));
}
