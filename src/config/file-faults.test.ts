import { expect, test } from 'vitest'
import { type Files, faultsOf, loadFrom, refusalOf } from '../../test/config-folder.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

const FILES: readonly (readonly [name: string, content: Uint8Array | string, line: string])[] = [
  [
    '10 MB',
    new Uint8Array(10 * 1024 * 1024).fill(35),
    'config.toml: is larger than 1 MiB and cannot be a configuration file',
  ],
  [
    'one byte over 1 MiB',
    '#'.repeat(1024 * 1024 + 1),
    'config.toml: is larger than 1 MiB and cannot be a configuration file',
  ],
  ['a NUL byte', 'a = 1\nb = "x\0"', 'config.toml:2:7 contains a NUL byte, so it is not a text file'],
  [
    'a program',
    new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0]),
    'config.toml:1:8 contains a NUL byte, so it is not a text file',
  ],
  [
    'bad UTF-8',
    new Uint8Array([...utf8('a = 1\né = "'), 0xff, 0x22]),
    'config.toml:2:6 is not UTF-8 text from here on - save it as UTF-8',
  ],
  [
    'UTF-8 cut in the middle of a letter',
    utf8('a = "é').slice(0, -1),
    'config.toml:1:6 is not UTF-8 text from here on - save it as UTF-8',
  ],
  [
    'Latin-1',
    new Uint8Array([0xe9, 0x20, 0x3d, 0x20, 0x31]),
    'config.toml:1:1 is not UTF-8 text from here on - save it as UTF-8',
  ],
  [
    'UTF-16',
    new Uint8Array([0xff, 0xfe, 0x61, 0, 0x3d, 0, 0x31, 0]),
    'config.toml: is saved as UTF-16 - save it as UTF-8',
  ],
  ['truncated', '[stripe]\npublishable_key = "pk_test', 'config.toml:2:19 this string is never closed'],
  ['a lone byte order mark before a fault', '\ufeffa = 1', 'config.toml:1:1 unknown key a'],
]

test.each(FILES)('%s is one clear fault', (_name, content, line) => {
  expect(refusalOf({ 'config.toml': content }).message).toBe(line)
})

test('a byte order mark, as Windows editors write it, and their line ends do no harm', () => {
  const { config } = loadFrom({ 'config.toml': '\ufeffenvironment = "test"\r\n[server]\r\nport = 1\r\n' })
  expect([config.environment, config.server.port]).toEqual(['test', 1])
  const message = refusalOf({ 'config.toml': '\ufeff[server]\r\nprot = 1\r\n' }).message
  expect(message).toBe('config.toml:2:1 unknown key server.prot - did you mean port?')
})

test('a folder in the place of the file is one clear fault', () => {
  const files: Files = { 'config.toml/x': '', '.env/x': '' }
  expect(refusalOf(files).message).toBe('config.toml: is a folder, not a file\n.env: is a folder, not a file')
})

test('a key of any length is shown in one bounded line', () => {
  const [fault] = faultsOf({ 'config.toml': `${'k'.repeat(5000)} = 1` })
  expect(fault?.message.length).toBeLessThan(100)
})
