import { describe, expect, it } from 'vitest'
import { createPersonas, personaOf } from './personas.ts'
import { parseWakeWord } from './settings.ts'

describe('the catalogue of personas', () => {
  it('has the built-in ones, each with all it needs, and no two with one wake word or greeting', () => {
    const personas = [...createPersonas({}).values()]
    expect(personas.map((persona) => persona.key)).toEqual(
      'hal-9000 jarvis boss c3po cylon dalek glados kitt marvin sauron tars'.split(' '),
    )
    for (const persona of personas) {
      expect(parseWakeWord(persona.wake_word)).toBe(persona.wake_word)
      expect(persona.voice).toMatch(/^Polly\.[A-Z][a-z]+(-Neural)?$/)
      expect(persona.name.length).toBeGreaterThan(1)
    }
    expect(new Set(personas.map((persona) => persona.wake_word)).size).toBe(personas.length)
    expect(new Set(personas.map((persona) => persona.greeting)).size).toBe(personas.length)
  })

  it('lets config change single fields of a built-in persona', () => {
    const jarvis = createPersonas({ jarvis: { greeting: 'Hello.' } }).get('jarvis')
    expect(jarvis).toMatchObject({ key: 'jarvis', wake_word: 'hey jarvis', greeting: 'Hello.' })
  })

  it('completes a persona that config adds', () => {
    expect(createPersonas({ 'my-butler': {} }).get('my-butler')).toEqual({
      key: 'my-butler',
      name: 'My Butler',
      wake_word: 'hey my butler',
      greeting: 'Hello, this is My Butler. How can I help?',
      voice: 'Polly.Matthew',
    })
    const named = createPersonas({ b2: { name: 'Bee', wake_word: 'yo bee', voice: 'Polly.Amy' } }).get('b2')
    expect(named).toMatchObject({ name: 'Bee', wake_word: 'yo bee', voice: 'Polly.Amy' })
    expect(named?.greeting).toContain('Bee')
  })

  it('answers for a row whose persona is not in it any more with the default one', () => {
    const personas = createPersonas({})
    expect(personaOf({ persona: 'gone' }, personas).key).toBe('hal-9000')
    expect(personaOf({ persona: 'tars' }, personas).key).toBe('tars')
  })
})
