// Two screenshots of the same place, with the texts and without them: the points that differ outside all boxes.
async ([withTexts, without, boxes]) => {
  const pixels = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0);
    return context.getImageData(0, 0, picture.width, picture.height);
  };
  const [one, other] = await Promise.all([pixels(withTexts), pixels(without)]);
  const words = [new Uint32Array(one.data.buffer), new Uint32Array(other.data.buffer)];
  const isInside = (x, y) => boxes.some((box) => x >= box.left - 1 && x <= box.right + 1 && y >= box.top - 1 && y <= box.bottom + 1);
  const outside = [];
  let inside = 0;
  for (let at = 0; at < words[0].length; at += 1) {
    if (words[0][at] === words[1][at]) continue;
    const [x, y] = [at % one.width, Math.floor(at / one.width)];
    if (isInside(x, y)) inside += 1;
    else if (outside.push([x, y]) > 20) break;
  }
  return { inside, outside };
}
