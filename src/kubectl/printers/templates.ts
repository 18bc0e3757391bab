/**
 * `-o jsonpath` and `-o go-template`. Upstream: cli-runtime pkg/printers/{jsonpath,template}.go,
 * pkg/genericclioptions/{jsonpath,template}_flags.go.
 */
import { readFileSync } from 'node:fs'
import { goText } from '#api/json-path/go-text.ts'
import { findResults, printJsonPath } from '#api/json-path/evaluate.ts'
import { JsonPathError, parseJsonPath } from '#api/json-path/parse.ts'
import type { Action } from '#api/json-path/parse.ts'
import { goJson } from '#api/meta/go-quote.ts'
import { executeTemplate } from '#kubectl/go-template/execute.ts'
import { parseTemplate } from '#kubectl/go-template/parse.ts'
import type { Template } from '#kubectl/go-template/parse.ts'
import { TemplateError } from '#kubectl/go-template/tokens.ts'
import { CommandError, PrintFailure } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { goJsonIndented } from './json-yaml.ts'
import type { Printer, PrinterOptions } from './printer.ts'

export function jsonPathPrinter(options: PrinterOptions): Printer {
  const template = templateOf(options)
  const actions = parsed(template)
  return {
    print: (object) =>
      executed(template, object, () =>
        printJsonPath(actions, object, { allowMissingKeys: options.allowMissingKeys }),
      ),
  }
}

/** Every result in one JSON list. */
export function jsonPathAsJsonPrinter(options: PrinterOptions): Printer {
  const template = templateOf(options)
  const actions = parsed(template)
  return {
    print: (object) =>
      executed(template, object, () =>
        findResults(actions, object, { allowMissingKeys: options.allowMissingKeys })
          .map((results) => goJsonIndented(results))
          .join(''),
      ),
  }
}

function templateOf({ argument, isFile = false }: PrinterOptions): string {
  if (!isFile) return argument
  try {
    return readFileSync(argument, 'utf8')
  } catch {
    throw new CommandError(
      `error reading --template ${argument}, open ${argument}: no such file or directory\n`,
    )
  }
}

function parsed(template: string): readonly Action[] {
  try {
    return parseJsonPath(template)
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error
    throw new CommandError(`error parsing jsonpath ${template}, ${error.message}\n`)
  }
}

function executed(template: string, object: KubeObject, run: () => string): string {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error
    throw new CommandError(
      `error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${error.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n\n`,
    )
  }
}

/** As Go's `%#v` shows maps: told for debugging only. */
function goSyntax(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (typeof value !== 'object' || value === null) return goText(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  const inside = entries.map(([key, item]) => `${JSON.stringify(key)}:${goSyntax(item)}`)
  return `map[string]interface {}{${inside.join(', ')}}`
}

export function goTemplatePrinter(options: PrinterOptions): Printer {
  const text = templateOf(options)
  const template = templateParsed(text)
  return {
    print(object) {
      try {
        return executeTemplate(template, object, { failOnMissingKeys: !options.allowMissingKeys })
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error
        throw templateFailure(text, object, located(text, error))
      }
    },
  }
}

function templateParsed(text: string): Template {
  try {
    return parseTemplate(text)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    throw new CommandError(`error parsing template ${text}, ${located(text, error)}\n`)
  }
}

/** `template: output:1:2: …`: errors of execution name the column, too. */
function located(text: string, { at, message }: TemplateError): string {
  const before = text.slice(0, at).split('\n')
  const column = Buffer.byteLength(before.at(-1) ?? '')
  const place = message.startsWith('executing') ? `${before.length}:${column}` : before.length
  return `template: output:${place}: ${message}`
}

function templateFailure(text: string, object: KubeObject, message: string): PrintFailure {
  return new PrintFailure(
    `error executing template ${JSON.stringify(text)}: ${message}`,
    `Error executing template: ${message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${text}\n\traw data was:\n\t\t${goJson(object)}\n\tobject given to template engine was:\n\t\t${goText(object)}\n\n`,
  )
}
