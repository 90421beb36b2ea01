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

/** Conflicts that a table has brought, above the fields: `choose(conflict, "theirs" | "mine")` hears which is to hold. */
export function tellBrought(target, conflicts, choose) {
  target.replaceChildren(
    ...conflicts.map((conflict) => {
      const { label, origin, begun, now, mine } = conflict;
      const block = element("section", "", "desk-conflict");
      const sides = element("div", "", "row-conflict");
      sides.append(
        column("exported", begun === null ? say("not_known") : begun || say("was_empty")),
        column("in_catalogue", now || say("was_empty"), button(say("keep_catalogue"), () => choose(conflict, "theirs"))),
        column("in_table", mine || say("was_empty"), button(say("use_table"), () => choose(conflict, "mine"))),
      );
      block.append(element("h2", say(begun === null ? "conflict_two_way" : "conflict", { label })), element("p", origin, "quiet"), sides);
      return block;
    }),
  );
  target.hidden = !conflicts.length;
}
