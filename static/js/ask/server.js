/** Talks to the server. Whatever goes wrong becomes a `Refusal` with a sentence for the reader. */

import { say } from "./words.js";

/** What the server, or the way there, said no with; `final` where trying the same again cannot help. */
export class Refusal extends Error {
  constructor(message, { code = "", retryAfter = 0, final = false } = {}) {
    super(message);
    this.code = code ?? "";
    this.retryAfter = retryAfter ?? 0;
    this.final = final;
  }
}

// Signed out, a form too old, too slow, too many: these pass. So does a body that was cut off on its way.
const PASSING = [401, 403, 408, 429];
const PASSING_CODES = ["incomplete_body", "conversation_gone"];
const isFinal = (status, code) =>
  status >= 400 && status < 500 && !PASSING.includes(status) && !PASSING_CODES.includes(code);

const { signIn, signedIn, owner } = document.getElementById("ask").dataset;
// What a user asks is not to go to somebody else's history, because the session has ended in another window.
const IDENTITY = signedIn ? { "X-Ask-Owner": owner } : {};

/** Where to sign in; the way back leads here, to the conversation that is open by then. */
export const signInUrl = () => `${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`;

function token() {
  // The cookie is fresher than the page where somebody has signed in in another window.
  const cookie = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/);
  return cookie?.[1] ?? document.querySelector("#ask-composer [name=csrfmiddlewaretoken]").value;
}

function refusal(status, text, retryAfter) {
  const seconds = Number.parseInt(retryAfter ?? "", 10) || 0;
  try {
    const { message, code } = JSON.parse(text).error;
    return new Refusal(message, { code, retryAfter: seconds, final: isFinal(status, code) });
  } catch {
    // A proxy's page, or Django's own for a form that has grown too old.
    const known = { 403: "expired", 413: "too-large" }[status];
    const words = known ? say(known) : say("failed", { status });
    return new Refusal(words, { retryAfter: seconds, final: isFinal(status) });
  }
}

/** Sends a request; returns the response where the server agreed. */
export async function request(url, { method = "POST", body, signal } = {}) {
  const headers = { ...IDENTITY, "X-CSRFToken": token(), Accept: "application/json, text/event-stream" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url, { method, headers, signal, body: body && JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(say("offline"));
  }
  if (!response.ok) throw refusal(response.status, await response.text(), response.headers.get("Retry-After"));
  return response;
}

/** Uploads a file (fetch cannot tell how far it is); `onProgress` gets shares of one. */
export function upload(url, file, name, { onProgress, signal }) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted(); // removed while it was being shrunk
    const sending = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, name);
    sending.open("POST", url);
    sending.setRequestHeader("X-CSRFToken", token());
    sending.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(IDENTITY)) sending.setRequestHeader(name, value);
    sending.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    sending.onload = () => {
      if (sending.status === 201) resolve(JSON.parse(sending.responseText));
      else reject(refusal(sending.status, sending.responseText, sending.getResponseHeader("Retry-After")));
    };
    sending.onerror = () => reject(new Refusal(say("offline")));
    sending.onabort = () => reject(new DOMException("", "AbortError"));
    signal.addEventListener("abort", () => sending.abort());
    sending.send(form);
  });
}
