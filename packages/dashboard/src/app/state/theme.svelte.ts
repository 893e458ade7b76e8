export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const name = 'altcontext-dashboard-theme'

const isTheme = (value: string | null): value is Theme =>
  (themes as readonly (string | null)[]).includes(value)

// Storage is refused in some private windows; then the choice lasts as long as the page.
const stored = (): Theme => {
  try {
    const value = localStorage.getItem(name)
    return isTheme(value) ? value : 'system'
  } catch {
    return 'system'
  }
}

const show = (theme: Theme): void => {
  const { dataset } = document.documentElement
  if (theme === 'system') delete dataset.theme
  else dataset.theme = theme
}

/** Light or dark as chosen in this browser, or as the system is. */
export const theme = $state({
  current: stored(),
  choose(chosen: Theme): void {
    theme.current = chosen
    show(chosen)
    try {
      localStorage.setItem(name, chosen)
    } catch {}
  },
})

show(theme.current)
