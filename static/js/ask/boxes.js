/** Draws the boxes of an answer over its picture, and links each with its mention in the text. */

import { build, say, within } from "./words.js";

const NUMBER = String.raw`\s*\d{1,4}(?:\.\d+)?\s*`;
const BOX = String.raw`\[${NUMBER}(?:[,，]${NUMBER}){3}\]`;
// `[[1,2,3,4],[5,6,7,8]]` is one mention of two boxes, `[1,2,3,4]` one of one.
const MENTION = new RegExp(String.raw`\[\s*${BOX}(?:\s*[,，、]?\s*${BOX})*\s*\]|${BOX}`, "g");

const corners = ({ x1, y1, x2, y2 }) => [x1, y1, x2, y2];

/** Which box is meant by its numbers in the text; the next one that was not mentioned yet where none is the same. */
function meant(numbers, boxes, mentioned) {
  const same = boxes.findIndex((box) => corners(box).every((value, at) => Math.abs(value - numbers[at]) < 1));
  return same >= 0 ? same : boxes.findIndex((_, at) => !mentioned.has(at));
}

function button(number, className, label) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = className;
  element.dataset.box = number;
  element.textContent = label;
  return element;
}

/** Puts a button where the text names a box. Returns the boxes that were found, by their place in the list. */
function linkMentions(text, boxes) {
  const mentioned = new Set();
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    const pieces = [];
    let end = 0;
    for (const match of node.data.matchAll(MENTION)) {
      pieces.push(node.data.slice(end, match.index));
      for (const [one] of match[0].matchAll(new RegExp(BOX, "g"))) {
        const at = meant(one.match(/\d+(?:\.\d+)?/g).map(Number), boxes, mentioned);
        if (at < 0) {
          pieces.push(one);
          continue;
        }
        mentioned.add(at);
        pieces.push(button(at + 1, "mention", say("box", { number: at + 1 })));
      }
      end = match.index + match[0].length;
    }
    if (pieces.length) node.replaceWith(...pieces, node.data.slice(end));
  }
  return mentioned;
}

function mark({ x1, y1, x2, y2 }, number) {
  const element = button(number, "mark", "");
  const percent = (value) => `${Math.min(Math.max(value, 0), 1000) / 10}%`;
  const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)];
  const [top, bottom] = [Math.min(y1, y2), Math.max(y1, y2)];
  element.style.left = percent(left);
  element.style.top = percent(top);
  element.style.width = percent(right - left);
  element.style.height = percent(bottom - top);
  element.setAttribute("aria-label", say("box-in-picture", { number }));
  const badge = document.createElement("span");
  badge.textContent = number;
  badge.setAttribute("aria-hidden", "true");
  // The number stands above its box, and in it only where there is no room above.
  badge.className = top < 70 ? "inside" : "above";
  element.append(badge);
  return element;
}

/** Lets whatever has to do with one box light up together, and lead to each other. */
function link(answer) {
  const all = (number) => answer.querySelectorAll(`[data-box="${number}"]`);
  const light = (event, on) => {
    const number = event.target.closest?.("[data-box]")?.dataset.box;
    if (number) for (const element of all(number)) element.classList.toggle("linked", on);
  };
  for (const [name, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
    answer.addEventListener(name, (event) => light(event, on));
  }
  answer.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-box]");
    if (!pressed) return;
    const other = [...all(pressed.dataset.box)].find((element) => element.matches(".mark") !== pressed.matches(".mark"));
    other?.focus({ preventScroll: true });
    other?.scrollIntoView({ block: "nearest" });
  });
}

function tabs(sight, images) {
  const bar = within(sight, "tabs");
  const picture = sight.querySelector("img");
  const showPicture = (at) => {
    picture.src = images[at].preview;
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
 * `answer` is the block in which they are linked, `place` where the picture goes, `text` the finished answer. Boxes that
 * the text does not mention by their numbers are listed below the picture.
 */
export function showBoxes({ answer, place, text, boxes, images }) {
  const shown = images.filter((image) => image.preview);
  if (!boxes.length || !shown.length) return;
  const sight = build("ask-sight");
  tabs(sight, shown);
  sight.querySelector("img").alt = say("picture-boxed", { name: shown[0].name, count: boxes.length });
  within(sight, "frame").append(...boxes.map((box, at) => mark(box, at + 1)));
  const mentioned = linkMentions(text, boxes);
  const list = within(sight, "list");
  const rest = boxes.map((_, at) => at).filter((at) => !mentioned.has(at));
  list.hidden = !rest.length;
  list.append(...rest.map((at) => button(at + 1, "mention", say("box", { number: at + 1 }))));
  place.replaceChildren(sight);
  link(answer);
}
