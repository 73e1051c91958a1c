// Where on the whole page texts may be painted: their boxes, within the problem's card for those that scroll in it.
(holders) => {
  const on = ({ left, right, top, bottom }) => ({ left: left + scrollX, right: right + scrollX, top: top + scrollY, bottom: bottom + scrollY });
  const boxes = [...document.querySelectorAll(holders)].map((box) => {
    const [own, outer] = [box, box.closest(".problem") ?? document.body].map((one) => on(one.getBoundingClientRect()));
    return { ...own, top: Math.max(own.top, outer.top), bottom: Math.min(own.bottom, outer.bottom) };
  });
  // The card's round corners are smoothed otherwise when nothing in it scrolls.
  for (const card of document.querySelectorAll(".problem")) {
    const { left, right, top, bottom } = on(card.getBoundingClientRect());
    for (const x of [left, right]) for (const y of [top, bottom]) boxes.push({ left: x - 14, right: x + 14, top: y - 14, bottom: y + 14 });
  }
  return boxes;
}
