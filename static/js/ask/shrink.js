/** Makes pictures that are too large for the door smaller, where the browser can decode them. */

const LONGEST = 4096; // phones draw no larger ones
const QUALITY = 0.9;

function sized(bitmap, longSide, [leastLong, leastShort]) {
  const { width, height } = bitmap;
  // A strip must not become thinner than the server takes.
  const least = Math.max(leastLong / Math.max(width, height), leastShort / Math.min(width, height));
  const factor = Math.min(1, Math.max(longSide / Math.max(width, height), least));
  return [Math.round(width * factor), Math.round(height * factor)];
}

function drawn(bitmap, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // what is transparent would be black in a JPEG
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return new Promise((resolve) => {
    canvas.toBlob(resolve, "image/jpeg", QUALITY);
  });
}

/**
 * Shrinks a picture until it is small enough.
 *
 * Returns `{blob, width, height}`, upright, or null where this browser cannot decode the file or no size is small
 * enough: then the server has to see what it can do.
 */
export async function shrink(file, mostBytes, leastSides) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  try {
    let side = Math.min(LONGEST, Math.max(bitmap.width, bitmap.height));
    let before = 0;
    for (;;) {
      const [width, height] = sized(bitmap, side, leastSides);
      if (width === before) return null; // the server takes no smaller ones
      before = width;
      const blob = await drawn(bitmap, width, height);
      if (!blob) return null;
      if (blob.size <= mostBytes) return { blob, width, height };
      // Bytes go with the area; a little less, so that few tries are needed.
      side = Math.floor(side * Math.min(0.95, 0.95 * Math.sqrt(mostBytes / blob.size)));
    }
  } finally {
    bitmap.close();
  }
}
