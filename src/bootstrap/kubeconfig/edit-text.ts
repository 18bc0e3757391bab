/**
 * Changes elements of a kubeconfig's lists in its text, so that everything else, comments and order
 * included, stays as somebody wrote it. It understands block style, which kubectl and minikube write;
 * whoever calls compares the outcome with the wanted value and falls back to a fresh text.
 */
import { formatYaml, parseYaml } from '#api/yaml.ts'
import type { NamedItem, Section } from './kubeconfig.ts'

interface Item {
  /** Line numbers, the end exclusive. */
  readonly start: number
  readonly end: number
  readonly name: string | undefined
}

interface Block {
  /** The line of `clusters:`. */
  readonly head: number
  /** The line after the last one that belongs to it. */
  readonly end: number
  readonly indent: string
  readonly items: readonly Item[]
}

/** The text with the item in its list: in place of the one of the same name, or as the last. */
export function putItem(text: string, section: Section, item: NamedItem): string {
  const lines = text.split('\n')
  const block = findBlock(lines, section)
  if (block === undefined) return `${ensureNewline(text)}${section}:\n${formatItem(item, '')}\n`
  const added = formatItem(item, block.indent).split('\n')
  const known = block.items.find(({ name }) => name === item.name)
  if (known !== undefined) return join(lines, known.start, known.end, added)
  if (block.items.length === 0) {
    return join(lines, block.head, block.head + 1, [`${section}:`, ...added])
  }
  const last = block.items.at(-1)?.end ?? block.end
  return join(lines, last, last, added)
}

/** The text without the item of this name; the same text when there is none. */
export function dropItem(text: string, section: Section, name: string): string {
  const lines = text.split('\n')
  const block = findBlock(lines, section)
  const known = block?.items.find((item) => item.name === name)
  if (block === undefined || known === undefined) return text
  if (block.items.length > 1) return join(lines, known.start, known.end, [])
  const without = lines.toSpliced(known.start, known.end - known.start)
  return without.with(block.head, `${section}: []`).join('\n')
}

/** The text with another value of a top-level key. */
export function putScalar(text: string, key: string, value: string): string {
  const line = formatYaml({ [key]: value }).trimEnd()
  const lines = text.split('\n')
  const at = lines.findIndex((one) => one.startsWith(`${key}:`))
  return at < 0 ? `${ensureNewline(text)}${line}\n` : lines.with(at, line).join('\n')
}

function findBlock(lines: readonly string[], section: Section): Block | undefined {
  const head = lines.findIndex((line) => line.startsWith(`${section}:`))
  if (head < 0) return undefined
  const next = lines.findIndex((line, at) => at > head && /^[^\s#-]/.test(line))
  const end = next < 0 ? lines.length : next
  const starts: number[] = []
  let indent = ''
  for (let at = head + 1; at < end; at += 1) {
    const dash = /^(\s*)-(\s|$)/.exec(lines[at] ?? '')
    if (dash === null) continue
    if (starts.length === 0) indent = dash[1] ?? ''
    if (dash[1] === indent) starts.push(at)
  }
  const items = starts.map((start, at) => readItem(lines, start, starts[at + 1] ?? end))
  return { head, end, indent, items }
}

/** Comments and empty lines after an element belong to whatever follows. */
function readItem(lines: readonly string[], start: number, limit: number): Item {
  let end = limit
  while (end > start + 1 && /^\s*(#.*)?$/.test(lines[end - 1] ?? '')) end -= 1
  return { start, end, name: nameOf(lines.slice(start, end)) }
}

function nameOf(lines: readonly string[]): string | undefined {
  try {
    const [item] = parseYaml(lines.join('\n')) as NamedItem[]
    return item?.name
  } catch {
    return undefined
  }
}

function formatItem(item: NamedItem, indent: string): string {
  const lines = formatYaml([item]).trimEnd().split('\n')
  return lines.map((line) => `${indent}${line}`).join('\n')
}

function join(
  lines: readonly string[],
  start: number,
  end: number,
  added: readonly string[],
): string {
  return lines.toSpliced(start, end - start, ...added).join('\n')
}

function ensureNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
