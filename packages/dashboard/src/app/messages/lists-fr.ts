import type { channelsEn, rankingEn, tenantsEn } from './lists-en.ts'

export const rankingFr: typeof rankingEn = {
  title: 'Les canaux qui amènent des clients fidèles',
  note: (days) =>
    `Les clients créés pendant ces jours, par canal. Le taux porte sur ceux qui ont eu ${days} jours pour revenir; sa fourchette est à 95 %.`,
  channel: 'Canal',
  created: 'Créés',
  returned: 'Revenus',
  rate: 'Taux',
  range: 'Sans doute entre',
  mature: 'Ont eu le temps',
  verdict: 'Par rapport aux autres',
  createdCount: (created) => `${created} créés`,
  returnedCount: (returned) => `${returned} revenus`,
  rateOf: 'de',
  rateRange: (low, high) => `(de ${low} à ${high})`,
  verdicts: {
    ahead: 'devant les autres',
    behind: 'derrière les autres',
    undecided: 'pas de différence nette',
    too_few: 'trop peu pour classer',
  },
}

export const channelsFr: typeof channelsEn = {
  groupBy: 'Lignes',
  by: {
    channel: 'Canal',
    source: 'Origine',
    medium: 'Support',
    campaign: 'Campagne promotionnelle',
    landing_path: 'Page d’arrivée',
    day: 'Jour',
  },
  daysTitle: 'Visiteurs et prospects, jour après jour',
  daysIntro:
    'Les jours que le site a comptés, quelle que soit la provenance des visiteurs. Aucun chiffre d’ici ne comprend un jour qu’il n’a pas compté.',
  title: 'D’où viennent les clients',
  intro:
    'Clients créés pendant ces jours selon le canal de leur prospect, avec les visiteurs et les prospects de chaque canal.',
  visitors: 'Visiteurs',
  leads: 'Prospects',
  tenantsCreated: 'Clients',
  tenantsWithFirstScan: 'Première analyse',
  tenantsActive30d: 'Actifs',
  firstScanRate: 'Taux de première analyse',
  total: 'Total',
  noLead: 'Sans prospect connu',
  remainder: 'Sans canal nommé',
  named: {
    direct: 'Direct',
    organic_search: 'Recherche naturelle',
    paid_search: 'Recherche payante',
    social: 'Réseaux sociaux',
    email: 'Courriel',
    referral: 'Site référent',
    campaign: 'Campagne',
    internal: 'Interne',
    unknown: 'Canal inconnu',
  },
}

export const tenantsFr: typeof tenantsEn = {
  title: 'Clients',
  intro: 'Chaque client, avec son utilisation du produit pendant ces jours.',
  search: 'Chercher par identifiant de client',
  find: 'Chercher',
  columns: {
    tenantId: 'Client',
    channel: 'Canal',
    tenantCreatedAt: 'Créé',
    firstApiKeyAt: 'Première clé d’API',
    firstScanAt: 'Première analyse',
    timeToFirstScanMs: 'Délai avant la première analyse',
    scansCompleted: 'Analyses terminées',
    scansFailed: 'Analyses en échec',
    scanSuccessRate: 'Taux de réussite',
    mediaProcessed: 'Médias',
    identitiesDetected: 'Identités',
    avgScanDurationMs: 'Durée moyenne d’une analyse',
    clustersCreated: 'Groupes',
    suggestionsGenerated: 'Suggestions',
    suggestionsResolved: 'Traitées',
    lastActiveDay: 'Dernier jour actif',
  },
  showUsage: (tenant) => `Afficher l’utilisation du produit par ${tenant}`,
  csvCut: (max, total) =>
    `Le CSV contient les ${max} premiers clients sur ${total}, dans l’ordre choisi ici. Précisez la recherche pour les autres.`,
  pages: 'Pages de clients',
  previous: 'Précédente',
  next: 'Suivante',
  position: (first, last, total) => `${first} à ${last} sur ${total}`,
}
