import { hasSite } from '../routes/site-route.ts'
import { toPage } from './to-page.ts'

type Language = 'en' | 'fr'

const dashboard = './v1/dashboard/'
const docs = './docs/'
const site = './site/'

/** Three sentences, each with a link. */
const sentences: Record<Language, readonly string[]> = {
  en: [
    `The <a href="${dashboard}">dashboard</a> shows which channels bring tenants that use the product; sign in with the admin key.`,
    `The <a href="${docs}">documentation of the routes</a> says what can be sent and asked, with a key in <code>x-admin-key</code>.`,
    hasSite
      ? `The <a href="${site}">marketing site</a> is where visitors come from: look around, leave an address, and see yourself in the numbers.`
      : 'The marketing site is where visitors come from; it is served elsewhere, and reports its visits here.',
  ],
  fr: [
    `Le <a href="${dashboard}">tableau de bord</a> montre quels canaux amènent des clients qui utilisent le produit ; connectez-vous avec la clé d’administration.`,
    `La <a href="${docs}" hreflang="en">documentation des routes</a>, en anglais, dit ce que l’on peut envoyer et demander, avec une clé dans <code>x-admin-key</code>.`,
    hasSite
      ? `Le <a href="${site}" hreflang="en">site de marketing</a>, en anglais, est là d’où viennent les visiteurs : parcourez-le, laissez une adresse, et retrouvez-vous dans les nombres.`
      : 'Le site de marketing est là d’où viennent les visiteurs ; il est servi ailleurs et annonce ici ses visites.',
  ],
}

const titles: Record<Language, string> = { en: 'Marketing backend', fr: 'Serveur de marketing' }

/** The first page that a newcomer sees. */
export const welcomePage = (acceptLanguage: string | undefined): string => {
  const language = languageOf(acceptLanguage)
  const title = titles[language]
  return toPage({
    title,
    language,
    root: '.',
    body: `<main class="short">
<h1>${title}</h1>
${sentences[language].map((sentence) => `<p>${sentence}</p>`).join('\n')}
</main>`,
  })
}

// Browsers list the preferred language first.
const languageOf = (acceptLanguage = ''): Language =>
  /^\s*fr\b/i.test(acceptLanguage.split(',').find((tag) => /^\s*(en|fr)\b/i.test(tag)) ?? '') ? 'fr' : 'en'
