/** The layering rule, loaded by oxlint (`jsPlugins`) so that an editor shows it, too. */
import { relative } from 'node:path'
import { layers } from './layers.ts'

/** Says why `layer` may not import `specifier`, or undefined when it may. */
export function violation(layer: string, specifier: string, isTest: boolean): string | undefined {
  const rule = layers[layer]
  if (rule === undefined) return `src/${layer} is not a layer: add it to tools/layers.ts`
  if (specifier.startsWith('../')) return 'leave a folder by #layer/path.ts, not by ../'
  if (specifier.startsWith('./')) return undefined
  if (specifier.startsWith('node:')) {
    return rule.runs === 'node' || isTest ? undefined : `${layer} must run without Node`
  }
  if (!specifier.startsWith('#')) {
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
    if (isTest || rule.npm?.includes(name)) return undefined
    return `${layer} may not use the package ${specifier}`
  }
  const target = specifier.slice(1).split('/')[0] ?? ''
  if (target === layer || rule.imports.includes(target)) return undefined
  if (isTest && target === 'testing') return undefined
  return `${layer} may import only ${['itself', ...rule.imports].join(', ')}, not ${target}`
}

interface ImportNode {
  source?: { value?: unknown } | null
}

interface Context {
  filename: string
  report(problem: { message: string; node: unknown }): void
}

function create(context: Context): Record<string, (node: ImportNode) => void> {
  const path = relative(process.cwd(), context.filename)
  const [top, layer] = path.split('/')
  if (top !== 'src' || layer === undefined) return {}
  const check = (node: ImportNode): void => {
    const specifier = node.source?.value
    if (typeof specifier !== 'string') return
    const message = violation(layer, specifier, path.endsWith('.test.ts'))
    if (message !== undefined) context.report({ message, node })
  }
  return {
    ImportDeclaration: check,
    ImportExpression: check,
    ExportNamedDeclaration: check,
    ExportAllDeclaration: check,
  }
}

export default { meta: { name: 'k8ts' }, rules: { layering: { create } } }
