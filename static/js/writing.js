/**
 * Lays the lines that were read on a scan over its picture. Without it they are a list under the picture.
 *
 * A line's text is shown while the pointer or the focus is on its box. Arrow keys go from line to line, Escape takes
 * the layer away.
 */

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

function boxOf(line) {
  const box = document.createElement("button");
  box.type = "button";
  box.className = "writing-box";
  for (const side of ["left", "top", "width", "height"]) box.style[side] = `${line.dataset[side]}%`;
  // A text that would leave the picture below stands above its box.
  box.classList.toggle("is-low", Number(line.dataset.top) > 70);
  box.classList.toggle("is-right", Number(line.dataset.left) > 50);
  const text = document.createElement("span");
  text.textContent = line.querySelector(".writing-text").textContent;
  box.append(text);
  return box;
}

function cover(layer, picture, figure) {
  const [inner, outer] = [picture, figure].map((element) => element.getBoundingClientRect());
  Object.assign(layer.style, {
    left: `${inner.left - outer.left}px`,
    top: `${inner.top - outer.top}px`,
    width: `${inner.width}px`,
    height: `${inner.height}px`,
  });
}

function connect(writing) {
  const holder = document.getElementById(writing.dataset.picture);
  const picture = holder?.querySelector("img");
  const toggle = writing.querySelector(".writing-toggle");
  const lines = [...writing.querySelectorAll("li[data-left]")];
  if (!picture || !lines.length) return;
  const figure = picture.closest("figure");
  const layer = document.createElement("div");
  layer.className = "writing-layer";
  layer.hidden = true;
  layer.setAttribute("role", "group");
  layer.setAttribute("aria-label", writing.querySelector("summary").textContent.trim());
  const boxes = lines.map(boxOf);
  layer.append(...boxes);
  // In a viewer the layer moves with the picture by itself.
  const overlay = holder.querySelector(".viewer-overlay");
  (overlay ?? figure).append(layer);

  function show(shown) {
    layer.hidden = !shown;
    toggle.setAttribute("aria-pressed", String(shown));
    if (shown && !overlay) cover(layer, picture, figure);
  }

  toggle.hidden = false;
  toggle.addEventListener("click", () => show(layer.hidden));
  layer.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      show(false);
      toggle.focus();
    } else if (event.key in STEPS) {
      event.preventDefault();
      const next = boxes.indexOf(document.activeElement) + STEPS[event.key];
      boxes[(next + boxes.length) % boxes.length].focus();
    }
  });
  if (overlay) return;
  const follow = new ResizeObserver(() => layer.hidden || cover(layer, picture, figure));
  follow.observe(picture);
  follow.observe(figure);
}

for (const writing of document.querySelectorAll(".writing")) connect(writing);
