/** What a mail says, before it is laid out: both of its forms are made of the same blocks, so they always agree. */
export interface Letter {
  readonly subject: string
  /** What mail programs show behind the subject in the list. */
  readonly preview: string
  readonly heading: string
  readonly blocks: readonly Block[]
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  /** To be typed or copied; nothing else stands beside it. */
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'link'; readonly label: string; readonly url: string }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [name: string, value: string])[] }

export interface RenderedMail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

const FOOTER = 'xSwarm sent this mail by itself. Nobody reads answers to it.'
const LINE_LENGTH = 72

/** Lays a letter out as text and as HTML that any mail program shows: tables and inline styles, nothing from outside. */
export function layOut(letter: Letter): RenderedMail {
  return { subject: plain(letter.subject), text: textOf(letter), html: htmlOf(letter) }
}

/** One line without anything that could end it, hide in it or turn it round. */
function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .replace(/ {2,}/g, ' ')
    .trim()
}

function textOf({ heading, blocks }: Letter): string {
  const parts = [plain(heading), ...blocks.map(textOfBlock), '-- ', FOOTER]
  return `${parts.join('\n\n').replace('-- \n\n', '-- \n')}\n`
}

function textOfBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return wrap(plain(block.text))
    case 'code':
      return `    ${plain(block.code)}`
    case 'link':
      return `${plain(block.label)}:\n${plain(block.url)}`
    case 'facts': {
      const width = Math.max(...block.rows.map(([name]) => name.length)) + 1
      return block.rows
        .map(([name, value]) => `${`${plain(name)}:`.padEnd(width)} ${plain(value)}`)
        .join('\n')
    }
  }
}

/** Breaks between words only: an address or a link stays in one piece. */
function wrap(text: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > LINE_LENGTH) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const MONO = "font-family:ui-monospace,'SF Mono',Menlo,Consolas,monospace"

function htmlOf({ subject, preview, heading, blocks }: Letter): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(subject)}</title>
</head>
<body style="margin:0;padding:0;background:#f7f5f1">
<div style="display:none;max-height:0;overflow:hidden">${escapeHtml(preview)}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f7f5f1">
<tr><td align="center" style="padding:32px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:520px;background:#fffefc;border:1px solid #dcd7cd;border-radius:12px">
<tr><td style="padding:32px 32px 8px;${FONT};font-size:14px;font-weight:700;letter-spacing:.02em;color:#b23c17">xSwarm</td></tr>
<tr><td style="padding:0 32px 8px"><h1 style="margin:0;${FONT};font-size:22px;line-height:30px;font-weight:650;color:#1d1c1a">${escapeHtml(heading)}</h1></td></tr>
${blocks.map(htmlOfBlock).join('\n')}
<tr><td style="padding:16px 32px 28px;${FONT};font-size:13px;line-height:20px;color:#5f5b54">${escapeHtml(FOOTER)}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`
}

function htmlOfBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `<tr><td style="padding:8px 32px;${FONT};font-size:16px;line-height:25px;color:#3a3834">${escapeHtml(block.text)}</td></tr>`
    case 'code':
      return `<tr><td align="center" style="padding:16px 32px"><div style="padding:18px 8px;background:#f7f5f1;border-radius:8px;${MONO};font-size:34px;line-height:42px;font-weight:700;letter-spacing:.22em;color:#1d1c1a">${escapeHtml(block.code)}</div></td></tr>`
    case 'link':
      return `<tr><td style="padding:14px 32px"><a href="${escapeHtml(block.url)}" style="display:inline-block;padding:12px 22px;background:#b23c17;border-radius:8px;${FONT};font-size:16px;line-height:22px;font-weight:600;color:#ffffff;text-decoration:none">${escapeHtml(block.label)}</a></td></tr>
<tr><td style="padding:0 32px 8px;${FONT};font-size:13px;line-height:20px;color:#5f5b54;word-break:break-all">${escapeHtml(block.url)}</td></tr>`
    case 'facts':
      return block.rows.map(htmlOfFact).join('\n')
  }
}

/** The value below its name: side by side a long address would break on a phone. */
function htmlOfFact([name, value]: readonly [string, string]): string {
  return `<tr><td style="padding:6px 32px;${FONT};font-size:13px;line-height:20px;color:#5f5b54">${escapeHtml(name)}<br><span style="font-size:17px;line-height:25px;font-weight:600;color:#1d1c1a;word-break:break-word">${escapeHtml(value)}</span></td></tr>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
