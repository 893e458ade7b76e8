import { home, type Language, type Place, parsePlace, placeQuery } from './place.ts'

const state = $state({ place: parsePlace(location.search) })

addEventListener('popstate', () => {
  state.place = parsePlace(location.search)
})

/** Where the page is; follows the address. */
export const navigation = {
  get place(): Place {
    return state.place
  },
}

/** The address of the present place with `changes`; another view starts with its own table. */
export const hrefTo = (changes: Partial<Place>): string => {
  const changesView = changes.view !== undefined && changes.view !== state.place.view
  const { view: _view, range: _range, compare: _compare, language: _language, ...ofTheView } = home
  return placeQuery({ ...state.place, ...(changesView && ofTheView), ...changes })
}

export const goTo = (changes: Partial<Place>): void => {
  const query = hrefTo(changes)
  if (query !== placeQuery(state.place)) history.pushState(null, '', query)
  state.place = parsePlace(query)
}

/** For plain clicks on links whose `href` is {@link hrefTo}; the browser keeps the others. */
export const onLinkClick = (changes: Partial<Place>) => (event: MouseEvent) => {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  goTo(changes)
}

/** The language asked for, else the browser's, else English. */
export const currentLanguage = (): Language =>
  state.place.language ??
  (navigator.languages
    .find((tag) => /^(en|fr)\b/i.test(tag))
    ?.toLowerCase()
    .startsWith('fr')
    ? 'fr'
    : 'en')
