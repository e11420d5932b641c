import type { CompletionNode } from './completion-tree.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The completion script of a shell. It starts no process while you type: all words are in it. */
export function completionScript(shell: Shell, nodes: readonly CompletionNode[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](nodes)
}

/** Which words may come where. `key` is the place and, behind a colon, what stands before the word in question. */
interface Offers {
  /** `users list`, the places there are. */
  readonly places: readonly string[]
  /** `--config`, the flags that are followed by a value. */
  readonly valueFlags: readonly string[]
  /** `users list:--tier`: the values of a flag. */
  readonly values: readonly Offer[]
  /** `config set:0`: the first argument; `config set:persona`: what comes behind that word. */
  readonly words: readonly Offer[]
  /** `users list`: its flags. */
  readonly flags: readonly Offer[]
}

interface Offer {
  readonly key: string
  readonly words: string
}

function collectOffers(nodes: readonly CompletionNode[]): Offers {
  const all = nodes.flatMap(({ path, options }) => options.map((option) => ({ path, option })))
  return {
    places: nodes.map(({ path }) => path).filter((path) => path !== ''),
    valueFlags: [...new Set(all.filter(({ option }) => option.takesValue).map(({ option }) => option.flag))],
    values: all
      .filter(({ option }) => option.values.length > 0)
      .map(({ path, option }) => ({ key: `${path}:${option.flag}`, words: option.values.join(' ') })),
    words: nodes.flatMap(wordOffers),
    flags: nodes.map(({ path, options }) => ({
      key: path,
      words: options.map(({ flag }) => flag).join(' '),
    })),
  }
}

function wordOffers({ path, subcommands, arguments: positions, behind }: CompletionNode): Offer[] {
  const names = subcommands.map(({ name }) => name).join(' ')
  return [
    ...[...behind].map(([word, words]) => ({ key: `${path}:${word}`, words: words.join(' ') })),
    ...(names === '' ? [] : [{ key: `${path}:0`, words: names }]),
    ...positions
      .map((words, index) => ({ key: `${path}:${index}`, words: words.join(' ') }))
      .filter(({ words }) => words !== ''),
  ]
}

/**
 * bash and zsh share it. `place` is the longest run of words that is a command, `count` how many arguments follow it,
 * `skip` is set when the word in question is the value of the flag before it.
 */
function findWords(nodes: readonly CompletionNode[], first: number, end: string): string {
  const { places, valueFlags, values, words, flags } = collectOffers(nodes)
  const cases = (offers: readonly Offer[], indent: string) =>
    offers.map(({ key, words: found }) => `${indent}"${key}") found="${found}" ;;`).join('\n')
  return `  for ((index = ${first}; index < ${end}; index++)); do
    word="\${words[index]}"
    if [[ -n "$skip" ]]; then skip=""; continue; fi
    case "$word" in
      ${valueFlags.join(' | ')}) skip=1; continue ;;
      -*) continue ;;
    esac
    case "\${place:+$place }$word" in
      ${places.map((place) => `"${place}"`).join(' | ')}) place="\${place:+$place }$word"; count=0 ;;
      *) ((count += 1)) ;;
    esac
  done
  if [[ -n "$skip" ]]; then
    case "$place:$previous" in
${cases(values, '      ')}
    esac
  elif [[ "$current" == -* ]]; then
    case "$place" in
${cases(flags, '      ')}
    esac
  else
    case "$place:$previous" in
${cases(words.filter(isBehind), '      ')}
      *)
        case "$place:$count" in
${cases(
  words.filter((offer) => !isBehind(offer)),
  '          ',
)}
        esac ;;
    esac
  fi`
}

function isBehind({ key }: Offer): boolean {
  return !/:\d+$/.test(key)
}

function bashScript(nodes: readonly CompletionNode[]): string {
  return `# xswarm completion for bash. Load it with: source <(xswarm completion bash)
_xswarm() {
  local words=("\${COMP_WORDS[@]}")
  local current="\${words[COMP_CWORD]}" previous="\${words[COMP_CWORD - 1]}"
  local place="" word="" found="" skip="" count=0 index
${findWords(nodes, 1, 'COMP_CWORD')}
  COMPREPLY=($(compgen -W "$found" -- "$current"))
}
complete -o bashdefault -o default -F _xswarm xswarm
`
}

function zshScript(nodes: readonly CompletionNode[]): string {
  return `#compdef xswarm
# xswarm completion for zsh. Save it as _xswarm in a folder of $fpath, or: source <(xswarm completion zsh)
_xswarm() {
  local current="\${words[CURRENT]}" previous="\${words[CURRENT - 1]}"
  local place="" word="" found="" skip="" count=0 index
${findWords(nodes, 2, 'CURRENT')}
  if [[ -n "$found" ]]; then
    compadd -- \${=found}
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == _xswarm ]]; then _xswarm "$@"; else compdef _xswarm xswarm; fi
`
}

function fishScript(nodes: readonly CompletionNode[]): string {
  const { places, valueFlags } = collectOffers(nodes)
  return `# xswarm completion for fish. Save it as ~/.config/fish/completions/xswarm.fish
function __xswarm_place
  set -l place ''
  set -l count 0
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
    else if contains -- "$word" ${valueFlags.join(' ')}
      set skip 1
    else if not string match -q -- '-*' "$word"
      set -l longer (string trim -- "$place $word")
      if contains -- "$longer" ${places.map(quote).join(' ')}
        set place $longer
        set count 0
      else
        set count (math $count + 1)
      end
    end
  end
  echo "$place:$count"
end
${nodes.flatMap(fishLines).join('\n')}
`
}

function fishLines({ path, subcommands, options, arguments: positions, behind }: CompletionNode): string[] {
  const at = (count: number) => `-n 'test (__xswarm_place) = "${path}:${count}"'`
  const anywhere = `-n 'string match -q -- "${path}:*" (__xswarm_place)'`
  const after = (word: string) =>
    `-n 'test (__xswarm_place) = "${path}:1"; and contains -- ${word} (commandline -opc)'`
  return [
    ...subcommands.map(
      ({ name, summary }) => `complete -c xswarm -f ${at(0)} -a ${name} -d ${quote(summary)}`,
    ),
    ...positions.flatMap((words, index) =>
      words.length === 0 ? [] : [`complete -c xswarm -f ${at(index)} -a ${quote(words.join(' '))}`],
    ),
    ...[...behind].map(
      ([word, words]) => `complete -c xswarm -f ${after(word)} -a ${quote(words.join(' '))}`,
    ),
    ...options.map(
      ({ flag, summary, takesValue, values }) =>
        `complete -c xswarm ${anywhere} -l ${flag.slice(2)} -d ${quote(summary)}${fishValue(takesValue, values)}`,
    ),
  ]
}

function fishValue(takesValue: boolean, values: readonly string[]): string {
  if (!takesValue) return ''
  return values.length === 0 ? ' -r' : ` -x -a ${quote(values.join(' '))}`
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
