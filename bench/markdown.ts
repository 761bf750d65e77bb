/**
 * `npx tsx bench/markdown.ts FILE`: the JSON of a bench as Markdown on standard output. Without a file, writes `docs/speed.md` from
 * the comparisons in `bench/results`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '../src/node/write-file.ts';
import { keptResults, speedPage, speedPagePath } from './speed-page.ts';
import { benchMarkdown } from './table.ts';

const file = process.argv[2];
if (file === undefined) await writeFileAtomic(fileURLToPath(speedPagePath), speedPage(keptResults()));
else process.stdout.write(benchMarkdown(JSON.parse(readFileSync(file, 'utf8'))));
