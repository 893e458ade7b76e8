/** Paints the words of an element where they are, line breaks included; words in pictures are painted with their pictures. */
export const paintText = (
  context: CanvasRenderingContext2D,
  within: Element,
  isPainted: (element: Element) => boolean,
): void => {
  context.textBaseline = 'middle'
  const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT)
  const range = document.createRange()
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement
    if (parent === null || parent.closest('svg') !== null || !isPainted(parent)) continue
    const { color, fontStyle, fontWeight, fontSize, fontFamily } = getComputedStyle(parent)
    context.fillStyle = color
    context.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`
    for (const { index, 0: word } of (node.textContent ?? '').matchAll(/\S+/g)) {
      range.setStart(node, index)
      range.setEnd(node, index + word.length)
      const { left, top, height } = range.getBoundingClientRect()
      context.fillText(word, left, top + height / 2)
    }
  }
}
