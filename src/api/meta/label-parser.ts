/**
 * The grammar of label selectors, with upstream's messages.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/labels/selector.go, Lexer and Parser.
 */
import { aggregate, invalidValue, type FieldError } from './field-error.ts'
import { compareBytes } from './go-quote.ts'
import type { LabelOperator, LabelRequirement } from './labels.ts'
import { validateLabelValue, validateQualifiedName } from './names.ts'

export class LabelSelectorError extends Error {
  override readonly name = 'LabelSelectorError'
}

type TokenType =
  | ')'
  | ','
  | '!'
  | '=='
  | '='
  | 'gt'
  | 'lt'
  | 'in'
  | 'notin'
  | '!='
  | '('
  | 'id'
  | 'end'
  | 'error'

interface Token {
  readonly type: TokenType
  readonly text: string
}

const symbols: Readonly<Record<string, TokenType>> = {
  ')': ')',
  ',': ',',
  '!': '!',
  '==': '==',
  '=': '=',
  '>': 'gt',
  '<': 'lt',
  '!=': '!=',
  '(': '(',
}

const pieces = /[ \t\r\n]*(?:([=!(),><]+)|([^=!(),>< \t\r\n]+)|$)/y

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  pieces.lastIndex = 0
  while (pieces.lastIndex < text.length) {
    const start = pieces.lastIndex
    const [whole, special, word] = pieces.exec(text) as RegExpExecArray
    if (special !== undefined) {
      const token = symbol(special)
      tokens.push(token)
      const taken = token.type === 'error' ? special.length : token.text.length
      pieces.lastIndex = start + whole.length - special.length + taken
    } else if (word !== undefined) {
      tokens.push({ type: word === 'in' || word === 'notin' ? word : 'id', text: word })
    }
  }
  tokens.push({ type: 'end', text: '' })
  return tokens
}

/** The longest symbol at the start of a run of special characters. */
function symbol(run: string): Token {
  for (const length of [2, 1]) {
    const text = run.slice(0, length)
    const type = symbols[text]
    if (type !== undefined && text.length === length) return { type, text }
  }
  return { type: 'error', text: `error expected: keyword found '${run}'` }
}

function failure(message: string): never {
  throw new LabelSelectorError(message)
}

/** Reads a selector that is not empty. */
export function parseRequirements(text: string): readonly LabelRequirement[] {
  return new Parser(tokenize(text)).parse()
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): readonly LabelRequirement[] {
    const requirements: LabelRequirement[] = []
    for (;;) {
      const first = this.#peek()
      if (first.type === 'end') return requirements
      if (first.type !== 'id' && first.type !== '!') {
        failure(`found '${first.text}', expected: !, identifier, or 'end of string'`)
      }
      requirements.push(this.#wrapped())
      const after = this.#next()
      if (after.type === 'end') return requirements
      if (after.type !== ',') {
        failure(`found '${after.text}', expected: ',' or 'end of string'`)
      }
      const following = this.#peek()
      if (following.type !== 'id' && following.type !== '!') {
        failure(`found '${following.text}', expected: identifier after ','`)
      }
    }
  }

  /** `in` and `notin` are words like any other unless an operator is expected. */
  #peek(): Token {
    const token = this.#raw()
    return token.type === 'in' || token.type === 'notin' ? { type: 'id', text: token.text } : token
  }

  #raw(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token
  }

  #next(): Token {
    const token = this.#peek()
    this.#at += 1
    return token
  }

  #wrapped(): LabelRequirement {
    try {
      return this.#requirement()
    } catch (error) {
      if (!(error instanceof LabelSelectorError)) throw error
      return failure(`unable to parse requirement: ${error.message}`)
    }
  }

  #requirement(): LabelRequirement {
    const negated = this.#peek().type === '!'
    if (negated) this.#at += 1
    const key = this.#next()
    if (key.type !== 'id') failure(`found '${key.text}', expected: identifier`)
    reject(keyErrors('<nil>', key.text))
    if (negated) return requirement(key.text, '!', [])
    const following = this.#peek().type
    if (following === 'end' || following === ',') return requirement(key.text, 'exists', [])
    const operator = this.#operator()
    const set = operator === 'in' || operator === 'notin'
    return requirement(key.text, operator, set ? this.#values() : [this.#value()])
  }

  #operator(): LabelOperator {
    const token = this.#raw()
    this.#at += 1
    switch (token.type) {
      case 'in':
      case 'notin':
      case '=':
      case '==':
      case '!=':
      case 'gt':
      case 'lt':
        return token.type
      default:
        return failure(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`)
    }
  }

  #value(): string {
    const token = this.#peek()
    if (token.type === 'end' || token.type === ',') return ''
    if (token.type !== 'id') failure(`found '${token.text}', expected: identifier`)
    return this.#next().text
  }

  #values(): readonly string[] {
    const open = this.#next()
    if (open.type !== '(') failure(`found '${open.text}' expected: '('`)
    const first = this.#peek()
    switch (first.type) {
      case ')':
        this.#at += 1
        return []
      case 'id':
      case ',': {
        const values = this.#list()
        const close = this.#next()
        if (close.type !== ')') failure(`found '${first.text}', expected: ')'`)
        return values
      }
      default:
        return failure(`found '${first.text}', expected: ',', ')' or identifier`)
    }
  }

  /** Empty places between commas are the empty string. */
  #list(): readonly string[] {
    const values = new Set<string>()
    for (;;) {
      const token = this.#next()
      const following = this.#peek()
      if (token.type === 'id') {
        values.add(token.text)
        if (following.type === ')') return [...values]
        if (following.type !== ',') failure(`found '${following.text}', expected: ',' or ')'`)
      } else if (token.type === ',') {
        if (values.size === 0) values.add('')
        if (following.type === ')') return [...values.add('')]
        if (following.type === ',') {
          this.#at += 1
          values.add('')
        }
      } else {
        failure(`found '${token.text}', expected: ',', or identifier`)
      }
    }
  }
}

function keyErrors(field: string, key: string): readonly FieldError[] {
  const problems = validateQualifiedName(key)
  return problems.length === 0 ? [] : [invalidValue(field, key, problems.join('; '))]
}

function reject(errors: readonly FieldError[]): void {
  if (errors.length > 0) failure(aggregate(errors))
}

function requirement(
  key: string,
  operator: LabelOperator,
  unsorted: readonly string[],
): LabelRequirement {
  const values = unsorted.toSorted(compareBytes)
  const errors: FieldError[] = []
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    const detail = "for 'in', 'notin' operators, values set can't be empty"
    errors.push(invalidValue('values', values, detail))
  }
  values.forEach((value, index) => {
    if ((operator === 'gt' || operator === 'lt') && !/^[-+]?\d{1,19}$/.test(value)) {
      const detail = "for 'Gt', 'Lt' operators, the value must be an integer"
      errors.push(invalidValue(`values[${index}]`, value, detail))
    }
  })
  values.forEach((value, index) => {
    const problems = validateLabelValue(value)
    if (problems.length === 0) return
    errors.push(invalidValue(`values[${index}][${key}]`, value, problems.join('; ')))
  })
  reject(errors)
  return { key, operator, values }
}
