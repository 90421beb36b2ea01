/** Keeps the newest words in sight, until the reader looks at something else. */

const NEAR = 80;
const AT_END = 4; // zoomed pages scroll in fractions

const page = document.scrollingElement;
let follows = false;
let before = 0;

function toEnd() {
  page.scrollTop = page.scrollHeight;
}

/** Goes to the end of the page, and stays there while it grows. */
export function follow() {
  follows = true;
  toEnd();
}

/** Lets go of the end when somebody scrolls away or turns to something above; back at the end, it holds on again. */
export function watch(conversation, sheet) {
  document.addEventListener("scroll", () => {
    const left = page.scrollHeight - page.clientHeight - page.scrollTop;
    if (page.scrollTop < before) follows = left < AT_END;
    else if (left < NEAR) follows = true;
    before = page.scrollTop;
  });
  for (const gesture of ["pointerdown", "keydown"]) {
    conversation.addEventListener(gesture, () => {
      follows = false;
    });
  }
  // Pictures arrive when they like: what has grown is asked, not what was written.
  const growth = new ResizeObserver(() => follows && toEnd());
  growth.observe(conversation);
  growth.observe(sheet);
}
