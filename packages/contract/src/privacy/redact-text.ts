import { contractLimits } from '../contract-limits.ts'

/**
 * Free text as it may be stored: without e-mail addresses, credentials and queries of URLs, what follows `password=` or
 * `Authorization:`, keys of well-known services and long tokens, cut at `contractLimits.maxTextLength` characters. Applying it twice changes nothing more.
 *
 * An address is recognised as it is written, in the usual encodings (percent, HTML, JavaScript, quoted-printable,
 * UTF-7), with white space of any kind around its `@`, and spelled out (`ada at example dot com`). Not recognised: base64,
 * one letter at a time, and addresses with a soft line break inside a word.
 *
 * It errs on the side of removing too much: whatever stands around an `@` counts as an address, and 24
 * letters or digits in one piece count as a token unless they read as words (`InvalidArgumentTypeError`).
 *
 * @example
 * redactText('ada@example.com: GET https://u:p@host/a?key=1 failed')
 * // => '[address]: GET https://host/a failed'
 */
export const redactText = (text: string): string => {
  // Before the addresses, so that credentials do not take their host with them, and after, because `http://ada @ b?key=1`
  // is one URL only then.
  const withoutPlaces = withoutUrlSecrets(withoutAddresses(withoutUrlSecrets(readable(text))))
  const kept = withoutTokens(withoutNamedSecrets(withoutPlaces)).slice(0, contractLimits.maxTextLength)
  return withoutTokens(withoutNamedSecrets(kept)).toWellFormed()
}

// Patterns run over what can end up within the first 500 characters, not over a megabyte of stack trace. The
// word at the cut is left out because it may be the first half of an address.
const longestTextRead = 4 * contractLimits.maxTextLength
const longestAddress = 320

const readable = (text: string): string => {
  const head = text.slice(0, longestTextRead)
  const kept =
    text.length <= longestTextRead
      ? head
      : head.slice(0, -longestAddress) + head.slice(-longestAddress).replace(/(?<!\S)\S*$/, '')
  return kept.toWellFormed().replace(controlCharacters, '')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL must never reach the database
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g

const urlWithSecrets = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)([^\s/?#@"'<>]*@)?([^\s?#"'<>]*)([?#][^\s"'<>]*)?/gi

const withoutUrlSecrets = (text: string): string =>
  text.replace(urlWithSecrets, (_match, scheme: string, _credentials, rest: string) => `${scheme}${rest}`)

// Each pattern starts only where a run of its characters starts (the look-behind), so that it reads every
// character a bounded number of times, however hostile the text.
// Quoted-printable counts only before a domain, because `width=40` is not an address.
const at = String.raw`(?:[@\uff20\ufe6b]|%(?:25)*(?:40|u0040)|\\u\{?0*40\}?|\\x40|\+AEA-|=40(?=[a-z][\w-]{0,62}\.[a-z])|&#0*64;?|&#x0*40;?|&commat;?|[([{]\s?at\s?[)\]}])`
const part = String.raw`[^\s@\uff20\ufe6b<>()[\]{},;:"'=|/\\]`
const quotedAddress = new RegExp(String.raw`"[^"\n]{1,128}"${at}[^\s<>"]*`, 'giu')
const gap = String.raw`\s{0,64}`
const address = new RegExp(`(?<!${part})${part}+${gap}${at}${gap}${part}+`, 'giu')
const word = String.raw`[\p{L}\p{N}_.+-]`
const spelledOut = new RegExp(
  String.raw`(?<!${word})${word}{1,64}\s{1,8}at\s{1,8}${word}{1,64}(?:\s{1,8}dot\s{1,8}${word}{1,64})+`,
  'giu',
)
const wordWithAt = new RegExp(String.raw`(?<!\S)\S*?${at}\S*`, 'giu')

/** Nothing that looks like an `@` is left. The last pattern finds unusual addresses: `ada(home)@[::1]`. */
const withoutAddresses = (text: string): string =>
  text
    .replace(quotedAddress, '[address]')
    .replace(address, '[address]')
    .replace(wordWithAt, '[address]')
    .replace(spelledOut, '[address]')

// What follows a word such as "password", and what begins like the keys of well-known services.
const value = String.raw`(?:"[^"\n]{0,200}"|'[^'\n]{0,200}'|[^\s,;&"']{1,200})`
const assigned = new RegExp(
  String.raw`(passw(?:or)?d|passphrase|pwd|secret|api[_-]?key|(?:access|admin|private|secret)[_-]?key|client[_-]?secret)(["']?\s{0,4}[=:]\s{0,4})${value}`,
  'giu',
)
const tokenAssigned = new RegExp(String.raw`\b((?:\w{1,20}_)?token=)${value}`, 'giu')
const authorization =
  /\b((?:proxy-)?authorization["']?\s{0,4}[=:]\s{0,4})["']?(?:(?:basic|bearer|digest|token)\s{1,4})?[^\s,;"']{1,400}/giu
const bearer = /\b(bearer|basic)(\s{1,4})(?=[\w.~+/-]{0,200}\d)[\w.~+/-]{6,400}=*/giu
const keyOfAService =
  /(?<![A-Za-z0-9])(?:[spr]k_(?:live|test)_\w{4,}|whsec_[\w+/-]{4,}=*|gh[opsu]_[A-Za-z0-9]{10,}|A[KS]IA[A-Z0-9]{8,})/gu

const withoutNamedSecrets = (text: string): string =>
  text
    .replace(authorization, '$1[secret]')
    .replace(bearer, '$1$2[secret]')
    .replace(assigned, '$1$2[secret]')
    .replace(tokenAssigned, '$1[secret]')
    .replace(keyOfAService, '[token]')

const withoutTokens = (text: string): string =>
  text.replace(/[A-Za-z0-9_+-]{24,}/g, (token) => (readsAsWords(token) ? token : '[token]'))

const readsAsWords = (token: string): boolean => {
  const words = token.split(/[-_+]|(?<=[a-z])(?=[A-Z])/)
  return words.every((word) => /^[A-Z]{0,20}[a-z]{0,20}$/.test(word)) && token.length / words.length >= 5
}
