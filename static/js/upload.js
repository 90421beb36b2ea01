/**
 * Sends files one by one, two at a time, and shows the progress and the outcome of each.
 *
 * XMLHttpRequest, since fetch does not tell how much has been sent. Without this script the form sends all at once.
 */

const AT_ONCE = 2;

const form = document.getElementById("upload-form");
const field = document.getElementById("upload-files");
const list = document.getElementById("upload-results");
const summary = document.getElementById("upload-summary");
const words = form.dataset;

const waiting = [];
let active = 0;
let total = 0;
let over = 0;
let failed = 0;

function line(file) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.className = "upload-name";
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `${words.progress} ${file.name}`);
  const told = document.createElement("span");
  told.className = "upload-told";
  told.textContent = words.waiting;
  item.append(name, bar, told);
  list.append(item);
  return { item, name, bar, told };
}

function finish(shown, answer) {
  active -= 1;
  over += 1;
  shown.bar.value = 1;
  const isBad = answer.error !== undefined;
  failed += isBad ? 1 : 0;
  shown.item.className = isBad ? "bad" : "done";
  shown.told.textContent = isBad ? answer.error : answer.sentence;
  if (answer.address) {
    const link = document.createElement("a");
    link.href = answer.address;
    link.textContent = shown.name.textContent;
    shown.name.replaceChildren(link);
  }
  tell();
  next();
}

function tell() {
  summary.textContent = total ? `${over} / ${total}${failed ? ` · ✕ ${failed}` : ""}` : "";
}

function answerOf(request) {
  if (request.responseURL && !request.responseURL.includes("/upload/")) return { error: words.signedOut };
  try {
    return JSON.parse(request.responseText);
  } catch {
    return { error: words.failed };
  }
}

function send({ file, shown, collection, volume }) {
  active += 1;
  if (file.size > Number(words.limit) * 1024 * 1024) {
    finish(shown, { error: words.tooLarge });
    return;
  }
  const body = new FormData();
  body.append("collection", collection);
  body.append("volume", volume);
  body.append("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", form.action || window.location.href);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
  shown.told.textContent = words.sending;
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) shown.bar.value = event.loaded / event.total;
  });
  request.upload.addEventListener("load", () => {
    shown.bar.removeAttribute("value");
    shown.told.textContent = words.importing;
  });
  request.addEventListener("load", () => finish(shown, answerOf(request)));
  request.addEventListener("error", () => finish(shown, { error: words.failed }));
  request.addEventListener("abort", () => finish(shown, { error: words.failed }));
  request.send(body);
}

function next() {
  while (active < AT_ONCE && waiting.length > 0) send(waiting.shift());
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const collection = form.elements.collection.value;
  const volume = form.elements.volume.value;
  for (const file of field.files) {
    waiting.push({ file, shown: line(file), collection, volume });
    total += 1;
  }
  field.value = "";
  tell();
  next();
});

window.addEventListener("beforeunload", (event) => {
  if (active > 0 || waiting.length > 0) event.preventDefault();
});
