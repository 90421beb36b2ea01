/** What hands do with a viewer: drag, pinch, wheel, double click, keys. Says what was meant, and knows no picture. */

const STEP = 80;
/** Pixels of the page by which an arrow key moves. */
const FEW = 4;
/** Pixels within which a press is no drag. */

const KEYS = {
  "+": "larger", "=": "larger", "-": "smaller", _: "smaller", 0: "fit", 1: "pixels", r: "right", l: "left", i: "invert",
  "]": "brighter", "[": "darker",
};
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

/**
 * `frame` is the window; `act(name)` does what a key means, `move(across, down)` moves the window over the picture, and
 * `zoom(factor, place)` zooms at a place, `place.left` and `place.top` counted from the window's middle. `zoom` tells whether
 * anything changed.
 */
export function listen(frame, { act, move, zoom, toggle }) {
  const pointers = new Map();
  let dragged = false;

  const placeOf = (event) => {
    const { left, top, width, height } = frame.getBoundingClientRect();
    return { left: event.clientX - left - width / 2, top: event.clientY - top - height / 2 };
  };
  const spread = ([first, second]) => ({
    left: (first.left + second.left) / 2,
    top: (first.top + second.top) / 2,
    apart: Math.max(1, Math.hypot(first.left - second.left, first.top - second.top)),
  });

  frame.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (!pointers.size) dragged = false;
    pointers.set(event.pointerId, placeOf(event));
  });
  frame.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before || pointers.size > 2) return;
    const now = placeOf(event);
    if (pointers.size === 2) {
      const old = spread([...pointers.values()]);
      pointers.set(event.pointerId, now);
      const fresh = spread([...pointers.values()]);
      move(old.left - fresh.left, old.top - fresh.top);
      zoom(fresh.apart / old.apart, fresh);
      dragged = true;
      return;
    }
    if (!dragged && Math.hypot(now.left - before.left, now.top - before.top) < FEW) return;
    if (!dragged) frame.setPointerCapture(event.pointerId);
    dragged = true;
    pointers.set(event.pointerId, now);
    move(before.left - now.left, before.top - now.top);
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    frame.addEventListener(name, (event) => pointers.delete(event.pointerId));
  }
  // A press on something in the picture that became a drag is no press.
  frame.addEventListener("click", (event) => dragged && event.detail && event.stopPropagation(), { capture: true });
  frame.addEventListener("dblclick", (event) => toggle(placeOf(event)));
  frame.addEventListener(
    "wheel",
    (event) => {
      const lines = event.deltaMode === 0 ? event.deltaY / 100 : event.deltaY / 3;
      // Where nothing is left to zoom the page scrolls on.
      if (zoom(1.25 ** -Math.min(Math.max(lines, -3), 3), placeOf(event))) event.preventDefault();
    },
    { passive: false },
  );
  frame.addEventListener("keydown", (event) => {
    if (event.target !== frame || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    const name = KEYS[event.key.toLowerCase()];
    if (!arrow && !name) return;
    event.preventDefault();
    if (arrow) move(...arrow);
    else act(name);
  });
}
