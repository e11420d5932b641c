import { describe, expect, it } from 'vitest'
import { parseXml, textOf } from './xml.ts'

describe('parseXml', () => {
  const good: readonly [string, string][] = [
    ['<a/>', ''],
    ['<?xml version="1.0" encoding="UTF-8"?>\n<a>x</a>\n', 'x'],
    ['\ufeff<a>x</a>', 'x'],
    ['<a><!-- <b> -->x<?php ?></a>', 'x'],
    ['<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x1F600;</a>', '<&>"\'A😀'],
    ['<a><![CDATA[<b>&amp;]]></a>', '<b>&amp;'],
    ['<a>one <b>two</b>\n three</a>', 'one two three'],
    [`<a b='"' c="'">x</a>`, 'x'],
  ]
  for (const [text, words] of good)
    it(`reads ${JSON.stringify(text)}`, () => expect(textOf(parseXml(text))).toBe(words))

  const bad: readonly [string, RegExp][] = [
    ['', /no root element/],
    ['hello', /no root element/],
    ['<a>', /where <\/a> is due/],
    ['<a><b></a></b>', /<\/a> where <\/b> is due/],
    ['<a/><b/>', /something after/],
    ['<a b=c/>', /does not end properly/],
    ['<a b="1" b="2"/>', /twice/],
    ['<a b="<"/>', /does not end properly/],
    ['<a>&nbsp;</a>', /no entity/],
    ['<a>fish & chips</a>', /no entity/],
    ['<a>&#0;</a>', /no entity/],
    ['<a>&#1;</a>', /no entity/],
    ['<a>]]></a>', /]]> in text/],
    ['<a><![CDATA[x</a>', /without/],
    ['<!DOCTYPE a><a/>', /DOCTYPE/],
    [' <?xml version="1.0"?><a/>', /very beginning/],
    ['<a>\u0007</a>', /does not allow/],
    ['<a>'.repeat(60), /nested too deeply/],
  ]
  for (const [text, fault] of bad)
    it(`refuses ${JSON.stringify(text.slice(0, 30))}`, () => expect(() => parseXml(text)).toThrow(fault))

  it('says in which line it stopped', () => {
    expect(() => parseXml('<a>\n<b>\n</c>\n</a>')).toThrow(/^Line 3: /)
  })
})
