/**
 * The question page: pictures and a question go in, the answer appears as it is written.
 *
 * This module owns the conversation and the way of a question; what is seen is in `exchange` and `boxes`, what is
 * typed in `composer`, what is attached in `tray` and `attachment`, the wire in `server` and `stream`.
 */

import { Composer } from "./composer.js";
import { labelCopies } from "./copying.js";
import { Exchange } from "./exchange.js";
import { follow, watch } from "./following.js";
import { earlier, recall } from "./recalling.js";
import { Refusal, request } from "./server.js";
import { events } from "./stream.js";
import { acceptChosen, acceptDrops, acceptPastes, Tray } from "./tray.js";
import { keep, kept } from "./unsent.js";
import { say } from "./words.js";

const MEGABYTE = 2 ** 20;
const ASKED = "asked"; // questions that no record is known of
const page = document.getElementById("ask");
const find = (id) => document.getElementById(`ask-${id}`);
const { answer: answerUrl, earlier: earlierUrl, label, page: pageUrl } = page.dataset;

const list = find("conversation");
const welcome = find("welcome");
const composer = new Composer(find("composer"));
const tray = new Tray(find("tray"), {
  url: page.dataset.images,
  maxRequest: Number(page.dataset.maxRequestMb) * MEGABYTE,
  maxUpload: Number(page.dataset.maxUploadMb) * MEGABYTE,
  mostImages: Number(page.dataset.mostImages),
  leastSides: page.dataset.minImageSize.split("x").map(Number).sort((a, b) => b - a),
});

let conversation = page.dataset.conversation || null;
let lastImages = []; // what a question without a picture of its own is about
let running = null; // ends the answer that is being written
let held = false; // the question goes as soon as what it waits for is there
let opening = false; // an earlier conversation is on its way
const unrecorded = new Set(); // exchanges that the server may know nothing of

function add(question, images) {
  if (images.length) lastImages = images;
  const exchange = new Exchange({ question, images, label, onAgain: answer, onEdit: edit });
  exchange.seen = lastImages;
  list.append(exchange.element);
  welcome.hidden = true;
  return exchange;
}

/** Sends what is written, or says what is missing; then it goes by itself once that is there. */
function send() {
  held = false;
  if (running) {
    composer.hint(say("answering"));
    return;
  }
  if (!composer.question) {
    composer.hint(say("no-question"));
    composer.focus();
    return;
  }
  const obstacle = opening ? "opening" : tray.obstacle;
  if (obstacle) {
    held = true;
    composer.hint(say(`held-${obstacle}`));
    tray.focusObstacle();
    return;
  }
  composer.hint();
  const exchange = add(composer.question, tray.take());
  answer(exchange);
  composer.question = "";
}

/** Asks, and shows the answer from the first word to the last. */
async function answer(exchange) {
  if (running) {
    composer.hint(say("answering"));
    return;
  }
  running = new AbortController();
  composer.busy = true;
  if (exchange.element.contains(document.activeElement)) composer.focus();
  exchange.thinking ??= composer.thinking;
  unrecorded.add(exchange);
  keepUnrecorded();
  exchange.begin();
  follow();
  try {
    await receive(exchange, running.signal);
  } catch (error) {
    if (error.name === "AbortError") {
      exchange.stop();
      recorded(exchange); // whoever stops it has done with it
    } else {
      fail(exchange, told(error));
    }
  } finally {
    running = null;
    composer.busy = false;
  }
}

function recorded(exchange) {
  unrecorded.delete(exchange);
  keepUnrecorded();
}

function keepUnrecorded() {
  const all = [...unrecorded];
  const ids = all.flatMap(({ images }) => images.map(({ id }) => id));
  keep(ASKED, all.length ? { question: all.map(({ question }) => question).join("\n"), ids } : null);
}

function fail(exchange, error) {
  if (error.code === "conversation_gone") goOnWith(null); // the next try begins another one
  exchange.fail(error);
}

function told(error) {
  if (error instanceof Refusal) return error;
  console.error(error);
  return new Refusal(say("broken"));
}

async function receive(exchange, signal) {
  const body = {
    conversation,
    question: exchange.question,
    images: exchange.images.map((image) => image.id),
    thinking: exchange.thinking,
  };
  const response = await request(answerUrl, { body, signal });
  for await (const { name, data } of events(response)) {
    if (name === "error") throw new Refusal(data.message, { code: data.code, retryAfter: data.retry_after });
    handlers[name]?.(exchange, data);
    // From its record it can be shown again; until there is one it is kept here.
    if (data.exchange || name === "done") recorded(exchange);
    if (name === "done") return;
  }
  throw new Refusal(say("broken"));
}

/** Remembers which conversation this is; null where nothing of it could be recorded. */
function goOnWith(number) {
  conversation = number;
  // A reload shows the conversation again, and so does the way back.
  history.replaceState(null, "", number ? `${pageUrl}?conversation=${number}` : pageUrl);
}

const handlers = {
  queue(exchange, data) {
    goOnWith(data.conversation);
    exchange.queue(data.place);
  },
  start(exchange, data) {
    goOnWith(data.conversation);
    if (data.label) exchange.label = data.label;
    exchange.start();
  },
  delta: (exchange, data) => exchange.write(data),
  done(exchange, data) {
    exchange.finish(data);
    exchange.announceAnswer();
  },
};

/** Takes a question back to where it can be changed; what stands there already is kept behind it. */
function edit(exchange) {
  if (running) return;
  held = false; // what comes now is another question
  exchange.element.remove();
  tray.restore(exchange.images.map(({ id }) => id));
  recorded(exchange);
  composer.question = [exchange.question, composer.question].filter(Boolean).join("\n");
  composer.field.focus();
  welcome.hidden = Boolean(list.children.length);
}

async function goOn() {
  opening = true;
  list.textContent = say("restoring");
  try {
    const exchanges = await earlier(earlierUrl);
    list.textContent = "";
    recall(exchanges, { add, url: earlierUrl });
    welcome.hidden = Boolean(list.children.length);
    follow();
  } catch (error) {
    conversation = null;
    if (error.code === "not_found") goOnWith(null);
    held = false; // it was to go on with what is not there
    list.textContent = "";
    welcome.hidden = false;
    composer.hint(told(error).message);
  } finally {
    opening = false;
  }
  if (held) send();
}

function addFiles(files) {
  composer.hint(held ? say("held-uploading") : "");
  tray.add(files);
  composer.focus();
}

function askExample(question) {
  composer.question = question;
  composer.focus();
  if (tray.attachments.length) send();
  else composer.hint(say("no-picture"));
}

composer.onSend = send;
composer.onStop = () => running?.abort();
composer.onInput = () => {
  held = false;
};
tray.onChange = () => {
  if (held) send();
};
tray.onRemoved = () => {
  held = false; // without it the question may be another
  composer.hint();
};
tray.onMissing = (missing, unreached) => {
  held = false; // without them it may be another question
  const words = [missing && say("missing", { count: missing }), unreached && say("unreached", { count: unreached })];
  composer.hint(words.filter(Boolean).join(" "));
};
tray.onTooMany = (count) => composer.hint(say("too-many", { count, limit: tray.limits.mostImages }));
tray.onEmptied = () => composer.focus();
acceptDrops(find("dropzone"), addFiles);
acceptPastes(addFiles);
acceptChosen(find("choose"), find("files"), addFiles);
acceptChosen(find("camera"), find("photograph"), addFiles);
labelCopies(list);
watch(list, find("composer"));
for (const example of welcome.querySelectorAll("[data-example]")) {
  example.addEventListener("click", () => askExample(example.textContent.trim()));
}
/** Puts back what was on its way when the page was left. */
function recallUnsent() {
  const asked = kept(ASKED);
  if (asked?.question) composer.question = [asked.question, composer.question].filter(Boolean).join("\n");
  tray.recall(Array.isArray(asked?.ids) ? asked.ids : []);
  keep(ASKED, null); // the sheet and the tray keep it now
}

recallUnsent();
page.hidden = false;
composer.question = composer.question; // its height is known only now
if (earlierUrl) {
  goOn();
} else {
  welcome.hidden = false;
  composer.focus();
}
