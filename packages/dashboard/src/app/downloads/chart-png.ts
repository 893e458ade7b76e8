import { paintText } from './paint-text.ts'
import { fileName, saveFile } from './save-file.ts'
import { svgPicture } from './svg-picture.ts'

const scale = 2
const padding = 16
const titleSize = 18
const rangeSize = 13
const lineHeight = 1.4

interface Picture {
  /** The element to save: its charts and the words beside them, as they are on the page. */
  within: HTMLElement
  title: string
  /** Which days it shows, and whose numbers. Without it nobody knows next week what the picture shows. */
  range: string
}

/** Saves the content of an element as one picture, in the colours and the layout of the page, without its controls. */
export const savePng = async ({ within, title, range }: Picture): Promise<void> => {
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (context === null) return
  const { left, top, width: shown, height: shownHeight } = within.getBoundingClientRect()
  const { backgroundColor, color, fontFamily } = getComputedStyle(within.closest('.card') ?? document.body)
  const headings = [
    { text: title, font: `600 ${titleSize}px ${fontFamily}`, size: titleSize },
    { text: range, font: `400 ${rangeSize}px ${fontFamily}`, size: rangeSize },
  ].flatMap(({ text, font, size }) => {
    context.font = font
    return linesOf(text, shown, (line) => context.measureText(line).width).map((line) => ({
      line,
      font,
      height: size * lineHeight,
    }))
  })
  const headHeight = headings.reduce((sum, { height }) => sum + height, padding)
  canvas.width = (shown + 2 * padding) * scale
  canvas.height = (shownHeight + headHeight + 2 * padding) * scale
  context.scale(scale, scale)
  context.fillStyle = backgroundColor
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.fillStyle = color
  context.textBaseline = 'top'
  let y = padding
  for (const { line, font, height } of headings) {
    context.font = font
    context.fillText(line, padding, y)
    y += height
  }
  context.translate(padding - left, padding + headHeight - top)
  for (const chart of within.querySelectorAll('svg')) {
    if (!isPainted(chart)) continue
    const box = chart.getBoundingClientRect()
    context.drawImage(await svgPicture(chart), box.left, box.top, box.width, box.height)
  }
  paintText(context, within, isPainted)
  const content = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (content !== null) saveFile(content, fileName(title, 'png'))
}

/** Whether an element is a visible part of the chart: no control, nothing that only screen readers read, nothing folded away. */
const isPainted = (element: Element): boolean =>
  element.closest('button, form, [popover], .sr-only, .no-print') === null && element.checkVisibility()

const linesOf = (text: string, width: number, widthOf: (line: string) => number): string[] => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim()
    if (lines.length > 0 && widthOf(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
