/**
 * Fetches the answers of a trial one by one, so that each is there as soon as the model has given it. Without this the
 * form is sent as a whole and the page comes back when all are there.
 *
 * Two are asked for at a time: others are waiting for the model as well.
 */

const AT_ONCE = 2;

const form = document.getElementById("trial-form");
const rows = document.getElementById("trial-rows");
const problem = document.getElementById("trial-problem");
const meter = form.querySelector(".trial-progress");
let running = new AbortController();

function clone(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

function complain(kind) {
  problem.hidden = !kind;
  problem.textContent = kind ? problem.dataset[kind] : "";
  if (kind) problem.scrollIntoView({ block: "nearest" });
}

function chosenSides() {
  return ["left", "right"]
    .map((side) => ({ version: form.elements[`${side}-version`].value, text: form.elements[`${side}-text`].value }))
    .filter((side) => side.version);
}

/** Lays out an image's row, and returns what is to be asked for it. */
function layOut(box, sides) {
  const row = clone("trial-row");
  const label = box.closest("label");
  row.querySelector("h2").textContent = label.querySelector("span:last-child").textContent;
  const print = label.querySelector("img");
  if (print) row.querySelector(".trial-print").append(print.cloneNode());
  const cells = sides.map((side) => ({ ...side, image: box.value, place: clone("trial-answer") }));
  row.append(...cells.map((cell) => cell.place));
  rows.append(row);
  return cells;
}

async function fill(cell, signal) {
  const body = new FormData();
  for (const name of ["image", "version", "text"]) body.set(name, cell[name]);
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  try {
    const response = await fetch(form.dataset.answer, { method: "POST", body, signal, redirect: "error" });
    if (!response.ok && response.status !== 400) throw new Error(response.status);
    cell.place.innerHTML = await response.text();
  } catch (error) {
    if (signal.aborted) return;
    cell.place.replaceChildren(clone("trial-broken"));
  }
  cell.place.removeAttribute("aria-busy");
}

async function fetchAll(cells, signal) {
  const waiting = [...cells];
  const bar = meter.querySelector("progress");
  let done = 0;
  const tell = () => {
    bar.max = cells.length;
    bar.value = done;
    meter.querySelector("output").value = `${done} / ${cells.length}`;
  };
  meter.hidden = false;
  tell();
  const work = async () => {
    for (let cell = waiting.shift(); cell && !signal.aborted; cell = waiting.shift()) {
      await fill(cell, signal);
      if (signal.aborted) return;
      done += 1;
      tell();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const boxes = [...form.querySelectorAll('input[name="images"]:checked')];
  const sides = chosenSides();
  if (!boxes.length) return complain("none");
  if (boxes.length > Number(form.dataset.most)) return complain("many");
  if (!form.elements["left-version"].value) return complain("side");
  complain("");
  running.abort();
  running = new AbortController();
  rows.replaceChildren();
  const cells = boxes.flatMap((box) => layOut(box, sides));
  rows.scrollIntoView({ block: "start" });
  return fetchAll(cells, running.signal);
});
