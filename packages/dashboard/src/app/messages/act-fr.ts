import type { actEn } from './act-en.ts'

export const actFr: typeof actEn = {
  find: 'Chercher',
  palette: {
    title: 'Chercher ou faire',
    hint: 'Une vue, un canal, un client, ou une action',
    keys: 'Les flèches choisissent, Entrée y va, Échap ferme.',
    none: 'Rien de ce nom.',
    groups: { view: 'Vue', channel: 'Canal', tenant: 'Client', action: 'Faire' },
    found: (count: number) => (count < 2 ? `${count} entrée` : `${count} entrées`),
  },
  share: {
    button: 'Partager',
    title: 'Partager cette vue',
    intro:
      'Quiconque a le lien voit cette vue et tous les nombres, sans clé, et ne peut rien changer. Il prend fin de lui-même, ou quand la clé d’administration change.',
    days: 'Valable',
    forDays: { 1: '1 jour', 7: '7 jours', 30: '30 jours' },
    create: 'Créer un lien',
    link: 'Lien',
    until: (moment: string) => `Valable jusqu’au ${moment}.`,
    failed: 'Le lien n’a pas pu être créé. Réessayez dans un instant.',
    close: 'Fermer',
    shared: (moment: string) => `Lecture seule, jusqu’au ${moment}`,
    leave: 'Se connecter',
    over: 'Ce lien a pris fin ou a été retiré. Demandez-en un autre, ou connectez-vous.',
  },
  theme: { label: 'Couleurs', system: 'Comme le système', light: 'Clair', dark: 'Sombre' },
  png: 'Télécharger en PNG',
}
