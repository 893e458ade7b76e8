/** A piece of a sentence; the strong ones carry the numbers. */
export interface Piece {
  text: string
  strong: boolean
  /** It is a number, or a name, that links to what is behind it. */
  leads?: boolean
}

interface Marked {
  text: string
  strong: boolean
  leads: true
}

/** Stands out, and links to what is behind it. */
export const strong = (text: string): Marked => ({ text, strong: true, leads: true })

/** Links to the rows behind it. */
export const number = (text: string): Marked => ({ text, strong: false, leads: true })

/** Template tag: a sentence as pieces, so that a number can stand out and be followed without markup in a message. */
export const sentence = (
  strings: TemplateStringsArray,
  ...values: (string | Marked | readonly Piece[])[]
): Piece[] =>
  strings.flatMap((text, index) => {
    const value = values[index]
    const literal = { text, strong: false }
    if (value === undefined) return [literal]
    if (typeof value !== 'object') return [literal, { text: String(value), strong: false }]
    return 'text' in value ? [literal, value] : [literal, ...value]
  })
