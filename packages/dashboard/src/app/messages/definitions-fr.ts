import type { definitionsEn } from './definitions-en.ts'

export const definitionsFr: typeof definitionsEn = {
  what: (name) => `Qu’est-ce que « ${name} »?`,
  title: 'Ce que ces chiffres veulent dire',
  full: 'La définition complète (en anglais)',
  of: {
    totalScansCompleted: 'Les analyses qui ont abouti, de tous les clients, ces jours-là.',
    totalScansFailed: 'Les analyses qui ont échoué, de tous les clients, ces jours-là.',
    scanSuccessRate: 'Les analyses terminées, divisées par toutes celles qui ont pris fin.',
    totalMediaProcessed: 'Les images et vidéos des analyses terminées. Une analyse en échec n’en ajoute pas.',
    totalIdentitiesDetected: 'Les identités signalées par les analyses terminées.',
    identitiesPerScan: 'Les identités détectées, divisées par les analyses terminées.',
    avgScanDurationMs: 'Le temps moyen des analyses terminées qui ont indiqué leur durée.',
    totalClustersCreated: 'Les groupes créés ces jours-là.',
    suggestionResolutionRate:
      'Les suggestions traitées, divisées par celles qui ont été faites. Plus de 100 % quand d’anciennes sont traitées.',
    marketingVisitors:
      'Les visiteurs du site promotionnel, additionnés par jour : une personne qui vient deux jours compte deux fois.',
    leadsCaptured: 'Les personnes qui ont laissé leur adresse sur le site promotionnel ces jours-là.',
    tenantsCreated: 'Les clients créés ces jours-là. Les étapes suivantes comptent les mêmes clients.',
    tenantsWithApiKey:
      'Parmi les clients créés, ceux qui ont au moins une clé d’API, quel qu’en soit le jour.',
    tenantsWithFirstScan:
      'Parmi les clients créés, ceux qui ont terminé au moins une analyse, avec ou sans clé.',
    tenantsReturned:
      'Parmi les clients créés, ceux qui ont terminé une analyse un autre jour que la première, assez tôt après leur création. C’est ce que « utiliser le produit » veut dire ici.',
    tenantsActive30d:
      'Parmi les clients créés, ceux qui ont terminé une analyse au cours des 30 jours qui finissent avec la période.',
    tenantsWithLead: 'Parmi les clients créés, ceux qui ont la même adresse qu’un prospect du site.',
    tenantsTooYoung:
      'Parmi les clients créés, ceux des sept derniers jours sans analyse. Ils peuvent encore en faire une.',
    medianTimeToFirstScanMs:
      'La moitié des clients ayant fait une analyse y sont arrivés plus vite après leur création, l’autre moitié moins vite.',
    marketingDaysCovered:
      'Les jours de la période pour lesquels le site a compté ses visiteurs et ses prospects.',
    returnRate: 'Parmi les clients qui ont eu le temps de revenir, la part de ceux qui l’ont fait.',
    returnRateRange:
      'Où se trouve le vrai taux, 95 fois sur 100 : moins il y a de clients, plus la fourchette est large.',
    mature: 'Les clients créés depuis assez longtemps pour être revenus.',
    verdict:
      'Si ses clients reviennent nettement plus, ou moins, souvent que ceux des autres canaux réunis. Avec moins de 20 clients, rien n’est conclu.',
    visitors: 'Les visiteurs dont la première visite du jour est venue par là.',
    leads: 'Les prospects dont la première visite est venue par là, supprimés depuis ou non.',
    firstScanRate: 'Les clients ayant une première analyse, divisés par les clients créés.',
    timeToFirstScan:
      'Le temps que ses clients ont mis entre leur création et leur première analyse, et combien ont mis ce temps.',
    campaigns:
      'Ses clients selon la campagne de la première visite de leur prospect. Leur somme est le nombre de ses clients.',
    landingPages:
      'Ses clients selon la première page de la première visite de leur prospect. Leur somme est le nombre de ses clients.',
    createdByDay: 'Ses clients selon le jour de leur création, et ceux qui ont fait une analyse depuis.',
    weeks:
      'Parmi les clients créés dans une semaine, la part qui a terminé une analyse au cours de chaque semaine depuis.',
    milestones:
      'Quand le client a franchi chaque étape pour la première fois, dans la période ou non : création, première clé d’API, première analyse terminée.',
    timeToFirstScanMs: 'De la création du client à sa première analyse terminée.',
    lastActiveDay: 'Le dernier jour avec une analyse terminée, dans la période ou non.',
    channel: 'Ce qui a amené la première visite du prospect de ce client.',
    arrived:
      'Les événements stockés, ceux qui sont arrivés de nouveau sans être comptés deux fois, et les requêtes refusées.',
    lag: 'Du moment où un événement a eu lieu dans le produit à celui où il a été reçu ici.',
    lastEvents: 'Depuis combien de temps le dernier événement de chaque type a été reçu.',
    producers:
      'Les boîtes d’envoi du produit : quand chacune a donné signe de vie, et si tout ce qu’elle a livré est ici.',
    restatements:
      'Un jour terminé ne change jamais en silence : chaque changement est dans la liste, avec sa cause.',
  },
}
