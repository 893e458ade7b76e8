import type { actEn } from './act-en.ts'

export const actFr: typeof actEn = {
  find: 'Chercher',
  palette: {
    title: 'Trouver une page ou une action',
    hint: 'Une vue, un canal, un client, ou une action',
    keys: 'Les flèches sélectionnent, Entrée ouvre, Échap ferme.',
    none: 'Rien de ce nom.',
    notRead: (lists: string) =>
      `Recherche impossible : ${lists}. Le serveur n’a pas répondu; réessayez dans un instant.`,
    lists: { channels: 'canaux', savedViews: 'vues enregistrées', tenants: 'clients' },
    only: {
      channels: { title: 'Afficher un seul canal', hint: 'Un canal' },
      tenants: { title: 'Afficher un seul client', hint: 'Une partie de l’identifiant d’un client' },
    },
    groups: { view: 'Vue', saved: 'Vue enregistrée', channel: 'Canal', tenant: 'Client', action: 'Action' },
    found: (count: number) => (count < 2 ? `${count} entrée` : `${count} entrées`),
  },
  notOpened: 'L’ouverture a échoué : le serveur n’a pas répondu. Réessayez dans un instant.',
  share: {
    button: 'Partager',
    title: 'Partager cette vue',
    intro:
      'Toute personne qui a le lien voit, sans clé, tout ce que montre cette page, et pas seulement cette vue : chaque client et son site, chaque événement tel qu’il a été reçu, les notes et les vues enregistrées. Elle ne peut rien modifier. Le lien expire de lui-même. On ne peut pas révoquer un seul lien : changer la clé d’administration met fin à tous les liens créés avec elle.',
    days: 'Valable',
    forDays: { 1: '1 jour', 7: '7 jours', 30: '30 jours' },
    create: 'Créer un lien',
    link: 'Lien',
    until: (moment: string) => `Valable jusqu’au ${moment}.`,
    failed: 'Le lien n’a pas pu être créé. Réessayez dans un instant.',
    close: 'Fermer',
    shared: (moment: string) => `Lecture seule, jusqu’au ${moment}`,
    leave: 'Se connecter',
    problems: {
      linkOver: 'Ce lien a expiré ou est incomplet. Demandez-en un autre, ou connectez-vous.',
      linkTooMany: 'Trop de liens ont été refusés depuis ce réseau. Attendez une minute, puis réessayez.',
      linkFailed: 'Le lien n’a pas pu être vérifié : le serveur n’a pas répondu. Réessayez dans un instant.',
    },
  },
  notes: {
    title: 'Notes sur les jours',
    add: 'Ajouter une note à un jour',
    day: 'Jour',
    text: 'Ce qui s’est passé',
    save: 'Enregistrer la note',
    failed: 'La note n’a pas pu être enregistrée. Réessayez dans un instant.',
    notRead: 'Les notes de ces jours n’ont pas pu être lues.',
    notRemoved: 'La note n’a pas pu être supprimée. Réessayez dans un instant.',
    remove: 'Supprimer',
    removeOf: (text: string) => `Supprimer la note : ${text}`,
    mark: (text: string) => `Une note : ${text}`,
  },
  savedViews: {
    title: 'Enregistrer cette vue',
    intro:
      'Tous ceux qui consultent ces chiffres la trouvent par son nom. Une vue du même nom est remplacée.',
    name: 'Nom',
    save: 'Enregistrer',
    saved: 'Vues enregistrées',
    failed: 'Cela n’a pas marché. Réessayez dans un instant.',
    remove: 'Supprimer',
    removeOf: (name: string) => `Supprimer la vue : ${name}`,
  },
  theme: { label: 'Couleurs', system: 'Celles du système', light: 'Clair', dark: 'Sombre' },
  png: 'Télécharger en PNG',
}
