import type { Logger, LogValues } from './logger.ts'
import type { Clock } from './clock.ts'

export interface KlogOptions {
  clock: Clock
  /** The `-v` of upstream's programs. */
  verbosity: number
  /** Receives whole lines, newline included. */
  write(line: string): void
  name?: string
}

/** A logger that writes klog's structured text: `I1122 10:00:00.000000 name] "message" key="value"`. */
export function klog(options: KlogOptions): Logger {
  const line = (severity: 'I' | 'W' | 'E', message: string, values?: LogValues): void => {
    options.write(
      `${severity}${stamp(options.clock.nowMs())} ${options.name ?? 'k8ts'}] ${JSON.stringify(message)}${render(values)}\n`,
    )
  }
  const logger: Logger = {
    info: (message, values) => line('I', message, values),
    warning: (message, values) => line('W', message, values),
    error: (message, error, values) => line('E', message, { err: describe(error), ...values }),
    v: (level) => (level <= options.verbosity ? logger : undefined),
    named: (name) => klog({ ...options, name }),
  }
  return logger
}

function stamp(ms: number): string {
  const iso = new Date(ms).toISOString()
  return `${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000`
}

function render(values: LogValues = {}): string {
  return Object.entries(values)
    .map(
      ([key, value]) =>
        ` ${key}=${typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value))}`,
    )
    .join('')
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
