/** Upstream: pkg/apis/core/v1/defaults.go, pkg/apis/core/validation/validation.go, ValidateLimitRange. */
import type { LimitRange, LimitRangeItem } from '#api/core/v1.gen.ts'
import {
  duplicate,
  forbiddenField,
  invalidValue,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { validateQualifiedName } from '#api/meta/names.ts'
import { cpuMillis, parseQuantity, scaledValue } from '#api/meta/quantity.ts'
import { limitranges as type } from '#api/resources.gen.ts'
import { refuse, type Errors } from './checks/checks.ts'
import {
  checkContainerResourceName,
  checkResourceName,
  compareResources,
  isOvercommitAllowed,
} from './checks/resources.ts'
import { createdAtColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const limitRanges = defineResource<LimitRange>({
  ...served(type),
  shortNames: ['limits'],
  allowCreateOnUpdate: true,
  validateName: subdomainName,
  default(limitRange) {
    for (const item of limitRange.spec?.limits ?? []) {
      if (item.type === 'Container') defaultItem(item)
    }
  },
  validate,
  validateUpdate: validate,
  columns: [nameColumn(), createdAtColumn()],
})

/** The default limit is the maximum, the default request the default limit or else the minimum. */
function defaultItem(item: LimitRangeItem): void {
  const limits = (item.default ??= {})
  const requests = (item.defaultRequest ??= {})
  for (const name in item.max) limits[name] ??= item.max[name] as string
  for (const name in limits) requests[name] ??= limits[name] as string
  for (const name in item.min) requests[name] ??= item.min[name] as string
}

const types = ['Pod', 'Container', 'PersistentVolumeClaim']

function validate(limitRange: LimitRange): readonly FieldError[] {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  limitRange.spec?.limits?.forEach((item, at) => {
    const path = `spec.limits[${at}]`
    checkType(item.type ?? '', `${path}.type`, errors)
    if (seen.has(item.type)) errors.push(duplicate(`${path}.type`, item.type))
    seen.add(item.type)
    checkItem(item, path, errors)
  })
  return errors
}

function checkType(name: string, path: string, errors: Errors): void {
  const messages = validateQualifiedName(name)
  refuse(errors, path, name, messages)
  if (messages.length > 0 || name.includes('/') || types.includes(name)) return
  errors.push(invalidValue(path, name, 'must be a standard limit type or fully qualified'))
}

const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const

function checkItem(item: LimitRangeItem, path: string, errors: Errors): void {
  const ofContainer = item.type === 'Pod' || item.type === 'Container'
  const names = new Set<string>()
  for (const list of lists) {
    const quantities = item[list] ?? {}
    const isDefault = list === 'default' || list === 'defaultRequest'
    if (isDefault && item.type === 'Pod') {
      if (Object.keys(quantities).length === 0) continue
      errors.push(forbiddenField(`${path}.${list}`, "may not be specified when `type` is 'Pod'"))
      continue
    }
    if (list === 'maxLimitRequestRatio') checkClaimLimits(item, path, errors)
    for (const name in quantities) {
      const here = `${path}.${list}[${name}]`
      if (ofContainer) checkContainerResourceName(name, here, errors)
      else checkResourceName(name, here, errors)
      names.add(name)
    }
  }
  for (const name of names) {
    checkOrder(item, name, path, errors)
    checkRatio(item, name, path, errors)
  }
}

function checkClaimLimits(item: LimitRangeItem, path: string, errors: Errors): void {
  if (item.type !== 'PersistentVolumeClaim') return
  if (item.min?.['storage'] !== undefined || item.max?.['storage'] !== undefined) return
  errors.push(
    required(
      `${path}.limits`,
      'either minimum or maximum storage value is required, but neither was provided',
    ),
  )
}

type List = 'min' | 'max' | 'default' | 'defaultRequest'

/** What must not be greater than what, where the error belongs, which value it shows, and both names. */
const orders: readonly {
  readonly low: List
  readonly high: List
  readonly at: List
  readonly shown: List
  readonly words: readonly [string, string]
}[] = [
  { low: 'min', high: 'max', at: 'min', shown: 'min', words: ['min', 'max'] },
  {
    low: 'min',
    high: 'defaultRequest',
    at: 'defaultRequest',
    shown: 'defaultRequest',
    words: ['min', 'default request'],
  },
  {
    low: 'defaultRequest',
    high: 'max',
    at: 'defaultRequest',
    shown: 'defaultRequest',
    words: ['default request', 'max'],
  },
  {
    low: 'defaultRequest',
    high: 'default',
    at: 'defaultRequest',
    shown: 'defaultRequest',
    words: ['default request', 'default limit'],
  },
  { low: 'min', high: 'default', at: 'default', shown: 'min', words: ['min', 'default'] },
  { low: 'default', high: 'max', at: 'default', shown: 'max', words: ['default', 'max'] },
]

function checkOrder(item: LimitRangeItem, name: string, path: string, errors: Errors): void {
  for (const { low, high, at, shown, words } of orders) {
    const lower = item[low]?.[name]
    const higher = item[high]?.[name]
    if (lower === undefined || higher === undefined) continue
    if (compareResources(lower, higher) <= 0) continue
    const detail = `${words[0]} value ${lower} is greater than ${words[1]} value ${higher}`
    errors.push(invalidValue(`${path}.${at}[${name}]`, item[shown]?.[name], detail))
  }
}

function checkRatio(item: LimitRangeItem, name: string, path: string, errors: Errors): void {
  const ratio = item.maxLimitRequestRatio?.[name]
  const here = `${path}.maxLimitRequestRatio[${name}]`
  if (ratio !== undefined && scaledValue(parseQuantity(ratio), -3) < 1000n) {
    errors.push(invalidValue(here, ratio, `ratio ${ratio} is less than 1`))
  }
  const min = item.min?.[name]
  const max = item.max?.[name]
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const bound = cpuMillis(max) / cpuMillis(min)
    if (cpuMillis(ratio) / 1000 > bound) {
      const detail = `ratio ${ratio} is greater than max/min = ${bound.toFixed(6)}`
      errors.push(invalidValue(here, ratio, detail))
    }
  }
  const limit = item.default?.[name]
  const request = item.defaultRequest?.[name]
  if (isOvercommitAllowed(name) || limit === undefined || request === undefined) return
  if (compareResources(limit, request) === 0) return
  const detail = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`
  errors.push(invalidValue(`${path}.defaultRequest[${name}]`, request, detail))
}
