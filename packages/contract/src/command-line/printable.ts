/**
 * Text that is safe to print on a terminal. A response or an event can hold any character, and an escape sequence in it could
 * clear the screen, change the title or hide a line. Line breaks stay, and JSON stays JSON.
 */
export const printable = (text: string): string =>
  text.replace(steering, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

// Control characters except the line feed (C0, DEL, C1), and those that change the direction of text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find.
const steering = /[\0-\t\v-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g
