/** Of what can be done with what is seen. */
export const actEn = {
  find: 'Find',
  palette: {
    title: 'Find or do',
    hint: 'A view, a channel, a tenant, or something to do',
    keys: 'Arrow keys choose, Enter goes there, Escape closes.',
    none: 'Nothing by that name.',
    groups: { view: 'View', channel: 'Channel', tenant: 'Tenant', action: 'Do' },
    found: (count: number) => (count === 1 ? '1 entry' : `${count} entries`),
  },
  share: {
    button: 'Share',
    title: 'Share this view',
    intro:
      'Whoever has the link sees this view and all numbers, without a key, and can change nothing. It ends by itself, or when the admin key is changed.',
    days: 'Good for',
    forDays: { 1: '1 day', 7: '7 days', 30: '30 days' },
    create: 'Make a link',
    link: 'Link',
    until: (moment: string) => `Good until ${moment}.`,
    failed: 'The link could not be made. Try again in a moment.',
    close: 'Close',
    shared: (moment: string) => `Read-only, until ${moment}`,
    leave: 'Sign in',
    over: 'This link is over, or has been taken back. Ask for a new one, or sign in.',
  },
  theme: { label: 'Colours', system: 'As the system', light: 'Light', dark: 'Dark' },
  png: 'Download PNG',
}
