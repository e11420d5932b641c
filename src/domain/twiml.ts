/** What Twilio does on a call, one step after the other. */
export type Verb =
  | { readonly verb: 'say'; readonly text: string; readonly voice?: string | undefined }
  | { readonly verb: 'stream'; readonly url: string; readonly parameters: Readonly<Record<string, string>> }
  | { readonly verb: 'hangup' }
  | { readonly verb: 'reject' }

/**
 * The only writer of TwiML: whatever stands in a persona's name or greeting stays text. Without a verb it is the answer
 * that says nothing.
 */
export function twiml(...verbs: readonly Verb[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs.map(write).join('')}</Response>`
}

function write(verb: Verb): string {
  switch (verb.verb) {
    case 'say':
      return `<Say${attributes({ voice: verb.voice })}>${escapeXml(verb.text)}</Say>`
    case 'stream': {
      const parameters = Object.entries(verb.parameters).map(
        ([name, value]) => `<Parameter${attributes({ name, value })}/>`,
      )
      return `<Connect><Stream${attributes({ url: verb.url })}>${parameters.join('')}</Stream></Connect>`
    }
    case 'hangup':
      return '<Hangup/>'
    case 'reject':
      return '<Reject/>'
  }
}

function attributes(values: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(values)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escapeXml(value)}"`))
    .join('')
}

/** What XML 1.0 cannot hold, escaped or not: control characters, halves of surrogate pairs, and two that are none. */
const UNWRITABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Text as XML text and as a quoted attribute. Line breaks are written out, because an attribute would lose them. */
function escapeXml(text: string): string {
  return text
    .replace(UNWRITABLE, '')
    .replace(/[&<>"'\t\n\r]/g, (character) => ENTITIES[character] ?? `&#${character.charCodeAt(0)};`)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
