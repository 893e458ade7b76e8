/** The styles that an element has from a style sheet, which a picture by itself would lose. */
const styled = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'display',
] as const

/** A drawing of the page as a picture by itself, as large as it is shown. */
export const svgPicture = async (chart: SVGSVGElement): Promise<HTMLImageElement> => {
  const copy = chart.cloneNode(true) as SVGSVGElement
  const { width, height } = chart.getBoundingClientRect()
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  const originals = chart.querySelectorAll('*')
  for (const [index, element] of copy.querySelectorAll('*').entries()) {
    const original = originals[index]
    if (original !== undefined) keepStyle(original, element)
  }
  const address = URL.createObjectURL(
    new Blob([new XMLSerializer().serializeToString(copy)], { type: 'image/svg+xml' }),
  )
  try {
    const picture = new Image()
    picture.src = address
    await picture.decode()
    return picture
  } finally {
    URL.revokeObjectURL(address)
  }
}

const keepStyle = (original: Element, copy: Element): void => {
  const style = getComputedStyle(original)
  copy.removeAttribute('class')
  for (const name of styled) {
    // The computed value of a pattern is its whole address; the attribute has the one that works in the copy.
    if (copy.getAttribute(name)?.startsWith('url(')) continue
    copy.setAttribute(name, style.getPropertyValue(name))
  }
}
