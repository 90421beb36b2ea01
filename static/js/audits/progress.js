/**
 * Keeps an audit's page fresh while the background is at it, and loads it again when that is done. Without it, loading
 * the page again does the same.
 */

const EVERY_MS = 2000;
const SLOWEST_MS = 30000;

const place = document.querySelector("[data-progress]");

function show(told) {
  place.querySelector("[data-words]").textContent = told.words;
  const bar = place.querySelector("progress");
  if (told.total > 0) {
    bar.max = told.total;
    bar.value = told.done;
  }
}

/** Asks once; returns whether to go on asking. */
async function refresh() {
  const answer = await fetch(place.dataset.progress, { headers: { Accept: "application/json" } });
  // Signed out meanwhile: the page as it is says more than an error would.
  if (!answer.ok || answer.redirected) return answer.status >= 500;
  const told = await answer.json();
  show(told);
  if (!told.live) window.location.reload();
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

if (place !== null) follow();
