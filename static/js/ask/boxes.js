/** Draws the boxes of an answer over its picture, and links each with its mention in the text. */

import { linkBoxes } from "../linked-boxes.js";
import { build, say, within } from "./words.js";

function button(number, className, label) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = className;
  element.dataset.box = number;
  element.textContent = label;
  return element;
}

/** Makes buttons of the places that the text names. Returns the numbers of the boxes that it does. */
function linkMentions(text) {
  const mentioned = new Set();
  for (const place of text.querySelectorAll("[data-box]")) {
    const number = Number(place.dataset.box);
    mentioned.add(number);
    place.replaceWith(button(number, "mention", place.textContent));
  }
  return mentioned;
}

const area = ({ x1, y1, x2, y2 }) => Math.abs(x2 - x1) * Math.abs(y2 - y1);

function mark({ x1, y1, x2, y2 }, number, height) {
  const element = button(number, "mark", "");
  const percent = (value) => `${Math.min(Math.max(value, 0), 1000) / 10}%`;
  const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)];
  const [top, bottom] = [Math.min(y1, y2), Math.max(y1, y2)];
  element.style.left = percent(left);
  element.style.top = percent(top);
  element.style.width = percent(right - left);
  element.style.height = percent(bottom - top);
  element.style.zIndex = height;
  element.setAttribute("aria-label", say("box-in-picture", { number }));
  const badge = document.createElement("span");
  badge.textContent = number;
  badge.setAttribute("aria-hidden", "true");
  // The number stands above its box, and in it only where there is no room above.
  badge.className = top < 70 ? "inside" : "above";
  element.append(badge);
  return element;
}

function tabs(sight, images, count) {
  const bar = within(sight, "tabs");
  const picture = sight.querySelector("img");
  const showPicture = (at) => {
    picture.src = images[at].preview;
    picture.alt = say("picture-boxed", { name: images[at].name, count });
    for (const [place, tab] of [...bar.children].entries()) tab.setAttribute("aria-pressed", place === at);
  };
  // The model does not say which of several pictures it means.
  bar.hidden = images.length < 2;
  bar.append(
    ...images.map((_, at) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.textContent = say("picture", { number: at + 1 });
      tab.addEventListener("click", () => showPicture(at));
      return tab;
    }),
  );
  showPicture(0);
}

/**
 * Shows boxes over a picture.
 *
 * `answer` is the block in which they are linked, `place` where the picture goes, `text` the finished answer, in which the
 * server has marked the places that are named. Boxes that the text does not name are listed below the picture.
 */
export function showBoxes({ answer, place, text, boxes, images }) {
  const shown = images.filter((image) => image.preview);
  if (!boxes.length) return;
  if (!shown.length) {
    // Nothing to draw on: then the coordinates are all there is.
    for (const place of text.querySelectorAll("[data-box]")) place.replaceWith(place.title);
    return;
  }
  const sight = build("ask-sight");
  tabs(sight, shown, boxes.length);
  // What lies within another box lies above it, so that both can be pointed at.
  const smallerOnes = (box) => boxes.filter((other) => area(other) < area(box)).length;
  const heights = boxes.map((box) => boxes.length - smallerOnes(box));
  within(sight, "frame").append(...boxes.map((box, at) => mark(box, at + 1, heights[at])));
  const mentioned = linkMentions(text);
  const list = within(sight, "list");
  const rest = boxes.map((_, at) => at + 1).filter((number) => !mentioned.has(number));
  list.hidden = !rest.length;
  list.append(...rest.map((number) => button(number, "mention", say("box", { number }))));
  place.replaceChildren(sight);
  linkBoxes(answer);
}
