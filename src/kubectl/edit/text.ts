/** The text that is edited: a header in comments, and what is left without them. Upstream: cmd/util/editor/editoptions.go. */
import { goJson } from '#api/meta/go-quote.ts'
import { parseYaml, YamlError } from '#api/yaml.ts'

/** Why the file is opened again. */
export interface Reason {
  readonly head: string
  readonly details: readonly string[]
}

const headers = {
  object: `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`,
  lastApplied: `# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
`,
} as const

export type Header = keyof typeof headers

export function headerText(header: Header, reasons: readonly Reason[]): string {
  const texts = reasons.map(({ head, details }) => {
    const list = details.map((detail) => `# * ${commented(detail)}\n`).join('')
    return `# ${commented(head)}${details.length > 0 ? ':' : ''}\n${list}#\n`
  })
  return headers[header] + texts.join('')
}

/** Lines after the first become comments too. */
function commented(text: string): string {
  return text.replaceAll(/\n(?=[^#])/g, '\n# ')
}

/** Without lines that are comments. */
export function withoutCommentLines(text: string): string {
  const lines = text.split('\n')
  const kept = lines.filter((line) => !/^\s*#(?!!)/.test(line))
  const endsInComment = kept.at(-1) !== lines.at(-1)
  return kept.join('\n') + (endsInComment && kept.length > 0 ? '\n' : '')
}

/** What the text says, so that two texts can be compared; of broken YAML: its lines that are no comments. */
export function meaningOf(text: string): string {
  try {
    return goJson(parseYaml(text) ?? null)
  } catch (error) {
    if (error instanceof YamlError) return withoutCommentLines(text)
    throw error
  }
}

export function hasContent(text: string): boolean {
  return text.split('\n').some((line) => /^\s*[^#\s]/.test(line))
}

export function withWindowsLineEnds(text: string): string {
  return text.replaceAll(/\r?\n/g, '\r\n')
}
