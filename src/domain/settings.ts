import { AppError } from './errors.ts'
import { createFaults, invalidField } from './faults.ts'
import { DEFAULT_WAKE_WORD, type Personas } from './personas.ts'
import { parsePhone } from './phones.ts'
import { suggest } from './suggest.ts'
import { SETTING_KEYS, type SettingKey, type Settings } from './users.ts'

const WAKE_WORD_LENGTH_MIN = 2
const WAKE_WORD_LENGTH_MAX = 60
/** Longer than any wake word in any spelling: what is longer is refused before it is looked at. */
const TEXT_LENGTH_MAX = 1024
/** So many faults are told at once; a sender of thousands of unknown keys is not writing settings. */
const FAULTS_MAX = 20
/** Persian and Indic words need these two inside; every other invisible character is a trick or an accident. */
const JOINERS = /(?<=[\p{L}\p{M}])[\u200c\u200d](?=[\p{L}\p{M}])/gu

type Patch = { -readonly [key in SettingKey]?: Settings[key] }

/**
 * What a person asked to change, checked as a whole: AppError `invalid` names every fault at once.
 * Unknown keys are refused; a key with the value undefined counts as absent. `phone: null` or `''` takes the phone away.
 */
export function parseSettings(input: unknown, personas: Personas): Partial<Settings> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new AppError(
      'invalid',
      'Send an object with the settings to change, for example {"persona": "jarvis"}.',
    )
  }
  const patch: Patch = {}
  const faults = createFaults()
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined) continue
    if (faults.found.length >= FAULTS_MAX) break
    faults.keep(() => {
      if (key === 'persona') patch.persona = parsePersona(value, personas)
      else if (key === 'wake_word') patch.wake_word = parseWakeWord(value)
      else if (key === 'phone') patch.phone = parsePhone(value)
      else throw unknownSetting(key)
    })
  }
  faults.refuse()
  return patch
}

/** The key of a persona in the catalogue, however it was written. Throws AppError `invalid` that lists them all. */
export function parsePersona(value: unknown, personas: Personas): string {
  if (typeof value !== 'string')
    throw invalidField('persona', 'Give the persona as text, for example "jarvis".')
  const key = value.slice(0, TEXT_LENGTH_MAX).trim().toLowerCase()
  if (personas.has(key)) return key
  const keys = [...personas.keys()]
  const near = suggest(key, keys)
  const meant = near === undefined ? '.' : ` - did you mean ${near}?`
  throw invalidField('persona', `There is no such persona${meant} Choose one of: ${keys.join(', ')}.`)
}

/** Two to sixty visible characters with a letter or digit among them. Throws AppError `invalid`. */
export function parseWakeWord(value: unknown): string {
  if (typeof value !== 'string')
    throw invalidField('wake_word', 'Give the wake word as text, for example "hey hal".')
  if (value.length > TEXT_LENGTH_MAX) throw invalidField('wake_word', tooLong)
  const word = value
    .normalize('NFC')
    .trim()
    .replaceAll(/\p{Zs}+/gu, ' ')
  if (/\p{C}|[\u2028\u2029]/u.test(word.replaceAll(JOINERS, ''))) {
    throw invalidField(
      'wake_word',
      'The wake word contains an invisible character or a line break. Type it instead of pasting it.',
    )
  }
  const length = [...word].length
  if (length < WAKE_WORD_LENGTH_MIN) {
    throw invalidField('wake_word', `The wake word needs at least ${WAKE_WORD_LENGTH_MIN} characters.`)
  }
  if (length > WAKE_WORD_LENGTH_MAX) throw invalidField('wake_word', tooLong)
  if (!/[\p{L}\p{N}]/u.test(word))
    throw invalidField('wake_word', 'The wake word must contain a letter: it is spoken.')
  return word
}

const tooLong = `The wake word is too long: at most ${WAKE_WORD_LENGTH_MAX} characters.`

/**
 * What to store for a patch: only what really changes. Choosing a persona takes its wake word along, unless the
 * same patch names a wake word or the person has one of their own - any but that of the persona they leave and
 * the table's default.
 */
export function settingsToStore(
  current: Settings,
  patch: Partial<Settings>,
  personas: Personas,
): Partial<Settings> {
  const wanted: Patch = { ...patch }
  if (patch.persona !== undefined && patch.persona !== current.persona && patch.wake_word === undefined) {
    const wakeWord = personas.get(patch.persona)?.wake_word
    if (wakeWord !== undefined && !hasOwnWakeWord(current, personas)) wanted.wake_word = wakeWord
  }
  const changed: Patch = {}
  if (wanted.persona !== undefined && wanted.persona !== current.persona) changed.persona = wanted.persona
  if (wanted.wake_word !== undefined && wanted.wake_word !== current.wake_word)
    changed.wake_word = wanted.wake_word
  if (wanted.phone !== undefined && wanted.phone !== current.phone) changed.phone = wanted.phone
  return changed
}

/** Whether what is stored depends on what was there before, so that nobody may change it in between. */
export function dependsOnCurrent(patch: Partial<Settings>): boolean {
  return patch.persona !== undefined && patch.wake_word === undefined
}

function hasOwnWakeWord(current: Settings, personas: Personas): boolean {
  const word = String(current.wake_word).toLowerCase() // a hand-made row may say NULL
  return word !== personas.get(current.persona)?.wake_word.toLowerCase() && word !== DEFAULT_WAKE_WORD
}

function unknownSetting(key: string): AppError {
  const near = suggest(key.slice(0, 64), SETTING_KEYS)
  const meant = near === undefined ? `There are: ${SETTING_KEYS.join(', ')}.` : `Did you mean ${near}?`
  return invalidField(key.slice(0, 64), `This is not a setting of yours. ${meant}`)
}
