/** Nothing that a terminal would obey: what is printed came from somebody else's request. */
export const printable = (text: string): string =>
  text.replace(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
