import { type Flow, NEXT, OVER, type PhoneCall } from './phone-call.ts'
import { type Element, elementsOf, textOf } from './xml.ts'

const LOOP_MAX = 1000
const CHARACTERS_A_SECOND = 15
const PLAY_SECONDS = 3
const TALK_SECONDS = 30

/** Performs verbs one after the other until one of them ends the document. `base` is where the document came from. */
export function performVerbs(call: PhoneCall, verbs: readonly Element[], base: string): Flow {
  for (const verb of verbs) {
    const flow = VERBS[verb.name]?.(call, verb, base) ?? NEXT
    if (flow.kind !== 'next') return flow
  }
  return NEXT
}

type Perform = (call: PhoneCall, verb: Element, base: string) => Flow

const VERBS: Readonly<Record<string, Perform>> = {
  Say(call, verb) {
    const text = textOf(verb)
    note(call, verb, text)
    repeat(verb, () => call.heard.push(text))
    call.seconds += repeat(verb, () => {}) * Math.max(1, Math.ceil(text.length / CHARACTERS_A_SECOND))
    return NEXT
  },
  Pause(call, verb) {
    const seconds = Number(verb.attributes.length ?? 1)
    note(call, verb, '')
    call.heard.push(`[pause, ${seconds} s]`)
    call.seconds += seconds
    return NEXT
  },
  Play(call, verb) {
    const what = verb.attributes.digits === undefined ? textOf(verb) : `the keys ${verb.attributes.digits}`
    note(call, verb, what)
    call.seconds += PLAY_SECONDS * repeat(verb, () => call.heard.push(`[plays ${what}]`))
    return NEXT
  },
  Gather: gather,
  Redirect(call, verb, base) {
    note(call, verb, textOf(verb))
    return fetchFlow(verb, resolve(textOf(verb), base), {})
  },
  Hangup(call, verb) {
    note(call, verb, '')
    return OVER
  },
  Reject(call, verb) {
    note(call, verb, '')
    const isBusy = verb.attributes.reason === 'busy'
    call.heard.push(isBusy ? '[busy signal]' : 'The number you have dialed is not in service.')
    return { kind: 'over', status: isBusy ? 'busy' : 'failed' }
  },
  Connect: connect,
  Start(call, verb) {
    // The audio is copied to the stream while the call goes on.
    for (const noun of elementsOf(verb)) note(call, noun, noun.attributes.url ?? '')
    return NEXT
  },
  Dial(call, verb) {
    const nouns = elementsOf(verb)
    const to = nouns.length === 0 ? textOf(verb) : nouns.map(textOf).join(', ')
    note(call, verb, to)
    return putThrough(call, verb, 'Dial', to, {})
  },
}

/** What is said within can be cut short by keys or words; then their receiver decides how the call goes on. */
function gather(call: PhoneCall, verb: Element, base: string): Flow {
  const { action = base, input = 'dtmf', actionOnEmptyResult } = verb.attributes
  note(call, verb, '')
  const flow = performVerbs(call, elementsOf(verb), base)
  if (flow.kind !== 'next') return flow
  const { digits, speech } = call.hasPressed ? {} : call.caller
  const pressed = input.includes('dtmf') ? digits : undefined
  const said = input.includes('speech') ? speech : undefined
  if (pressed === undefined && said === undefined && actionOnEmptyResult !== 'true') {
    call.seconds += Number(verb.attributes.timeout ?? 5)
    call.heard.push('[waits for an answer]')
    return NEXT
  }
  call.hasPressed = true
  const params =
    pressed !== undefined
      ? { Digits: pressed }
      : said !== undefined
        ? { SpeechResult: said, Confidence: '0.95' }
        : { Digits: '' }
  return fetchFlow(verb, resolve(action, base), params)
}

/** The caller talks to whoever is there until they hang up; what follows in the document is never reached. */
function connect(call: PhoneCall, verb: Element): Flow {
  const [noun] = elementsOf(verb)
  if (noun === undefined) return NEXT
  const parameters = elementsOf(noun)
    .filter(({ name }) => name === 'Parameter')
    .map(({ attributes }) => [attributes.name ?? '', attributes.value ?? ''])
  const to = noun.attributes.url ?? textOf(noun)
  note(call, verb, to)
  if (noun.name === 'Stream' && !/^wss:\/\/[^?#]+$/i.test(to)) {
    // Twilio takes wss only, and drops a query string: what should go along belongs into Parameter.
    call.problems.push({ code: 11100, message: `Invalid URL format of a Stream: ${to}` })
    return NEXT
  }
  return putThrough(call, noun, noun.name, to, Object.fromEntries(parameters))
}

function putThrough(
  call: PhoneCall,
  noun: Element,
  kind: string,
  to: string,
  parameters: Readonly<Record<string, string>>,
): Flow {
  call.connected = { kind, to, parameters }
  call.heard.push(noun.name === 'Dial' ? `[dials ${to}]` : `[connected to ${to}]`)
  call.seconds += call.caller.talkSeconds ?? TALK_SECONDS
  return OVER
}

function note(call: PhoneCall, { name, attributes }: Element, text: string): void {
  call.steps.push({ verb: name, attributes, text })
}

/** Does it `loop` times and says how often; `loop="0"` means for ever, which is cut short. */
function repeat(verb: Element, act: () => void): number {
  const loop = Number(verb.attributes.loop ?? 1)
  const times = loop === 0 ? LOOP_MAX : Math.min(LOOP_MAX, Math.max(1, Math.trunc(loop) || 1))
  for (let time = 0; time < times; time++) act()
  return times
}

function fetchFlow({ attributes }: Element, url: string, params: Readonly<Record<string, string>>): Flow {
  return { kind: 'fetch', url, method: attributes.method?.toUpperCase() === 'GET' ? 'GET' : 'POST', params }
}

/** Relative addresses are meant from where the document came. */
function resolve(url: string, base: string): string {
  return URL.canParse(url, base) ? new URL(url, base).href : url
}
