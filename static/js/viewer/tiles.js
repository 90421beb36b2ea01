/** The tiles of a large scan: fetches those that are seen, at the size at which they are seen, and lays them out. */

const MOST = 80;
/** So many tiles are kept at most. */

/**
 * `place` is the element as large as the picture; `address` tells the sizes that there are, as JSON. It is asked once, when
 * tiles are wanted for the first time; where there are none, nothing is laid.
 */
export function createTiles(place, address, picture) {
  const laid = new Map();
  let sizes = null;
  let asked = false;

  function lay(level, column, row) {
    const key = `${level}/${column}/${row}`;
    const known = laid.get(key);
    if (known) return known;
    const tile = document.createElement("img");
    const side = sizes.tile_size * 2 ** level;
    tile.alt = "";
    tile.decoding = "async";
    tile.draggable = false;
    tile.className = "viewer-tile";
    tile.dataset.level = level;
    tile.style.left = `${(100 * column * side) / picture.width}%`;
    tile.style.top = `${(100 * row * side) / picture.height}%`;
    tile.style.width = `${(100 * side) / picture.width}%`;
    tile.style.height = `${(100 * side) / picture.height}%`;
    tile.addEventListener("load", clearUp);
    // The picture for the screen is below it.
    tile.addEventListener("error", () => tile.remove());
    tile.src = `${address}${key}/`;
    laid.set(key, tile);
    place.append(tile);
    return tile;
  }

  let wanted = [];

  /** Takes away tiles of other sizes once all are there that are seen, and those not seen for long. */
  function clearUp() {
    if (!wanted.every((tile) => tile.complete)) return;
    for (const [key, tile] of laid) {
      const isOld = !wanted.includes(tile) && (laid.size > MOST || tile.dataset.level !== wanted[0].dataset.level);
      if (!isOld) continue;
      tile.remove();
      laid.delete(key);
    }
  }

  async function ask() {
    asked = true;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (answer.ok) sizes = await answer.json();
    } catch {
      asked = false; // the network; the next movement asks again
    }
  }

  return {
    /** Lays what is seen. `part` is in the picture's pixels, `density` the screen's pixels for one of the picture. */
    async show(part, density, again) {
      if (!asked) {
        await ask();
        if (sizes) again();
        return;
      }
      if (!sizes || !sizes.levels.length) return;
      const level = Math.min(Math.max(Math.floor(Math.log2(1 / density) + 0.1), 0), sizes.levels.length - 1);
      const side = sizes.tile_size * 2 ** level;
      const { width, height } = sizes.levels[level];
      const last = (size, end) => Math.min(Math.ceil(size / sizes.tile_size), Math.ceil(end / side));
      wanted = [];
      for (let row = Math.max(0, Math.floor(part.top / side)); row < last(height, part.bottom); row += 1) {
        for (let column = Math.max(0, Math.floor(part.left / side)); column < last(width, part.right); column += 1) {
          wanted.push(lay(level, column, row));
        }
      }
      if (wanted.length) clearUp();
    },

    /** Takes all tiles away: the picture for the screen shows as much. */
    clear() {
      wanted = [];
      for (const tile of laid.values()) tile.remove();
      laid.clear();
    },
  };
}
