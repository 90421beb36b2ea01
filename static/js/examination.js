/**
 * A list of an examination that the worker is at: how far it is, and the list itself once it is ready.
 * Without scripts the page says the same when it is opened again.
 */

const EVERY_MS = 3000;
const progress = document.querySelector("#examination-progress");
const words = document.querySelector('label[for="examination-progress"]');

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("#examination-progress");
      if (!now) {
        location.reload();
        return;
      }
      progress.max = now.max;
      progress.value = now.value;
      words.textContent = page.querySelector('label[for="examination-progress"]').textContent;
    }
  } catch {
    // The site is away for a moment; it is asked again.
  }
  setTimeout(look, EVERY_MS);
}

if (progress) {
  setTimeout(look, EVERY_MS);
}
