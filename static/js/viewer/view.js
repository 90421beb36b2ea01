/**
 * What of a picture is seen: arithmetic without a page.
 *
 * A view is `{x, y, scale, angle}`: the point of the picture in the middle of the window, in the picture's pixels; pixels of
 * the page for one of the picture; and degrees, 0, 90, 180 or 270, clockwise.
 */

const STEEPEST = 8;
/** So many pixels of the page one of the scan takes at most. */

/** Turns a way on the page into a way on a picture that lies turned. */
export function turnedBack(across, down, angle) {
  if (angle === 90) return [down, -across];
  if (angle === 180) return [-across, -down];
  if (angle === 270) return [-down, across];
  return [across, down];
}

function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

/** The scale at which the whole picture is seen. Small pictures are not made larger than they are. */
export function fittingScale(picture, frame, angle) {
  const [width, height] = angle % 180 ? [picture.height, picture.width] : [picture.width, picture.height];
  return Math.min(frame.width / width, frame.height / height, 1);
}

/** The view of the whole picture. */
export function fitting(picture, frame, angle) {
  return { x: picture.width / 2, y: picture.height / 2, scale: fittingScale(picture, frame, angle), angle };
}

/** The view nearest to one that was asked for: not smaller than the whole, and no edge inside the window. */
export function within(view, picture, frame) {
  const least = fittingScale(picture, frame, view.angle);
  const scale = clamp(view.scale, least, Math.max(STEEPEST, least));
  const [across, down] = view.angle % 180 ? [frame.height, frame.width] : [frame.width, frame.height];
  const middle = (value, size, room) => {
    const half = room / scale / 2;
    return half * 2 >= size ? size / 2 : clamp(value, half, size - half);
  };
  return {
    x: middle(view.x, picture.width, across),
    y: middle(view.y, picture.height, down),
    scale,
    angle: view.angle,
  };
}

/** The point of the picture at a place in the window, counted from the window's middle. */
export function pointAt(view, across, down) {
  const [x, y] = turnedBack(across, down, view.angle);
  return { x: view.x + x / view.scale, y: view.y + y / view.scale };
}

/** The view at another scale, in which what is at a place in the window stays there. */
export function zoomed(view, scale, across, down) {
  const point = pointAt(view, across, down);
  const [x, y] = turnedBack(across, down, view.angle);
  return { ...view, scale, x: point.x - x / scale, y: point.y - y / scale };
}

/** The part of the picture in the window, in the picture's pixels. */
export function seen(view, frame) {
  const first = pointAt(view, -frame.width / 2, -frame.height / 2);
  const last = pointAt(view, frame.width / 2, frame.height / 2);
  return {
    left: Math.min(first.x, last.x),
    top: Math.min(first.y, last.y),
    right: Math.max(first.x, last.x),
    bottom: Math.max(first.y, last.y),
  };
}
