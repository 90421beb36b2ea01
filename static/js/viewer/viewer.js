/**
 * A viewer for one picture, or for a large scan in tiles: pan, zoom to the pixels of the scan, turn, brightness and
 * inversion for viewing only, boxes. Without it the plain picture stays.
 *
 * The element holds the plain picture (an `img` whose `width` and `height` are the scan's), says in `data-tiles` where
 * its sizes are told, and in `data-label` and `data-scale` what the window and the scale are called. Buttons with
 * `data-act` and an `output`, in an element that is hidden until now, are its controls.
 */

import { createBoxes } from "./boxes.js";
import { listen } from "./gestures.js";
import { createTiles } from "./tiles.js";
import { fitting, fittingScale, seen, turnedBack, within, zoomed } from "./view.js";

const STEP = 1.5;
const LIGHTS = [0.5, 0.7, 0.85, 1, 1.2, 1.5, 2];
const PLAIN = LIGHTS.indexOf(1);

function build(className, ...children) {
  const element = document.createElement("div");
  element.className = className;
  element.append(...children);
  return element;
}

/** Makes a viewer of an element; returns what pages do with it. */
export function createViewer(element) {
  const image = element.querySelector("img");
  const picture = { width: Number(image.getAttribute("width")), height: Number(image.getAttribute("height")) };
  const tools = element.querySelector(".viewer-tools");
  const scaleText = tools.querySelector("output");
  const button = (name) => tools.querySelector(`[data-act="${name}"]`);

  const sheet = build("viewer-sheet");
  const overlay = build("viewer-overlay");
  const stage = build("viewer-stage", sheet, overlay);
  const frame = build("viewer-frame", stage);
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", element.dataset.label);
  frame.style.aspectRatio = `${picture.width} / ${picture.height}`;
  image.draggable = false;
  image.classList.add("viewer-base");
  element.querySelector(".mat").replaceWith(frame);
  sheet.append(image);
  tools.hidden = false;

  const tiles = createTiles(sheet, element.dataset.tiles, picture);
  const boxes = createBoxes(overlay);
  let size = { width: 1, height: 1 };
  let view = fitting(picture, size, 0);
  let isFitting = true;
  let light = PLAIN;
  let inverted = false;

  function draw() {
    const { x, y, scale, angle } = view;
    stage.style.width = `${picture.width * scale}px`;
    stage.style.height = `${picture.height * scale}px`;
    stage.style.transform =
      `translate(${size.width / 2}px, ${size.height / 2}px) rotate(${angle}deg) translate(${-x * scale}px, ${-y * scale}px)`;
    // Fingers scroll the page over a picture that is seen whole.
    frame.style.touchAction = isFitting ? "pan-y" : "none";
    frame.classList.toggle("is-zoomed", !isFitting);
    scaleText.textContent = element.dataset.scale.replace("{percent}", Math.max(1, Math.round(scale * 100)));
    button("smaller").disabled = isFitting;
    const density = scale * (window.devicePixelRatio || 1);
    // What comes after a first answer is drawn with the view of that moment.
    if (density * picture.width > (image.naturalWidth || picture.width)) tiles.show(seen(view, size), density, draw);
    else tiles.clear();
  }

  /** Shows a view, or the nearest one that there is; tells whether anything changed. */
  function show(next) {
    const before = view;
    view = within(next, picture, size);
    isFitting = view.scale <= fittingScale(picture, size, view.angle) * 1.001;
    draw();
    return ["x", "y", "scale", "angle"].some((name) => Math.abs(view[name] - before[name]) > 1e-6);
  }

  const zoom = (factor, { left, top } = { left: 0, top: 0 }) => show(zoomed(view, view.scale * factor, left, top));
  const pixels = () => 1 / (window.devicePixelRatio || 1);
  const fit = () => show(fitting(picture, size, view.angle));
  const turn = (by) => {
    const angle = (view.angle + by + 360) % 360;
    return isFitting ? show(fitting(picture, size, angle)) : show({ ...view, angle });
  };

  function adjust() {
    sheet.style.filter = light === PLAIN && !inverted ? "" : `brightness(${LIGHTS[light]}) invert(${inverted ? 1 : 0})`;
    button("invert").setAttribute("aria-pressed", String(inverted));
    button("brighter").disabled = light === LIGHTS.length - 1;
    button("darker").disabled = light === 0;
  }

  const acts = {
    larger: () => zoom(STEP),
    smaller: () => zoom(1 / STEP),
    fit,
    pixels: () => show(zoomed(view, pixels(), 0, 0)),
    right: () => turn(90),
    left: () => turn(-90),
    invert() {
      inverted = !inverted;
      adjust();
    },
    brighter() {
      light = Math.min(light + 1, LIGHTS.length - 1);
      adjust();
    },
    darker() {
      light = Math.max(light - 1, 0);
      adjust();
    },
  };

  listen(frame, {
    act: (name) => acts[name](),
    move(across, down) {
      const [x, y] = turnedBack(across, down, view.angle);
      show({ ...view, x: view.x + x / view.scale, y: view.y + y / view.scale });
    },
    zoom,
    toggle: ({ left, top }) => (isFitting ? show(zoomed(view, Math.max(pixels(), view.scale * 2), left, top)) : fit()),
  });
  tools.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-act]");
    if (pressed) acts[pressed.dataset.act]();
  });
  new ResizeObserver(() => {
    size = { width: frame.clientWidth || 1, height: frame.clientHeight || 1 };
    if (isFitting) fit();
    else show(view);
  }).observe(frame);
  image.addEventListener("load", draw);
  adjust();

  return {
    /** Where pages lay what belongs over the picture: as large as it, and moving with it. */
    overlay,
    /** Lays boxes `{x1, y1, x2, y2}` over the picture, in thousandths of its sides. */
    setBoxes: boxes.set,
    /** Lights those of these numbers; without a number, none. */
    lightBox: boxes.light,
    /** Shows the whole picture, or the scan's pixels where it is seen whole. */
    toggle: () => (isFitting ? acts.pixels() : fit()),
  };
}
