import { actFr } from './act-fr.ts'
import { definitionsFr } from './definitions-fr.ts'
import { channelFr, cohortsFr, rowsFr, tenantFr } from './detail-fr.ts'
import type { Messages } from './en.ts'
import { eventsFr } from './events-fr.ts'
import { healthFr } from './health-fr.ts'
import { channelsFr, rankingFr, tenantsFr } from './lists-fr.ts'
import { number, sentence, strong } from './pieces.ts'
import { pluralFr as plural } from './plural.ts'

/** Canadian French. */
export const fr: Messages = {
  title: 'Service de description',
  language: { en: 'English', fr: 'Français' },
  skip: 'Passer au contenu',
  views: {
    label: 'Vues',
    overview: 'Aperçu',
    channels: 'Canaux',
    tenants: 'Clients',
    events: 'Événements',
    bridge: 'Santé',
  },
  signIn: {
    title: 'Connexion',
    intro: 'Cette page montre d’où viennent les clients et comment ils utilisent le service de description.',
    key: 'Clé d’administration',
    hint: 'Elle est envoyée une seule fois et n’est jamais conservée dans le navigateur.',
    submit: 'Se connecter',
    busy: 'Vérification de la clé…',
    wrong: 'Ce n’est pas la clé d’administration. Vérifiez-la et réessayez.',
    tooMany: 'Trop de tentatives. Attendez une minute, puis réessayez.',
    notConfigured: 'Le serveur n’a pas de clé d’administration. Définissez ADMIN_API_KEY et redémarrez-le.',
    expired: 'Votre session est terminée. Reconnectez-vous pour reprendre où vous en étiez.',
    signedOut: 'Vous êtes déconnecté.',
    byHost:
      'Vous n’êtes pas connecté ou n’avez pas accès à cette page. Connectez-vous à l’application, puis rechargez.',
    failed: 'Le serveur n’a pas répondu. Réessayez dans un instant.',
    signOut: 'Se déconnecter',
    signOutFailed: 'La déconnexion a échoué : le serveur n’a pas répondu. Vous êtes toujours connecté.',
  },
  act: actFr,
  filters: {
    label: 'Ce qui est affiché',
    range: 'Période',
    presets: {
      '7d': '7 derniers jours',
      '30d': '30 derniers jours',
      '90d': '90 derniers jours',
      '365d': '365 derniers jours',
      month: 'Ce mois-ci',
      'last-month': 'Le mois dernier',
      custom: 'Autres jours',
    },
    from: 'Du',
    to: 'Au',
    apply: 'Afficher',
    compare: 'Comparer aux jours précédents',
    tenantPlaceholder: 'Tous les clients',
    refresh: 'Actualiser',
    channelChip: (channel) => `Canal : ${channel}`,
    tenantChip: (tenant) => `Client : ${tenant}`,
    remove: (chip) => `Supprimer ce filtre. ${chip}`,
    addChannel: 'Canal…',
    addTenant: 'Client…',
    utc: 'Les jours sont des jours UTC.',
    invalid: {
      missing: 'Indiquez les deux jours.',
      order: 'Le premier jour ne doit pas suivre le dernier.',
      long: 'Une période compte au plus 366 jours.',
    },
  },
  loading: 'Chargement…',
  loadingLong: 'Le chargement continue. Une longue période peut prendre du temps.',
  tryAgain: 'Réessayer',
  copy: 'Copier',
  copied: 'Copié',
  freshness: {
    complete: (moment) => `Complet jusqu’au ${moment}`,
    never: 'Rien n’est encore compté',
    updated: (age) => `mis à jour il y a ${age}`,
    away: (age) => `pas en direct; les chiffres ont ${age}`,
    behind: (count, backlog, age) =>
      `Les chiffres sont en retard : ${backlog} ${plural(count, 'modification attend', 'modifications attendent')} d’être ${plural(count, 'comptée', 'comptées')} depuis ${age} au plus. Les événements suivants n’y sont pas encore.`,
  },
  empty: {
    never: {
      title: 'Aucun événement n’est encore arrivé',
      text: 'Dès que le service de description enverra son premier événement, les chiffres apparaîtront ici.',
    },
    range: {
      title: 'Rien ne s’est passé ces jours-là',
      text: 'Il y a des événements, mais aucun dans cette période. Choisissez d’autres jours.',
    },
    notComputed: {
      title: 'Les chiffres ne sont pas encore calculés',
      text: 'Des événements sont arrivés, mais aucun calcul n’a eu lieu. Il s’exécute d’ordinaire chaque minute; si rien ne change, consultez la vue Santé.',
    },
    retention: {
      title: 'Ces jours ne sont plus conservés',
      text: 'Les chiffres sont conservés 24 mois. Cette période se termine avant.',
    },
    tooLittle: {
      title: 'Trop tôt pour se prononcer',
      text: (days) =>
        `Tous les clients de cette période ont moins de ${days} jours et n’ont encore rien analysé. Des taux ne voudraient pas dire grand-chose.`,
    },
    error: {
      title: 'Les chiffres n’ont pas pu être lus',
      network:
        'Le serveur ne répond pas. Les chiffres précédents sont masqués exprès : ils pourraient être périmés.',
      backend:
        'Le serveur répond, mais ne peut pas lire les chiffres en ce moment. Son journal dit pourquoi.',
      unauthorized:
        'Les routes de mesure refusent la clé donnée à cette page. Donnez les mêmes adminKeys aux deux.',
      notMounted: 'Il n’y a pas de routes de mesure à metricsPath. Enregistrez-les sur le même serveur.',
      notFound: 'Rien ne porte ce nom.',
      invalid: 'Le serveur refuse cette période ou ce client. Faites un autre choix.',
      rateLimited: 'Trop de requêtes. Attendez une minute, puis réessayez.',
    },
    notRead: (what) => `${what} : lecture impossible`,
    tenants: 'Aucun client ne correspond.',
    channel:
      'Aucun client de ces jours n’est venu par ce canal. Choisissez d’autres jours, ou regardez ses semaines plus bas.',
    nothingToday: 'Aucun aujourd’hui.',
  },
  answer: {
    label: 'En bref',
    cameNone: (range) => sentence`Aucun nouveau client n’est venu ${range}.`,
    came: (count, shown, range) =>
      sentence`${strong(`${shown} ${plural(count, 'nouveau client', 'nouveaux clients')}`)} ${plural(count, 'est venu', 'sont venus')} ${range}.`,
    fromNoLead: sentence`Aucun client n’est relié à un prospect connu. `,
    stays: (channel, mature, isOver) =>
      sentence`${strong(channel)} ${isOver ? 'amenait' : 'amène'} des clients qui restent : ${mature}. `,
    noneAhead: sentence`Les clients d’aucun canal ne reviennent nettement plus souvent que ceux des autres. `,
    tooFew: sentence`Il y a trop peu de clients pour classer les canaux. `,
    most: (channel, shown, mature, isOver) =>
      sentence`${strong(channel)} en ${isOver ? 'amenait' : 'amène'} le plus (${number(shown)}) : ${mature}. `,
    ofMature: (count, n) =>
      sentence`${number(count)} sur ${number(n)} de ceux qui en ont eu le temps sont revenus`,
    noneMature: sentence`aucun n’a encore eu le temps de revenir`,
    returned: (count, shown) =>
      sentence` ${strong(shown)} d’entre eux ${plural(count, 'est revenu', 'sont revenus')} un autre jour.`,
    returnedNone: sentence` Aucun d’entre eux n’est encore revenu un autre jour.`,
    more: (count, shown, before, days, isOpen) =>
      sentence` ${isOpen ? 'Sans aujourd’hui, c’est' : 'C’est'} ${shown} ${plural(count, 'client de plus', 'clients de plus')} que pendant ${days} (${number(before)}).`,
    fewer: (count, shown, before, days, isOpen) =>
      sentence` ${isOpen ? 'Sans aujourd’hui, c’est' : 'C’est'} ${shown} ${plural(count, 'client de moins', 'clients de moins')} que pendant ${days} (${number(before)}).`,
    same: (before, days, isOpen) =>
      sentence` ${isOpen ? 'Sans aujourd’hui, c’est' : 'C’est'} autant que pendant ${days} (${number(before)}).`,
    noComparison: (days) =>
      sentence` Pour ${days}, les chiffres sont incomplets; il n’y a donc pas de comparaison.`,
    days: (count, shown) => plural(count, 'le jour précédent', `les ${shown} jours précédents`),
    between: (from, to) => `entre le ${from} et le ${to}`,
    on: (day) => `le ${day}`,
  },
  funnel: {
    title: 'De la visite à l’utilisation',
    marketing: 'Site promotionnel',
    product: 'Clients créés pendant ces jours',
    stages: {
      marketingVisitors: 'Visiteurs',
      leadsCaptured: 'Prospects',
      tenantsCreated: 'Clients créés',
      tenantsWithApiKey: 'Avec une clé d’API',
      tenantsWithFirstScan: 'Avec une première analyse',
      tenantsReturned: 'Revenus un autre jour',
    },
    stage: 'Étape',
    count: 'Nombre',
    rate: 'Part',
    ofVisitors: (rate) => `${rate} du nombre de visiteurs`,
    ofTenants: (rate) => `${rate} des clients`,
    gap: (rate) =>
      `Les visiteurs et les prospects sont comptés par le site et ne sont pas reliés un à un aux clients. Clients ayant un prospect connu : ${rate} du nombre de prospects.`,
    ghost: 'En gris : autant de jours précédents que la période a de jours terminés.',
    before: 'Jours précédents',
    shareBefore: (share) => `${share} de ceux qui en ont eu le temps`,
    gapUnknown:
      'Les visiteurs et les prospects sont comptés par le site et ne sont pas reliés un à un aux clients.',
    withLead: 'Clients ayant un prospect connu',
    median: 'Délai médian avant la première analyse',
    tooYoung: (count, shown, days) =>
      `${shown} ${plural(count, 'client', 'clients')} de moins de ${days} jours, sans analyse pour l’instant`,
    tooYoungLabel: 'Trop récents pour être jugés',
    noApiKey: (count, shown) =>
      `${shown} ${plural(count, 'client a', 'clients ont')} fait une analyse sans clé d’API connue. Chaque étape compte à part; ${plural(count, 'il figure', 'ils figurent')} donc parmi les premières analyses.`,
    days: 'Jours avec des chiffres de visite',
    covered: (covered, all) => `${covered} sur ${all}`,
  },
  usage: {
    more: 'Plus de chiffres',
    title: 'Utilisation du produit',
    metric: 'Mesure',
    value: 'Valeur',
    change: 'Évolution',
    metrics: {
      totalScansCompleted: 'Analyses terminées',
      totalScansFailed: 'Analyses en échec',
      scanSuccessRate: 'Taux de réussite des analyses',
      totalMediaProcessed: 'Médias traités',
      totalIdentitiesDetected: 'Identités détectées',
      identitiesPerScan: 'Identités par analyse',
      avgScanDurationMs: 'Durée moyenne d’une analyse',
      totalClustersCreated: 'Groupes créés',
      suggestionResolutionRate: 'Suggestions traitées',
    },
    up: (percent) => `Hausse de ${percent}`,
    down: (percent) => `Baisse de ${percent}`,
    unchanged: 'Aucun changement',
    better: 'mieux',
    worse: 'moins bien',
    noValue: 'Aucune valeur',
  },
  trend: {
    title: 'Jour après jour',
    titleOfWeeks: 'Semaine après semaine',
    week: 'Semaine',
    scans: 'Analyses',
    completed: 'Terminées',
    failed: 'En échec',
    media: 'Médias traités',
    identities: 'Identités détectées',
    day: 'Jour',
    today: 'Aujourd’hui, en cours',
    chart: (name, from, to, highest, day) =>
      `${name} par jour, du ${from} au ${to}. Maximum : ${highest} le ${day}.`,
    chartOfWeeks: (name, from, to, highest, week) =>
      `${name} par semaine, du ${from} au ${to}. Maximum : ${highest}, semaine du ${week}.`,
    chartEmpty: (name, from, to) => `${name} par jour, du ${from} au ${to}. Toujours zéro.`,
  },
  ranking: rankingFr,
  channels: channelsFr,
  tenants: tenantsFr,
  health: healthFr,
  events: eventsFr,
  tenant: tenantFr,
  channel: channelFr,
  cohorts: cohortsFr,
  rows: rowsFr,
  definitions: definitionsFr,
  chart: {
    asTable: 'Afficher en tableau',
    asChart: 'Afficher en graphique',
    csv: 'Télécharger en CSV',
    about: (action, title) => `${action} : ${title}`,
    sortHint: 'Choisissez un en-tête de colonne pour trier.',
    region: (what) => `${what}, tableau; défile horizontalement`,
  },
  reasons: {
    never_rolled_up: 'Pas encore calculé',
    no_scans: 'Aucune analyse ces jours-là',
    no_completed_scans: 'Aucune analyse terminée ces jours-là',
    no_durations: 'Aucune analyse n’a indiqué sa durée',
    no_suggestions_generated: 'Aucune suggestion ces jours-là',
    marketing_not_rolled_up: 'Le site n’a pas de chiffres pour ces jours',
    no_visitors: 'Aucun visiteur ces jours-là',
    no_leads: 'Aucun prospect ces jours-là',
    no_tenants_created: 'Aucun client créé ces jours-là',
    no_first_scans: 'Aucun client de ces jours n’a fait d’analyse',
    no_api_keys: 'Aucun client de ces jours n’a de clé d’API',
    no_returns: 'Aucun client de ces jours n’est revenu',
    no_mature_tenants: 'Aucun client de ces jours n’est assez ancien',
    horizon_not_reached: 'Aucun client n’a été observé assez longtemps',
    no_variance: 'Aucun ou tous ont converti',
    too_few: 'Trop peu de clients pour classer',
    not_a_channel: 'Pas un canal',
    one_tenant: 'Un seul client est affiché',
    not_attributed: 'Aucun prospect connu',
    not_seen: 'Pas encore vu',
    not_over: 'la semaine ou le mois n’est pas encore terminé',
    not_kept: 'ses chiffres ne sont plus conservés',
  },
  deltaReasons: {
    previous_zero: 'C’était 0 auparavant',
    previous_undefined: 'Aucune valeur auparavant',
    previous_not_covered: 'Les jours précédents ne sont pas entièrement couverts',
    previous_incomplete: 'Les jours précédents ne sont pas entièrement calculés',
    open_day: 'Ces jours ne sont pas terminés',
    tenant_too_young: 'Le client est plus récent que les jours précédents',
  },
}
