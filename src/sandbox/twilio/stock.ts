/** The toll-free codes of North America, in the order in which a search without AreaCode offers them. */
export const TOLL_FREE_CODES = ['800', '888', '877', '866', '855', '844', '833'] as const

const PER_CODE = 10_000

/**
 * Every toll-free number with the exchange 555, which nobody is called at: 70,000 of them. They are computed, not
 * kept: a permutation spreads the last four digits, so that neighbours in the list are no neighbours in number.
 */
export function* stockOf(areaCode: string | undefined): Generator<string> {
  const codes = TOLL_FREE_CODES.filter((code) => areaCode === undefined || code === areaCode)
  // 7919 shares no factor with 10,000, so the multiplication visits every number once.
  for (let index = 0; index < PER_CODE; index++) {
    const line = String((index * 7919 + 142) % PER_CODE).padStart(4, '0')
    for (const code of codes) yield `+1${code}555${line}`
  }
}

/** Whether the number was ever Twilio's to sell. */
export function isStock(phoneNumber: string): boolean {
  return new RegExp(`^\\+1(?:${TOLL_FREE_CODES.join('|')})555\\d{4}$`).test(phoneNumber)
}

/** `(800) 555-0142`: how Twilio names a number that nobody named. */
export function displayName(phoneNumber: string): string {
  return phoneNumber.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '($1) $2-$3')
}

const KEYPAD = ['', '', 'abc', 'def', 'ghi', 'jkl', 'mno', 'pqrs', 'tuv', 'wxyz']

/**
 * A test for `Contains` of a search, or `PhoneNumber` of a list: digits, letters as on a keypad, and `*` for any one
 * digit. It may match anywhere in the number.
 */
export function matcherOf(pattern: string): (phoneNumber: string) => boolean {
  const source = [...pattern.toLowerCase()]
    .map((character) => {
      if (character === '*') return '\\d'
      if (/\d/.test(character)) return character
      const digit = KEYPAD.findIndex((letters) => letters.includes(character))
      return digit > 0 ? String(digit) : ''
    })
    .join('')
  const expression = new RegExp(source)
  return (phoneNumber) => expression.test(phoneNumber)
}
