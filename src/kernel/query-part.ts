import { fail } from '../errors.ts';

/** Queries of which a kernel does some at a time, because what it writes per query and key is large. */
export interface QueryPart {
  readonly queries: number;
  /** Part of the queries to work on; default all. */
  readonly queryFirst?: number;
  readonly queryCount?: number;
  /** Whether `selection` and `counts` have rows for these queries alone; default for all. */
  readonly partRows?: boolean;
}

/** The part with its defaults. Throws `ATTEND_SIZE` when it does not lie within the queries. */
export function queryPart({ queries, queryFirst = 0, queryCount = queries - queryFirst }: QueryPart) {
  if (queryFirst < 0 || queryCount < 0 || queryFirst + queryCount > queries) {
    throw fail(
      'ATTEND_SIZE',
      `${queryCount} queries from ${queryFirst} on, there are ${queries}`,
      'give a part of the queries',
    );
  }
  return { queryFirst, queryCount };
}
