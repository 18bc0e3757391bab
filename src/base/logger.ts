/**
 * Structured, quiet by default. Levels as klog's: `info(message)` always, `v(level)` only when `-v`
 * is at least that level. Values are key → value; the writer renders them as klog does.
 */
export interface Logger {
  info(message: string, values?: LogValues): void
  warning(message: string, values?: LogValues): void
  error(message: string, error: unknown, values?: LogValues): void
  /** A logger for detail, or undefined when `-v` is lower: `log.v(4)?.info(…)` costs nothing then. */
  v(level: number): Logger | undefined
  /** The same logger with a component's name in front. */
  named(name: string): Logger
}

export type LogValues = Readonly<Record<string, unknown>>

/** Drops everything: for tests that do not look at logs. */
export const silentLogger: Logger = {
  info() {},
  warning() {},
  error() {},
  v: () => undefined,
  named: () => silentLogger,
}
