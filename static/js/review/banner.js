/** What the page has to say above the record: something went wrong, or is to be known before one goes on. */

import { button, say } from "./words.js";

const banner = document.getElementById("banner");

/** Says something; `acts` are pairs of a text and what it does. Without acts one can close it. */
export function tell(text, acts = [], isBad = false) {
  banner.hidden = !text;
  banner.classList.toggle("is-bad", isBad);
  banner.querySelector("p").textContent = text;
  const offered = acts.length ? acts : [[say("close"), () => tell("")]];
  banner.querySelector(".desk-banner-acts").replaceChildren(...offered.map(([label, act]) => button(label, act)));
}
