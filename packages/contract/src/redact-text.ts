import { contractLimits } from './contract-limits.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL must never reach the database
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g
const urlWithSecrets = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)([^\s/?#@"'<>]*@)?([^\s?#"'<>]*)([?#][^\s"'<>]*)?/gi
const address = /[^\s@<>()[\]{},;:"'=|/\\]+(?:@|%40|\\u0040)[^\s@<>()[\]{},;:"'=|/\\]+/giu
const quotedAddress = /"[^"\n]{1,128}"@[^\s@<>()[\]{},;:"']+/gu
const longToken = /[A-Za-z0-9_+-]{24,}/g

/**
 * Free text as it may be stored: without e-mail addresses, credentials and queries of URLs, and long
 * tokens, cut at {@link contractLimits.maxTextLength} characters. Applying it twice changes nothing more.
 *
 * It errs on the side of removing too much: whatever stands around an `@` counts as an address, and 24
 * letters or digits in one piece count as a token unless they read as words (`InvalidArgumentTypeError`).
 *
 * @example
 * redactText('ada@example.com: GET https://u:p@host/a?key=1 failed')
 * // => '[address]: GET https://host/a failed'
 */
export const redactText = (text: string): string =>
  firstWords(text)
    .toWellFormed()
    .replace(controlCharacters, '')
    .replace(urlWithSecrets, (_match, scheme: string, _credentials, rest: string) => `${scheme}${rest}`)
    .replace(quotedAddress, '[address]')
    .replace(address, '[address]')
    .replace(longToken, (token) => (readsAsWords(token) ? token : '[token]'))
    .slice(0, contractLimits.maxTextLength)
    .toWellFormed()

// Patterns run over what can end up within the first 500 characters, not over a megabyte of stack trace. The
// last word is left out because it may be the first half of an address.
const longestTextRead = 4 * contractLimits.maxTextLength
const firstWords = (text: string): string =>
  text.length <= longestTextRead ? text : text.slice(0, longestTextRead).replace(/\S*$/, '')

const readsAsWords = (token: string): boolean => {
  const words = token.split(/[-_+]|(?<=[a-z])(?=[A-Z])/)
  return words.every((word) => /^[A-Z]{0,20}[a-z]{0,20}$/.test(word)) && token.length / words.length >= 5
}
