import type { healthEn } from './health-en.ts'
import { pluralFr as plural } from './plural.ts'

export const healthFr: typeof healthEn = {
  title: (state) => `Santé de la passerelle : ${state}`,
  also: (state) => `Aussi : ${state}`,
  states: {
    healthy: {
      title: 'En bonne santé',
      text: 'Les événements arrivent et sont comptés, presque aucun n’est refusé, et les chiffres ont été comparés aux événements.',
    },
    unknown: { title: 'Inconnue' },
    refusing: {
      title: 'Refus',
      cause: ({ refused, all }) => `${refused} des ${all} requêtes des 24 dernières heures ont été refusées.`,
      mend: 'Ouvrez les requêtes refusées : chacune dit pourquoi et que faire. L’expéditeur réessaie de lui-même; ce qui enfreint le contrat reste refusé tant que l’expéditeur n’est pas corrigé.',
    },
    silent: {
      title: 'Silence',
      cause: (_found) => 'Rien n’est arrivé depuis 24 heures.',
      mend: 'Si quelqu’un utilise le produit, vérifiez son expéditeur : fonctionne-t-il, connaît-il cette adresse et la bonne clé, quelque chose attend-il dans sa boîte d’envoi?',
    },
    behind: {
      title: 'En retard',
      cause: ({ age }) =>
        age === ''
          ? 'Il y a des événements, mais rien ne les a encore comptés.'
          : `Des événements attendent d’être comptés depuis ${age}.`,
      mend: 'Vérifiez que la tâche qui compte s’exécute : elle est active par défaut dans le serveur; sinon, « webhook-metrics rollup » doit être lancé chaque minute. Le journal du serveur dit pourquoi elle échoue.',
    },
    producer_silent: {
      title: 'Producteur muet',
      cause: ({ silentProducers, wrongClocks }) =>
        [
          silentProducers !== 0 &&
            `${silentProducers} ${plural(silentProducers, 'boîte d’envoi du produit ne donne', 'boîtes d’envoi du produit ne donnent')} plus signe de vie. Tant que cela dure, personne ne peut dire si des événements manquent ou s’il n’y en a pas.`,
          wrongClocks !== 0 &&
            `${plural(wrongClocks, 'L’horloge d’une boîte d’envoi', 'Les horloges de plusieurs boîtes d’envoi')} et celle de ce serveur diffèrent trop.`,
        ]
          .filter(Boolean)
          .join(' '),
      mend: 'Le tableau des producteurs dit de laquelle il s’agit. Du côté du produit, vérifiez que le processus qui livre tourne (« webhook-relay serve »), qu’il a la bonne adresse et la bonne clé, et que son horloge est juste.',
    },
    incomplete: {
      title: 'Incomplète',
      cause: ({ missingCount, missing }) =>
        `${missing} du produit ${plural(missingCount, 'manque ici et n’a pas pu être renvoyé', 'manquent ici et n’ont pas pu être renvoyés')} : la boîte d’envoi ne ${plural(missingCount, 'l’a', 'les a')} plus. Les chiffres sont trop bas d’autant.`,
      mend: 'Le tableau des producteurs dit de quand à quand. Lancez « webhook-relay reconcile » du côté du produit : il nomme ce qui manque. Son option onMissing peut renvoyer ce que le produit lui-même connaît encore.',
    },
    numbers_differ: {
      title: 'Chiffres divergents',
      cause: (_found) =>
        'La dernière vérification a trouvé des chiffres qui ne correspondent pas aux événements.',
      mend: 'Lancez « webhook-metrics backfill » : il recompte à partir des événements et inscrit plus bas ce qu’il a corrigé.',
    },
    never_verified: {
      title: 'Jamais vérifiée',
      cause: (_found) => 'Les chiffres n’ont jamais été comparés aux événements.',
      mend: 'Lancez « webhook-metrics discrepancy » une fois, puis chaque jour. Il ne change rien.',
    },
  },
  producers: {
    title: 'Producteurs',
    intro:
      'Les boîtes d’envoi du produit. Chaque minute, chacune donne signe de vie et, chaque heure, compare ce qu’elle a livré à ce qui est ici.',
    none: 'Aucune boîte d’envoi n’a encore donné signe de vie. D’ici là, personne ne peut dire ici si des événements manquent.',
    producer: 'Boîte d’envoi',
    state: 'État',
    heard: 'Dernier signe',
    delivered: 'Tout livré avant',
    waiting: 'Plus longue attente',
    proven: 'Comparés jusqu’au',
    compared: 'Événements comparés',
    repaired: 'Perdus et renvoyés',
    missing: 'Manquants',
    states: {
      sends: 'En marche',
      silent: 'Muette',
      clockWrong: 'Horloge déréglée',
      noHeartbeat: 'Aucun signe de vie',
      retired: 'Retirée : aucun signe depuis 7 jours',
    },
    notProven: 'pas encore comparés',
    nothing: 'rien',
    events: (count, shown) => `${shown} ${plural(count, 'événement', 'événements')}`,
    gaps: 'Ce qui manque',
    gap: (events, from, to, producer) => `${events} entre le ${from} et le ${to} (${producer})`,
  },
  showRefused: 'Afficher les requêtes refusées',
  traffic: 'Ce qui est arrivé',
  last24Hours: '24 heures',
  last30Days: '30 jours',
  accepted: 'Acceptés',
  duplicates: 'Arrivés de nouveau',
  refused: 'Refusés',
  lag: (median, high) => `Du produit jusqu’ici en 24 heures : la moitié en ${median}, 95 sur 100 en ${high}.`,
  noLag: 'Rien n’a été accepté en 24 heures : il n’y a pas de délai à indiquer.',
  lastEvents: 'Dernier événement de chaque type',
  age: 'Âge',
  ago: (age) => `il y a ${age}`,
  noneIn30Days: 'aucun en 30 jours',
  today: (day) => `Aujourd’hui, ${day} (UTC)`,
  received: 'Événements reçus',
  refusals: 'Requêtes refusées',
  reason: 'Motif',
  count: 'Nombre',
  total: 'Total',
  restatements: {
    title: 'Changements de jours passés',
    none: (range) => `Aucun chiffre d’un jour passé n’a changé (${range}).`,
    intro: (count, shown, range) =>
      `${shown} ${plural(count, 'changement', 'changements')} de jours terminés (${range}). Aucun chiffre ne change en silence.`,
    day: 'Jour',
    when: 'Modifié',
    cause: 'Pourquoi',
    scans: 'Analyses terminées',
    media: 'Médias traités',
    causes: {
      late_events: 'Des événements sont arrivés en retard',
      backfill: 'Des événements en attente ont été comptés',
      repair: 'Un chiffre inexact a été corrigé',
      deletion: 'Le jour n’est plus conservé',
    },
  },
  neverRan: 'Jamais exécutée',
  running: 'En cours ou interrompue',
  took: (duration) => `(en ${duration})`,
  nothingWaits: 'Rien n’attend d’être compté.',
  waits: (count, shown, age) =>
    `${shown} ${plural(count, 'modification attend', 'modifications attendent')} d’être ${plural(count, 'comptée', 'comptées')}, la plus ancienne depuis ${age}.`,
  jobs: 'Tâches',
  job: 'Tâche',
  started: 'Dernier démarrage',
  finished: 'Fin',
  jobNames: {
    rollup: 'Compter les nouveaux événements',
    backfill: 'Recompter',
    discrepancy: 'Comparer les chiffres aux événements',
    purge: 'Supprimer ce qui n’est plus conservé',
  },
}
