import { currentLanguage, goTo } from '../state/navigation.svelte.ts'
import { views } from '../state/place.ts'
import { theme, themes } from '../state/theme.svelte.ts'
import { words } from '../state/words.svelte.ts'

/** A place to go to, or something to do. */
export interface Entry {
  group: 'view' | 'saved' | 'channel' | 'tenant' | 'action'
  label: string
  run: () => void
}

type Act = (() => void) | undefined

/** The entries that do not depend on the numbers. */
export const entriesOf = ({ share, save }: { share: Act; save: Act }): Entry[] => {
  const { messages } = words
  const other = currentLanguage() === 'en' ? 'fr' : 'en'
  return [
    ...views.map(
      (view): Entry => ({ group: 'view', label: messages.views[view], run: () => goTo({ view }) }),
    ),
    ...(share === undefined
      ? []
      : [{ group: 'action' as const, label: messages.act.share.title, run: share }]),
    ...(save === undefined
      ? []
      : [{ group: 'action' as const, label: messages.act.savedViews.title, run: save }]),
    ...themes.map(
      (name): Entry => ({
        group: 'action',
        label: messages.chart.about(messages.act.theme.label, messages.act.theme[name]),
        run: () => theme.choose(name),
      }),
    ),
    { group: 'action', label: messages.language[other], run: () => goTo({ language: other }) },
  ]
}

/** Those that hold every word that was typed, in any case and without accents. */
export const matching = (entries: readonly Entry[], typed: string): Entry[] => {
  const wanted = plain(typed).split(/\s+/)
  return entries.filter(({ label }) => wanted.every((word) => plain(label).includes(word)))
}

const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
