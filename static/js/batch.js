/**
 * Keeps a batch's page fresh while the batch may still change. Without it, loading the page again does the same.
 */

const EVERY_MS = 2000;
const SLOWEST_MS = 30000;

const panel = document.getElementById("batch-panel");

function show(told) {
  for (const place of panel.querySelectorAll("[data-word]")) {
    const word = told.words[place.dataset.word];
    if (place.textContent !== word) place.textContent = word;
  }
  const state = panel.querySelector("[data-state]");
  if (state.textContent !== told.words.state) {
    state.textContent = told.words.state;
    // Numbers change all the time; only what matters is read aloud.
    panel.querySelector("[data-announce]").textContent = `${told.words.state} ${told.words.reason}`;
  }
  state.className = `state state-${told.state_class}`;
  const bar = panel.querySelector("progress");
  bar.max = Math.max(1, told.total);
  bar.value = told.settled;
  for (const item of panel.querySelectorAll("[data-action]")) {
    item.hidden = !told.actions.includes(item.dataset.action);
  }
  showFailures(told.failures);
}

function showFailures(failures) {
  const section = panel.querySelector("[data-failures]");
  section.hidden = failures.length === 0;
  const rows = failures.map(({ name, reason, address }) => {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = name;
    const words = document.createElement("span");
    words.textContent = reason;
    const row = document.createElement("li");
    row.append(link, " ", words);
    return row;
  });
  section.querySelector("ul").replaceChildren(...rows);
}

/** Asks once; returns whether to go on asking. */
async function refresh() {
  const answer = await fetch(panel.dataset.progress, { headers: { Accept: "application/json" } });
  // Signed out, or deleted meanwhile: the page as it is says more than an error would.
  if (!answer.ok || answer.redirected) return answer.status >= 500;
  const told = await answer.json();
  show(told);
  return told.live;
}

async function follow() {
  let pause = EVERY_MS;
  for (let goOn = true; goOn; ) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (document.hidden) continue;
    try {
      goOn = await refresh();
      pause = EVERY_MS;
    } catch {
      // The site is being started again; there is no hurry.
      pause = Math.min(2 * pause, SLOWEST_MS);
    }
  }
}

if (panel !== null && "live" in panel.dataset) follow();
