import { type Element, elementsOf, parseXml, XmlFault } from './xml.ts'

/** Something Twilio's debugger would show. */
export interface Problem {
  readonly code: number
  readonly message: string
}

export type Document = { readonly verbs: readonly Element[]; readonly problems: readonly Problem[] } | Problem

/** Reads the answer of a webhook into verbs. A Problem when Twilio could make nothing of it. */
export function readTwiml(body: string, contentType: string, verbs: VerbTable): Document {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase()
  if (!['text/xml', 'application/xml'].includes(type))
    return { code: 12300, message: `Invalid Content-Type: ${type === '' ? 'none' : type}` }
  try {
    const root = parseXml(body)
    if (root.name !== 'Response')
      return { code: 12100, message: `Document parse failure: <${root.name}> where <Response> is due` }
    return { verbs: elementsOf(root), problems: schemaProblems(root, verbs) }
  } catch (error) {
    if (error instanceof XmlFault) return { code: 12100, message: `Document parse failure: ${error.message}` }
    throw error
  }
}

/** The attributes that Twilio knows, by verb. */
export type VerbTable = Readonly<Record<string, readonly string[]>>

export const VOICE_VERBS: VerbTable = {
  Response: [],
  Say: ['voice', 'language', 'loop'],
  Pause: ['length'],
  Play: ['loop', 'digits'],
  Gather: [
    ...[
      'input',
      'action',
      'method',
      'timeout',
      'speechTimeout',
      'maxSpeechTime',
      'profanityFilter',
      'finishOnKey',
    ],
    ...['numDigits', 'partialResultCallback', 'partialResultCallbackMethod', 'language', 'hints', 'bargeIn'],
    ...['debug', 'actionOnEmptyResult', 'dtmfDetection', 'speechModel', 'enhanced'],
  ],
  Redirect: ['method'],
  Hangup: [],
  Reject: ['reason'],
  Connect: ['action', 'method'],
  Start: ['action', 'method'],
  Stream: ['url', 'name', 'track', 'statusCallback', 'statusCallbackMethod'],
  Parameter: ['name', 'value'],
  Dial: [
    ...['action', 'method', 'timeout', 'hangupOnStar', 'timeLimit', 'callerId', 'record', 'trim', 'ringTone'],
    ...[
      'recordingStatusCallback',
      'recordingStatusCallbackMethod',
      'recordingStatusCallbackEvent',
      'sequential',
    ],
    ...['answerOnBridge', 'recordingTrack', 'referUrl', 'referMethod'],
  ],
  Number: [
    ...[
      'sendDigits',
      'url',
      'method',
      'statusCallback',
      'statusCallbackMethod',
      'statusCallbackEvent',
      'byoc',
    ],
  ],
}

export const MESSAGING_VERBS: VerbTable = {
  Response: [],
  Message: ['to', 'from', 'action', 'method', 'statusCallback'],
  Body: [],
  Media: [],
  Redirect: ['method'],
}

/** Elements within these are speech markup, which has verbs of its own. */
const SPEECH = ['Say', 'Body', 'Media']

/** 12200, a warning at Twilio: what does not fit its schema is ignored, so nobody would hear of it otherwise. */
function schemaProblems(element: Element, table: VerbTable): Problem[] {
  const known = table[element.name]
  if (known === undefined) return [schemaProblem(`<${element.name}> is not known here`)]
  const attributes = Object.keys(element.attributes)
    .filter((name) => !known.includes(name))
    .map((name) => schemaProblem(`<${element.name}> has no attribute ${name}`))
  if (SPEECH.includes(element.name)) return attributes
  const hasText = element.children.some((child) => typeof child === 'string' && child.trim() !== '')
  const text =
    hasText && (element.name === 'Response' || element.name === 'Connect')
      ? [schemaProblem(`<${element.name}> holds text outside of a verb`)]
      : []
  return [...attributes, ...text, ...elementsOf(element).flatMap((child) => schemaProblems(child, table))]
}

function schemaProblem(message: string): Problem {
  return { code: 12200, message: `Schema validation warning: ${message}` }
}
