/** The calls to the server: who calls, what is answered, and why not. */

import { say } from "./words.js";

export const settings = JSON.parse(document.getElementById("review-settings").textContent);

/** What went wrong. `code` is the server's, or `offline`, or `not_understood`; `record` is the record as it is now. */
export class Refused extends Error {
  constructor(code, message, record = null) {
    super(message);
    this.code = code;
    this.record = record;
  }
}

function token() {
  // Read each time: whoever signs in again, in another tab, has another one.
  const found = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie);
  return found ? found[1] : "";
}

async function call(address, options) {
  let response;
  try {
    response = await fetch(address, {
      credentials: "same-origin",
      ...options,
      headers: { Accept: "application/json", "X-Review-User": String(settings.user), ...options.headers },
    });
  } catch {
    throw new Refused("offline", say("offline"));
  }
  let answer = null;
  try {
    answer = await response.json();
  } catch {
    answer = null; // a page of somebody else: a proxy's, or that of a site that is starting
  }
  if (response.ok && answer) return answer;
  if (answer && answer.error) throw new Refused(answer.error.code, answer.error.message, answer.record || null);
  // Without a session Django refuses a call before anybody looks who makes it.
  throw new Refused(response.status === 403 ? "login_required" : "not_understood", say("not_understood"));
}

/** The queue's own conditions, which every call about it repeats. */
export const conditions = window.location.search;

/** Asks for something. */
export function get(name, key = 0, query = "") {
  return call(settings.addresses[name].replace("/0/", `/${key}/`) + query, { method: "GET" });
}

// Browsers keep 64 KiB alive after the page is gone: of all calls that are under way together, in bytes.
const MOST_ALIVE = 60000;
let bytesAlive = 0;

/** Sends something; unless it is long, it arrives even where the page is closed meanwhile. */
export async function post(name, body, key = 0, query = "") {
  const content = JSON.stringify(body);
  const bytes = new Blob([content]).size;
  const keepalive = bytesAlive + bytes <= MOST_ALIVE;
  if (keepalive) bytesAlive += bytes;
  try {
    return await call(settings.addresses[name].replace("/0/", `/${key}/`) + query, {
      method: "POST",
      body: content,
      keepalive,
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
    });
  } finally {
    if (keepalive) bytesAlive -= bytes;
  }
}

/** Lets go of all that a tab holds, while its page is being left: browsers send nothing but such a form then. */
export function letGo(tab) {
  const form = new FormData();
  form.append("tab", tab);
  form.append("csrfmiddlewaretoken", token());
  navigator.sendBeacon(settings.addresses.let_go, form);
}
