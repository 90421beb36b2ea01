/** Reads an answer as it is written: server-sent events over fetch, which unlike EventSource can post. */

import { Refusal } from "./server.js";
import { say } from "./words.js";

function parsed(block) {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  return data.length ? { name, data: JSON.parse(data.join("\n")) } : null; // a comment only keeps the line open
}

/** Yields `{name, data}` for every event of a response. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      buffer = (buffer + value).replaceAll("\r\n", "\n");
      const blocks = buffer.split("\n\n");
      buffer = blocks.pop();
      for (const event of blocks.map(parsed)) if (event) yield event;
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(say("broken"));
  } finally {
    reader.releaseLock();
  }
}
