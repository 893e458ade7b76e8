import type { eventsEn } from './events-en.ts'

const tryAgain = 'Rien à faire : l’expéditeur réessaie de lui-même.'
const correctSender = 'Corrigez l’expéditeur : ce qu’il renverra sera refusé de nouveau.'

export const eventsFr: typeof eventsEn = {
  kind: 'Quels événements',
  kinds: { received: 'Acceptés', duplicate: 'Arrivés de nouveau', refused: 'Refusés' },
  type: 'Type',
  allTypes: 'Tous les types',
  tenant: 'Client',
  occurredAt: 'Survenu',
  receivedAt: 'Reçu',
  lag: 'Délai',
  clockAhead: (by) => `aucun : l’horloge de l’expéditeur avance de ${by}`,
  howMany: 'Combien',
  storedOnce:
    'Un événement qui arrive de nouveau n’est conservé et compté qu’une fois. On garde combien d’un même type sont arrivés de nouveau ensemble, et quand, mais ni lesquels ni de quel client.',
  id: 'Identifiant',
  copyId: 'Copier l’identifiant',
  payload: 'Contenu, sans ses champs privés',
  close: 'Fermer',
  liveness: { connecting: 'Connexion…', live: 'En direct', away: 'Pas en direct; nouvel essai en cours' },
  older: 'Afficher les plus anciens',
  failed: 'Les événements n’ont pas pu être lus',
  none: {
    received: {
      title: 'Aucun événement',
      text: 'Aucun événement conservé ne correspond. Les événements sont conservés 90 jours; un nouvel événement apparaît ici dès son arrivée.',
    },
    duplicate: {
      title: 'Rien n’est arrivé de nouveau',
      text: 'Un événement qui arrive une deuxième fois est compté ici, pendant 90 jours. Aucun ne correspond.',
    },
    refused: {
      title: 'Rien n’a été refusé',
      text: 'Une requête refusée apparaît ici, avec le motif.',
    },
  },
  why: 'Pourquoi elle a été refusée',
  mend: 'Que faire',
  reason: 'Code du motif',
  endpoint: 'Adresse',
  status: 'Statut',
  refusedAt: 'Refusée',
  noBody: 'Rien du corps d’une requête refusée n’est conservé.',
  unknownReason: 'Le motif est propre à l’hôte : son journal ou sa documentation en dit plus.',
  refusals: {
    admin_auth_not_configured: {
      words: 'Le serveur n’a pas de clé : personne ne peut prouver qu’il est l’expéditeur.',
      mend: 'Donnez une clé au serveur et redémarrez-le. L’expéditeur réessaie de lui-même.',
    },
    unauthorized: {
      words: 'La clé manquait ou était incorrecte.',
      mend: 'Donnez à l’expéditeur la clé de ce serveur. Si elle a changé, les deux clés peuvent être valides pendant un certain temps.',
    },
    wrong_key_rate_limited: {
      words: 'Trop de requêtes avec une clé incorrecte sont venues d’une même adresse.',
      mend: 'Corrigez la clé de cet expéditeur. Si la clé de tous les vôtres est correcte, quelqu’un essaie de la deviner : les clés sont assez longues pour y résister.',
    },
    rate_limited: { words: 'Il en est arrivé en une minute plus qu’il n’est permis.', mend: tryAgain },
    payload_too_large: {
      words: 'La requête était trop grande.',
      mend: 'Faites en sorte que l’expéditeur mette moins d’événements par requête.',
    },
    unsupported_media_type: { words: 'La requête n’a pas été envoyée en JSON.', mend: correctSender },
    invalid_signature: {
      words:
        'La signature manquait ou était incorrecte, ou les deux horloges diffèrent de plus de cinq minutes.',
      mend: 'Comparez les secrets de signature des deux services et réglez leurs horloges.',
    },
    invalid_json: { words: 'Le corps n’était pas du JSON en UTF-8.', mend: correctSender },
    invalid_request: {
      words: 'L’événement enfreint le contrat.',
      mend: 'Le journal de l’expéditeur nomme le champ. L’expéditeur a peut-être été déployé avant ce serveur : le contrat dit lequel vient en premier.',
    },
    refused_by_database: {
      words: 'L’événement contient une valeur que la base de données ne peut pas stocker.',
      mend: correctSender,
    },
    database_unavailable: { words: 'La base de données était indisponible ou lente.', mend: tryAgain },
    overloaded: { words: 'Trop de requêtes étaient en cours à ce moment.', mend: tryAgain },
    internal_error: {
      words: 'Le serveur a échoué.',
      mend: 'Son journal en donne la cause. L’expéditeur réessaie de lui-même.',
    },
  },
}
