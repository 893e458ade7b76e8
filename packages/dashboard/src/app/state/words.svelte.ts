import { createFormat, type Format } from '../format/create-format.ts'
import { en, type Messages } from '../messages/en.ts'
import { fr } from '../messages/fr.ts'
import { currentLanguage } from './navigation.svelte.ts'

const messages: Record<'en' | 'fr', Messages> = { en, fr }
const formats: Record<'en' | 'fr', Format> = { en: createFormat('en-CA'), fr: createFormat('fr-CA') }

/** The messages and formats of the current language; reading them inside a component follows a switch. */
export const words = {
  get messages(): Messages {
    return messages[currentLanguage()]
  },
  get format(): Format {
    return formats[currentLanguage()]
  },
  get tag(): string {
    return `${currentLanguage()}-CA`
  },
}
