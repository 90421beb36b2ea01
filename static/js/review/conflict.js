/** Three texts side by side: what somebody began from, what the record says now, and what they wrote. */

import { button, element, say } from "./words.js";

const words = ({ words: draft, value }) =>
  draft !== null && draft !== undefined ? say("draft_then", { value: draft }) : value || say("was_empty");

function column(label, text, act) {
  const block = element("div");
  block.append(element("h3", say(label)), element("p", text));
  if (act) block.append(act);
  return block;
}

/** `choose("theirs" | "mine")` hears which is to hold. */
export function tellConflict(target, { begun, now, mine }, choose) {
  target.replaceChildren(
    column("then", words(begun)),
    column("theirs", words(now), button(say("use_theirs"), () => choose("theirs"))),
    column("mine", mine || say("was_empty"), button(say("use_mine"), () => choose("mine"))),
  );
  target.hidden = false;
}
