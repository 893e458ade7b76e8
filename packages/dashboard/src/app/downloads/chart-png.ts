import { fileName, saveFile } from './save-file.ts'

const scale = 2
const padding = 16
const titleHeight = 32

/** What a style sheet says of an element, which a picture that stands alone would lose. */
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

/** Saves the charts below an element as one picture, in the colours that they have on the page. */
export const savePng = async (within: Element, title: string): Promise<void> => {
  const charts = [...within.querySelectorAll<SVGSVGElement>('figure svg[role=slider]')]
  const pictures = await Promise.all(charts.map(toPicture))
  const captions = charts.map((chart) => chart.closest('figure')?.querySelector('h3')?.textContent ?? '')
  const width = Math.max(...charts.map(widthOf), 320) + 2 * padding
  const height = charts.reduce((sum, chart) => sum + heightOf(chart) + titleHeight, titleHeight + 2 * padding)
  const canvas = document.createElement('canvas')
  canvas.width = width * scale
  canvas.height = height * scale
  const context = canvas.getContext('2d')
  if (context === null) return
  context.scale(scale, scale)
  const { backgroundColor, color, fontFamily } = getComputedStyle(within.closest('.card') ?? document.body)
  context.fillStyle = backgroundColor
  context.fillRect(0, 0, width, height)
  context.fillStyle = color
  context.textBaseline = 'top'
  context.font = `600 18px ${fontFamily}`
  context.fillText(title, padding, padding, width - 2 * padding)
  let top = padding + titleHeight
  for (const [index, picture] of pictures.entries()) {
    const chart = charts[index] as SVGSVGElement
    context.font = `600 14px ${fontFamily}`
    context.fillText(captions[index] ?? '', padding, top, width - 2 * padding)
    context.drawImage(picture, padding, top + titleHeight - 8, widthOf(chart), heightOf(chart))
    top += heightOf(chart) + titleHeight
  }
  const content = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (content !== null) saveFile(content, fileName(title, 'png'))
}

const widthOf = (chart: SVGSVGElement): number => chart.getBoundingClientRect().width
const heightOf = (chart: SVGSVGElement): number => chart.getBoundingClientRect().height

const toPicture = async (chart: SVGSVGElement): Promise<HTMLImageElement> => {
  const copy = chart.cloneNode(true) as SVGSVGElement
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
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
    // The computed value of a pattern is its whole address; the attribute has the one that holds in the copy.
    if (copy.getAttribute(name)?.startsWith('url(')) continue
    copy.setAttribute(name, style.getPropertyValue(name))
  }
}
