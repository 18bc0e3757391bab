/** The layout of the file. A row is a write; its id is the revision. */

/** Kept in `user_version`; a file of another format is refused. */
export const format = 1

/**
 * `prior` is the revision that a write replaced (0: none): compaction follows it from the new to the old.
 * `expires_ms` is wall-clock time; it is cleared when it has been dealt with.
 * In `mark`, `compacted` is the revision up to which history is refused, `swept` how far it was removed.
 */
export const schema = `
  BEGIN;
  CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    create_revision INTEGER NOT NULL,
    prior INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    expires_ms INTEGER,
    value BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX log_by_key ON log (key, revision, deleted);
  CREATE INDEX log_by_expiry ON log (expires_ms) WHERE expires_ms IS NOT NULL;
  CREATE TABLE mark (name TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO mark VALUES ('compacted', 0), ('swept', 0);
  PRAGMA user_version = ${format};
  COMMIT;
`

export const statements = {
  newest: 'SELECT max(revision) AS revision FROM log',
  mark: 'SELECT revision FROM mark WHERE name = ?',
  setMark: 'UPDATE mark SET revision = ? WHERE name = ?',

  latest: `SELECT revision, create_revision, deleted FROM log
    WHERE key = ? ORDER BY revision DESC LIMIT 1`,
  entry: `SELECT revision, create_revision, deleted, value FROM log
    WHERE key = ? AND revision <= ? ORDER BY revision DESC LIMIT 1`,
  append: `INSERT INTO log (revision, key, create_revision, prior, deleted, expires_ms, value)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,

  /** Keys in [?1, ?2) as of revision ?3. SQLite takes the bare columns from the row of the maximum. */
  range: `SELECT key, revision, create_revision, value FROM log JOIN (
      SELECT max(revision) AS newest FROM log
      WHERE key >= ?1 AND key < ?2 AND revision <= ?3 GROUP BY key
    ) ON revision = newest WHERE deleted = 0 LIMIT ?4`,
  count: `SELECT count(*) AS count FROM (
      SELECT max(revision), deleted FROM log
      WHERE key >= ?1 AND key < ?2 AND revision <= ?3 GROUP BY key
    ) WHERE deleted = 0`,

  /** Writes after revision ?2 of key ?1, of keys before ?3: the index alone answers it. */
  scan: `SELECT key, revision, deleted FROM log
    WHERE (key, revision) > (?1, ?2) AND key < ?3 ORDER BY key, revision LIMIT ?4`,
  value: 'SELECT value FROM log WHERE revision = ?',

  changes: `SELECT revision, key, create_revision, deleted, value FROM log
    WHERE revision > ? AND revision <= ? ORDER BY revision LIMIT ?`,

  nextExpiry: 'SELECT min(expires_ms) AS expires_ms FROM log WHERE expires_ms IS NOT NULL',
  expired: 'SELECT key, revision FROM log WHERE expires_ms <= ? ORDER BY expires_ms LIMIT ?',
  clearExpiry: 'UPDATE log SET expires_ms = NULL WHERE revision = ?',

  /** What the writes in (?1, ?2] replaced, and the removals among them, is history. */
  sweepReplaced: `DELETE FROM log WHERE revision IN (
      SELECT prior FROM log WHERE revision > ?1 AND revision <= ?2 AND prior > 0)`,
  sweepRemovals: 'DELETE FROM log WHERE revision > ?1 AND revision <= ?2 AND deleted = 1',
} as const
