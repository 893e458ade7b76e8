import { contractLimits } from '../contract-limits.ts'

/**
 * Free text as it may be stored: without e-mail addresses, credentials and queries of URLs, and long
 * tokens, cut at `contractLimits.maxTextLength` characters. Applying it twice changes nothing more.
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
  const withoutSecrets = withoutUrlSecrets(withoutAddresses(withoutUrlSecrets(readable(text))))
  return withoutTokens(withoutTokens(withoutSecrets).slice(0, contractLimits.maxTextLength)).toWellFormed()
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
const at = String.raw`(?:[@\uff20\ufe6b]|%(?:25)*40|\\u0040|\\x40|&#0*64;?|&#x0*40;?|&commat;?|[([{]at[)\]}])`
const part = String.raw`[^\s@\uff20\ufe6b<>()[\]{},;:"'=|/\\]`
const quotedAddress = new RegExp(String.raw`"[^"\n]{1,128}"${at}[^\s<>"]*`, 'giu')
const address = new RegExp(String.raw`(?<!${part})${part}+[ \t]{0,2}${at}[ \t]{0,2}${part}+`, 'giu')
const wordWithAt = new RegExp(String.raw`(?<!\S)\S*?${at}\S*`, 'giu')

/** Nothing that reads as an `@` is left. The last pattern takes what is no usual address: `ada(home)@[::1]`. */
const withoutAddresses = (text: string): string =>
  text.replace(quotedAddress, '[address]').replace(address, '[address]').replace(wordWithAt, '[address]')

const withoutTokens = (text: string): string =>
  text.replace(/[A-Za-z0-9_+-]{24,}/g, (token) => (readsAsWords(token) ? token : '[token]'))

const readsAsWords = (token: string): boolean => {
  const words = token.split(/[-_+]|(?<=[a-z])(?=[A-Z])/)
  return words.every((word) => /^[A-Z]{0,20}[a-z]{0,20}$/.test(word)) && token.length / words.length >= 5
}
