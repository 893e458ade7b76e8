import type { channelEn, cohortsEn, rowsEn, tenantEn } from './detail-en.ts'
import { pluralFr as plural } from './plural.ts'

export const tenantFr: typeof tenantEn = {
  title: (tenant) => `Client ${tenant}`,
  all: 'Tous les clients',
  unknown: (tenant) =>
    `Rien n’a jamais été reçu d’un client ${tenant}. Vérifiez l’identifiant ou cherchez-en une partie.`,
  copyId: 'Copier l’identifiant du client',
  noChannel: 'Aucun prospect n’est connu pour ce client : personne ne peut dire ce qui l’a amené.',
  cameBy: (channel) => `Il est venu par ce canal : ${channel}.`,
  neverScanned: 'Il n’a jamais terminé d’analyse.',
  scannedAfter: (duration) => `Il a terminé sa première analyse ${duration} après sa création.`,
  milestones: 'Étapes',
  steps: {
    touch: 'Première visite',
    lead: 'Prospect',
    created: 'Création',
    key: 'Première clé d’API',
    scan: 'Première analyse',
    active: 'Dernière activité',
  },
  notYet: 'Inconnu',
  timeline: 'Ses derniers événements',
  timelineNote:
    'Tels qu’ils sont stockés, sans champs privés. Choisissez un type pour voir ce qu’un événement contient.',
  follow: 'Tous, en direct',
}

export const channelFr: typeof channelEn = {
  all: 'Tous les canaux',
  only: 'C’est l’aperçu d’un seul canal : chaque chiffre d’ici ne porte que sur ce canal. La liste de ses clients montre ce que chacun utilise.',
  cameBy: (visitors, shownVisitors, leads, shownLeads) =>
    `${shownVisitors} ${plural(visitors, 'visiteur', 'visiteurs')} et ${shownLeads} ${plural(leads, 'prospect', 'prospects')} en sont venus.`,
  created: (count, shown) =>
    count === 0
      ? 'Il n’a amené aucun client ces jours-là.'
      : `Il a amené ${shown} ${plural(count, 'client', 'clients')} ces jours-là.`,
  noneMature: 'Aucun n’a encore eu le temps de revenir.',
  returned: (count, n, rate) => `${count} sur ${n} de ceux qui en ont eu le temps sont revenus (${rate}).`,
  verdicts: {
    ahead: 'C’est mieux que les autres canaux.',
    behind: 'C’est moins bien que les autres canaux.',
    undecided: 'Ce n’est pas nettement différent des autres canaux.',
    too_few: 'C’est trop peu pour le classer.',
  },
  stages: 'Jusqu’où ses clients sont allés',
  trend: 'Clients amenés, jour après jour',
  trendOfWeeks: 'Clients amenés, semaine après semaine',
  scanned: 'Ont fait une analyse depuis',
  notScanned: 'N’en ont pas encore fait',
  histogram: 'Délai de ses clients avant la première analyse',
  atLeast: 'Au moins',
  below: 'Moins de',
  took: 'De la création à la première analyse',
  under: (max) => `moins de ${max}`,
  between: (min, max) => `de ${min} à ${max}`,
  over: (min) => `${min} ou plus`,
  half: (median) => `La moitié d’entre eux en ${median} au plus.`,
  campaigns: 'Campagnes',
  campaign: 'Nom de la campagne',
  landingPages: 'Pages d’arrivée',
  landingPage: 'Première page',
  tenants: 'Ses clients les plus récents',
  allTenants: (shown) => `Tous (${shown})`,
  unknown: {
    title: 'Rien n’est venu par ce canal ces jours-là',
    text: 'Il n’a amené ni visiteur, ni prospect, ni client. Choisissez d’autres jours ou un autre canal.',
  },
}

export const cohortsFr: typeof cohortsEn = {
  title: 'Clients de chaque semaine, et lesquels font une analyse les semaines suivantes',
  note: 'Parmi les clients créés dans une semaine, la part qui a terminé une analyse au cours de chaque semaine depuis. Une semaine en cours n’en a pas encore.',
  week: 'Création',
  tenants: 'Clients',
  same: 'Même semaine',
  since: (weeks) => `+${weeks} sem.`,
}

export const rowsFr: typeof rowsEn = {
  shown: (what) => `Seulement : ${what}`,
  show: 'Les afficher',
  clear: 'Afficher tous les clients',
  ofChannel: (channel) => `amenés par ${channel}`,
  missed: (shown) => `${shown} sans`,
  counted: {
    tenantsCreated: 'créés ces jours-là',
    tenantsWithApiKey: 'avec une clé d’API',
    tenantsWithFirstScan: 'avec une première analyse',
    tenantsActive30d: 'actifs au cours des 30 derniers jours',
    tenantsReturned: 'revenus un autre jour',
    tenantsMature: 'qui ont eu le temps de revenir',
    tenantsMatureReturned: 'qui en ont eu le temps et sont revenus',
    tenantsWithLead: 'avec un prospect connu',
    tenantsWithScanButNoApiKey: 'avec une analyse, mais sans clé d’API connue',
    tenantsTooYoung: 'trop récents pour se prononcer, sans analyse',
  },
  notCounted: {
    tenantsCreated: 'non créés ces jours-là',
    tenantsWithApiKey: 'sans clé d’API',
    tenantsWithFirstScan: 'sans analyse',
    tenantsActive30d: 'inactifs au cours des 30 derniers jours',
    tenantsReturned: 'pas encore revenus',
    tenantsMature: 'qui n’ont pas encore eu le temps de revenir',
    tenantsMatureReturned: 'qui n’en ont pas eu le temps ou ne sont pas revenus',
    tenantsWithLead: 'sans prospect connu',
    tenantsWithScanButNoApiKey: 'avec une clé d’API connue, ou sans analyse',
    tenantsTooYoung: 'assez anciens pour se prononcer, ou avec une analyse',
  },
}
