/**
 * Many records at a time: what is ticked in the list, and a change's page kept fresh while the worker is at it.
 * Without it, everything can be ticked and sent all the same, and loading a page again shows how far it is.
 */

const EVERY_MS = 1500;
const SLOWEST_MS = 30000;

/** Counts what is ticked, ticks a page or a row of records at once, and opens one panel of the bar at a time. */
function tendList(form) {
  const picks = [...form.querySelectorAll("[data-pick]")];
  const wholePage = form.querySelector("[data-page]");
  const everything = form.querySelector("[data-all]");
  const told = form.querySelector("[data-chosen]");
  let last = null;

  function show() {
    const number = picks.filter((pick) => pick.checked).length;
    wholePage.checked = number === picks.length;
    wholePage.indeterminate = number > 0 && number < picks.length;
    for (const pick of picks) {
      pick.closest("tr").classList.toggle("bulk-picked", pick.checked || everything.checked);
    }
    const { none, some, every } = told.dataset;
    told.textContent = everything.checked ? every : number ? some.replace("{number}", number) : none;
  }

  form.addEventListener("change", (event) => {
    if (event.target === wholePage) for (const pick of picks) pick.checked = wholePage.checked;
    show();
  });
  form.addEventListener("click", (event) => {
    const place = picks.indexOf(event.target);
    if (place < 0) return;
    if (event.shiftKey && last !== null) {
      const [from, to] = [Math.min(place, last), Math.max(place, last)];
      for (const pick of picks.slice(from, to + 1)) pick.checked = event.target.checked;
    }
    last = place;
    show();
  });

  const panels = [...form.querySelectorAll(".bulk-acts details")];
  for (const panel of panels) {
    panel.addEventListener("toggle", () => {
      if (!panel.open) return;
      for (const other of panels) if (other !== panel) other.open = false;
      const wrong = panel.querySelector(".errorlist");
      const field = (wrong ? wrong.parentElement : panel).querySelector("input, select, textarea");
      if (field) field.focus();
    });
  }
  form.addEventListener("keydown", (event) => {
    const open = panels.find((panel) => panel.open);
    if (event.key !== "Escape" || event.isComposing || !open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
  // Enter in a panel's field means that panel's button, not the first one of the form.
  for (const panel of panels) {
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
      if (!event.target.matches("input")) return;
      event.preventDefault();
      panel.querySelector("button[type=submit]").click();
    });
  }
  show();
}

function show(panel, told) {
  for (const place of panel.querySelectorAll("[data-word]")) {
    const word = told.words[place.dataset.word];
    if (place.textContent !== word) place.textContent = word;
  }
  const state = panel.querySelector("[data-state]");
  if (state.textContent !== told.state) {
    state.textContent = told.state;
    // Numbers change all the time; only what matters is read aloud.
    panel.querySelector("[data-announce]").textContent = `${told.state} ${told.words.done} ${told.reason}`;
  }
  state.className = `bulk-badge bulk-badge-${told.state_class}`;
  panel.querySelector("[data-reason]").textContent = told.reason;
  const bar = panel.querySelector("progress");
  bar.max = Math.max(1, told.total);
  bar.value = told.settled;
  for (const button of panel.querySelectorAll("[data-action]")) button.hidden = !told[button.dataset.action];
}

/** Asks once; returns whether to go on asking. */
async function refresh(panel) {
  const answer = await fetch(panel.dataset.progress, { headers: { Accept: "application/json" } });
  // Signed out, or gone meanwhile: the page as it is says more than an error would.
  if (!answer.ok || answer.redirected) return answer.status >= 500;
  const told = await answer.json();
  show(panel, told);
  // What was skipped and which records were changed is the page's to say.
  if (!told.live) window.location.reload();
  return told.live;
}

async function follow(panel) {
  let pause = EVERY_MS;
  for (let goOn = true; goOn; ) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (document.hidden) continue;
    try {
      goOn = await refresh(panel);
      pause = EVERY_MS;
    } catch {
      // The site is being started again; there is no hurry.
      pause = Math.min(2 * pause, SLOWEST_MS);
    }
  }
}

const form = document.querySelector("[data-bulk]");
if (form !== null) tendList(form);
const panel = document.getElementById("bulk-panel");
if (panel !== null && "live" in panel.dataset) follow(panel);
