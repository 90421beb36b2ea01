/** Keeps the newest words in sight, until the reader looks at something else. */

const NEAR = 80;

const page = document.scrollingElement;
let follows = false;

function toEnd() {
  page.scrollTop = page.scrollHeight;
}

/** Goes to the end of the page, and stays there while it grows. */
export function follow() {
  follows = true;
  toEnd();
}

/** Lets go of the end when somebody scrolls away or turns to something above; back at the end, it holds on again. */
export function watch(conversation) {
  document.addEventListener("scroll", () => {
    follows = page.scrollHeight - page.clientHeight - page.scrollTop < NEAR;
  });
  for (const gesture of ["pointerdown", "keydown"]) {
    conversation.addEventListener(gesture, () => {
      follows = false;
    });
  }
  // Pictures arrive when they like: what has grown is asked, not what was written.
  new ResizeObserver(() => follows && toEnd()).observe(conversation);
}
