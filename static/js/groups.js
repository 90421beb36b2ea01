/**
 * Keys for the page of photograph groups, and looking for groups to the end. Without it every button works as a plain form.
 *
 * Arrow keys choose a photograph, as in any set of radio buttons; a letter presses the button of the group that one is in.
 */

const ACTS = { c: "confirm", s: "split", j: "join", "[": "previous", "]": "next", o: "out" };
const groups = [...document.querySelectorAll(".photo-group")];
const isTyping = (target) => target.matches?.("input:not([type=radio]), textarea, select");

/** The group that keys are about: the one with the focus, else the one that was worked on last. */
function current() {
  return (
    document.activeElement?.closest(".photo-group") ?? document.querySelector(".photo-group[data-selected]") ?? groups[0]
  );
}

function focusOn(group) {
  if (!group) return;
  for (const other of groups) other.toggleAttribute("data-selected", other === group);
  (group.querySelector("input[type=radio]:checked") ?? group.querySelector("a, button"))?.focus({ preventScroll: true });
  group.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const at = groups.indexOf(current());
  focusOn(groups[Math.min(Math.max(at + by, 0), groups.length - 1)]);
}

function press(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "n" || key === "p") {
    event.preventDefault();
    step(key === "n" ? 1 : -1);
    return;
  }
  const button =
    key === "z" ? document.querySelector('#undo [value="undo"]') : current()?.querySelector(`[value="${ACTS[key]}"]`);
  if (!button || (!ACTS[key] && key !== "z")) return;
  event.preventDefault();
  // One press, one change: the page is on its way already.
  if (document.body.dataset.leaving) return;
  document.body.dataset.leaving = "1";
  button.form.requestSubmit(button);
}

async function lookForGroups(form, button) {
  const bar = document.getElementById("propose-progress");
  const words = button.dataset;
  let seen = 0;
  let made = 0;
  let next = null;
  button.disabled = true;
  bar.hidden = false;
  do {
    const asked = new FormData(form);
    if (next) for (const [name, value] of Object.entries(next)) asked.set(name, value);
    const response = await fetch(form.action, { method: "POST", body: asked, headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    const told = await response.json();
    seen += told.looked_at;
    made += told.made;
    next = told.next;
    bar.value = next ? Math.min(seen / Math.max(Number(words.total), 1), 0.99) : 1;
    button.textContent = words.doing.replace("{seen}", seen).replace("{total}", words.total).replace("{made}", made);
  } while (next);
  if (made) {
    window.location.reload();
    return;
  }
  button.textContent = words.none;
  button.disabled = false;
  bar.hidden = true;
}

document.addEventListener("keydown", press);
document.getElementById("propose")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  lookForGroups(event.target, button).catch(() => {
    button.disabled = false;
    button.textContent = button.dataset.failed;
  });
});
window.addEventListener("pageshow", () => {
  // Coming back by the browser's own button, the page is as it was left.
  delete document.body.dataset.leaving;
  // Not before: going to the place that the address names takes the focus away.
  focusOn(document.querySelector(".photo-group[data-selected]"));
});
