import type { CompletionNode, CompletionOption } from './completion-tree.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The completion script of a shell. It starts no process while you type: all words are in it. */
export function completionScript(shell: Shell, nodes: readonly CompletionNode[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](nodes)
}

/** Options whose value is one of a few words, as `path:flag`; the shared ones count everywhere. */
function valuesByFlag(
  nodes: readonly CompletionNode[],
): readonly { key: string; option: CompletionOption }[] {
  return nodes.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map((option) => ({ key: `${path}:${option.flag}`, option })),
  )
}

function wordsOf(node: CompletionNode): string {
  return [...node.subcommands.map(({ name }) => name), ...node.words].join(' ')
}

function flagsOf(node: CompletionNode): string {
  return node.options.map(({ flag }) => flag).join(' ')
}

/** bash and zsh find the place alike: the longest run of words that is a known path, flags left out. */
function findPath(nodes: readonly CompletionNode[]): string {
  const known = nodes.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`)
  return [
    `    case "\${place:+$place }$word" in`,
    `      ${known.join(' | ')}) place="\${place:+$place }$word" ;;`,
    '    esac',
  ].join('\n')
}

function valueCases(nodes: readonly CompletionNode[]): string {
  return valuesByFlag(nodes)
    .map(({ key, option }) => `    "${key}") found="${option.values.join(' ')}"; value=1 ;;`)
    .join('\n')
}

function wordCases(nodes: readonly CompletionNode[]): string {
  return nodes
    .map((node) => `    "${node.path}") found="${wordsOf(node)}"; flags="${flagsOf(node)}" ;;`)
    .join('\n')
}

function bashScript(nodes: readonly CompletionNode[]): string {
  return `# xswarm completion for bash. Load it with: source <(xswarm completion bash)
_xswarm() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local place="" word="" found="" flags="" value="" index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
${findPath(nodes)}
  done
  case "$place:$previous" in
${valueCases(nodes)}
  esac
  if [[ -z "$value" ]]; then
    case "$place" in
${wordCases(nodes)}
    esac
    if [[ "$current" == -* ]]; then found="$flags"; fi
  fi
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
  local place="" word="" found="" flags="" value="" index
  for ((index = 2; index < CURRENT; index++)); do
    word="\${words[index]}"
${findPath(nodes)}
  done
  case "$place:$previous" in
${valueCases(nodes)}
  esac
  if [[ -z "$value" ]]; then
    case "$place" in
${wordCases(nodes)}
    esac
    if [[ "$current" == -* ]]; then found="$flags"; fi
  fi
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
  const lines = nodes.flatMap((node) => {
    const at = `-n 'test (__xswarm_place) = "${node.path}"'`
    return [
      ...node.subcommands.map(
        ({ name, summary }) => `complete -c xswarm -f ${at} -a ${name} -d ${quote(summary)}`,
      ),
      ...(node.words.length === 0 ? [] : [`complete -c xswarm -f ${at} -a ${quote(node.words.join(' '))}`]),
      ...node.options.map(
        ({ flag, summary, takesValue, values }) =>
          `complete -c xswarm ${at} -l ${flag.slice(2)} -d ${quote(summary)}${fishValue(takesValue, values)}`,
      ),
    ]
  })
  const known = nodes.filter(({ path }) => path !== '').map(({ path }) => quote(path))
  return `# xswarm completion for fish. Save it as ~/.config/fish/completions/xswarm.fish
function __xswarm_place
  set -l place ''
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim -- "$place $word")
    if contains -- "$longer" ${known.join(' ')}
      set place $longer
    end
  end
  echo "$place"
end
${lines.join('\n')}
`
}

function fishValue(takesValue: boolean, values: readonly string[]): string {
  if (!takesValue) return ''
  return values.length === 0 ? ' -r' : ` -x -a ${quote(values.join(' '))}`
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
