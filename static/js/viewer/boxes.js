/** Boxes over a picture, in thousandths of its width and height as answers have them. */

/** `place` is the element as large as the picture. */
export function createBoxes(place) {
  let shown = [];

  return {
    /** Lays boxes `{x1, y1, x2, y2}` over the picture, in place of those before; they are seen when they are lit. */
    set(boxes) {
      for (const element of shown) element.remove();
      shown = boxes.map((box) => {
        const element = document.createElement("span");
        const [left, right] = [Math.min(box.x1, box.x2), Math.max(box.x1, box.x2)];
        const [top, bottom] = [Math.min(box.y1, box.y2), Math.max(box.y1, box.y2)];
        element.className = "viewer-box";
        element.hidden = true;
        element.setAttribute("aria-hidden", "true");
        element.style.left = `${left / 10}%`;
        element.style.top = `${top / 10}%`;
        element.style.width = `${(right - left) / 10}%`;
        element.style.height = `${(bottom - top) / 10}%`;
        place.append(element);
        return element;
      });
    },

    /** Lights the boxes of these numbers, and no others. */
    light(...numbers) {
      for (const [at, element] of shown.entries()) element.hidden = !numbers.includes(at);
    },
  };
}
