import fc from 'fast-check'

/**
 * Any code point, halves of pairs too, for `fc.string({ unit: anyCharacter })`. fast-check's own unit `binary` first makes a
 * table of all 1,114,112, which takes a second.
 */
export const anyCharacter = fc.nat({ max: 0x10ffff }).map(
  (codePoint) => String.fromCodePoint(codePoint),
  (character) => {
    const [only, ...others] = String(character)
    if (only === undefined || others.length > 0) throw new TypeError('Not one character.')
    return only.codePointAt(0) as number
  },
)
