/** The languages of a report. */
export const reportLanguages = ['en', 'fr'] as const

export type ReportLanguage = (typeof reportLanguages)[number]

export interface ReportWords {
  title(week: string): string
  colon: string
  tenants(count: number, written: string): string
  /** Between the same number and that of the week before. */
  compared(more: number, written: string): string
  scanned(count: number, written: string): string
  scans(count: number, written: string, share: string | undefined): string
  notOver: string
  neverRolledUp: string
  restated(count: number): string
  numbers: string
  thatWeek: string
  change: string
  unknown: string
  points(written: string): string
  labels: Record<
    | 'visitors'
    | 'leads'
    | 'created'
    | 'firstScan'
    | 'returned'
    | 'active'
    | 'scans'
    | 'success'
    | 'media'
    | 'identities',
    string
  >
  channels: string
  channelColumns: readonly [
    channel: string,
    visitors: string,
    leads: string,
    tenants: string,
    scanned: string,
  ]
  channelNames: Readonly<Record<string, string>>
  days: string
  completeThrough(moment: string): string
  definitions: string
}

const plural = (count: number, one: string, more: string): string => (count === 1 ? one : more)
/** In French zero is singular. */
const pluriel = (count: number, one: string, more: string): string => (count < 2 ? one : more)

const en: ReportWords = {
  title: (week) => `Week ${Number(week.slice(6))} of ${week.slice(0, 4)}`,
  colon: ':',
  tenants: (count, written) => `${written} new ${plural(count, 'tenant', 'tenants')}`,
  compared: (more, written) =>
    more === 0
      ? 'as many as the week before'
      : `${written} ${more > 0 ? 'more' : 'fewer'} than the week before`,
  scanned: (_count, written) => `${written} of them scanned`,
  scans: (count, written, share) =>
    `${written} ${plural(count, 'scan', 'scans')} completed${share === undefined ? '' : `, ${share} of all`}`,
  notOver: 'The week is not over: its numbers will grow.',
  neverRolledUp: 'Nothing was ever rolled up, so usage is not known yet.',
  restated: (count) =>
    `Days of this week were corrected ${count} ${plural(count, 'time', 'times')} in the last 7 days.`,
  numbers: 'Numbers',
  thatWeek: 'That week',
  change: 'Change since the week before',
  unknown: 'not known',
  points: (written) => `${written} points`,
  labels: {
    visitors: 'Visitors',
    leads: 'Leads',
    created: 'New tenants',
    firstScan: 'Of them, with a first scan',
    returned: 'Of them, scanned again on a later day',
    active: 'Active tenants',
    scans: 'Scans completed',
    success: 'Scans that succeeded',
    media: 'Media processed',
    identities: 'Identities detected',
  },
  channels: 'Channels',
  channelColumns: ['Channel', 'Visitors', 'Leads', 'New tenants', 'With a first scan'],
  channelNames: {
    organic_search: 'Organic search',
    paid_search: 'Paid search',
    social: 'Social media',
    email: 'Email',
    referral: 'Referral',
    campaign: 'Campaign',
    direct: 'Direct',
    internal: 'Internal',
    unknown: 'Unknown channel',
    none: 'No lead known',
    unattributed: 'Not attributed',
  },
  days: 'Scans completed, day by day',
  completeThrough: (moment) => `Complete through ${moment}.`,
  definitions: 'Every number is what the dashboard and the API say for the same days. Days are UTC.',
}

const fr: ReportWords = {
  title: (week) => `Semaine ${Number(week.slice(6))} de ${week.slice(0, 4)}`,
  colon: '\u00a0:',
  tenants: (count, written) => `${written} ${pluriel(count, 'nouveau client', 'nouveaux clients')}`,
  compared: (more, written) =>
    more === 0
      ? 'autant que la semaine précédente'
      : `${written} de ${more > 0 ? 'plus' : 'moins'} que la semaine précédente`,
  scanned: (count, written) =>
    `${written} d’entre eux ${pluriel(count, 'a lancé une analyse', 'ont lancé une analyse')}`,
  scans: (count, written, share) =>
    `${written} ${pluriel(count, 'analyse terminée', 'analyses terminées')}${share === undefined ? '' : `, soit ${share}`}`,
  notOver: 'La semaine n’est pas terminée : ses chiffres vont encore augmenter.',
  neverRolledUp: 'Rien n’a encore été agrégé : l’usage n’est pas encore connu.',
  restated: (count) =>
    `Des jours de cette semaine ont été corrigés ${count} fois au cours des 7 derniers jours.`,
  numbers: 'Chiffres',
  thatWeek: 'Cette semaine-là',
  change: 'Évolution depuis la semaine précédente',
  unknown: 'inconnu',
  points: (written) => `${written} points`,
  labels: {
    visitors: 'Visiteurs',
    leads: 'Prospects',
    created: 'Nouveaux clients',
    firstScan: 'Dont avec une première analyse',
    returned: 'Dont revenus un autre jour',
    active: 'Clients actifs',
    scans: 'Analyses terminées',
    success: 'Analyses réussies',
    media: 'Médias traités',
    identities: 'Identités détectées',
  },
  channels: 'Canaux',
  channelColumns: ['Canal', 'Visiteurs', 'Prospects', 'Nouveaux clients', 'Avec une première analyse'],
  channelNames: {
    organic_search: 'Recherche naturelle',
    paid_search: 'Recherche payante',
    social: 'Réseaux sociaux',
    email: 'Courriel',
    referral: 'Site référent',
    campaign: 'Campagne',
    direct: 'Direct',
    internal: 'Interne',
    unknown: 'Canal inconnu',
    none: 'Sans prospect connu',
    unattributed: 'Non attribué',
  },
  days: 'Analyses terminées, jour par jour',
  completeThrough: (moment) => `Complet jusqu’au ${moment}.`,
  definitions:
    'Chaque chiffre est celui que donnent le tableau de bord et l’API pour les mêmes jours. Les jours sont en UTC.',
}

export const reportWords: Record<ReportLanguage, ReportWords> = { en, fr }
