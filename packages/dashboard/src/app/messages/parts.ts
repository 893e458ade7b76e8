/** A piece of a sentence; the strong ones carry the numbers. */
export interface Part {
  text: string
  strong: boolean
}

interface Strong {
  strong: string
}

export const strong = (text: string): Strong => ({ strong: text })

/** Template tag: a sentence as pieces, so that a number can stand out without markup in a message. */
export const sentence = (strings: TemplateStringsArray, ...values: (string | Strong)[]): Part[] =>
  strings.flatMap((text, index) => {
    const value = values[index]
    const literal = { text, strong: false }
    if (value === undefined) return [literal]
    return [
      literal,
      typeof value === 'string' ? { text: value, strong: false } : { text: value.strong, strong: true },
    ]
  })
