import { tick } from 'svelte'
import { home, type Language, type Place, pageOf, parsePlace, placeQuery } from './place.ts'

const state = $state({ place: parsePlace(location.search) })

// The browser would scroll before the numbers are there, to a place that the page is still too short for.
history.scrollRestoration = 'manual'
const scrollOf = (kept: unknown): number | undefined =>
  typeof kept === 'object' && kept !== null && 'scrollY' in kept ? Number(kept.scrollY) : undefined
let pendingScroll = scrollOf(history.state)
const keepScroll = () => history.replaceState({ scrollY }, '')
addEventListener('scrollend', keepScroll)

addEventListener('popstate', (event) => {
  pendingScroll = scrollOf(event.state) ?? 0
  state.place = parsePlace(location.search)
})

/** Scrolls to where the reader was, once the numbers are there again. */
export const restoreScroll = async (): Promise<void> => {
  if (pendingScroll === undefined) return
  const top = pendingScroll
  pendingScroll = undefined
  await tick()
  scrollTo({ top, behavior: 'instant' })
}

/** Where the page is; follows the address. */
export const navigation = {
  get place(): Place {
    return state.place
  },
}

/** The address of the current place with `changes`; another view starts with its own table. */
export const hrefTo = (changes: Partial<Place>): string => {
  const changesView = changes.view !== undefined && changes.view !== state.place.view
  const { view: _view, range: _range, compare: _compare, language: _language, ...ofTheView } = home
  return placeQuery({ ...state.place, ...(changesView && ofTheView), ...changes })
}

export const goTo = (changes: Partial<Place>): void => {
  const query = hrefTo(changes)
  const place = parsePlace(query)
  if (query !== placeQuery(state.place)) {
    keepScroll()
    history.pushState(null, '', query)
    // Another page is read from its top; another order of the same table from where it was.
    if (pageOf(place) !== pageOf(state.place)) scrollTo({ top: 0, behavior: 'instant' })
  }
  state.place = place
}

/** The attributes of a link to the current place with `changes`: plain clicks change the place, the browser handles the others. */
export const linkTo = (changes: Partial<Place>) => ({
  href: hrefTo(changes),
  onclick(event: MouseEvent) {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    goTo(changes)
  },
})

/** The language that the address names, else the browser's, else English. */
export const currentLanguage = (): Language =>
  state.place.language ??
  (navigator.languages
    .find((tag) => /^(en|fr)\b/i.test(tag))
    ?.toLowerCase()
    .startsWith('fr')
    ? 'fr'
    : 'en')
