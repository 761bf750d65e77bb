/** `npx tsx bench/markdown.ts FILE`: the JSON of a bench as Markdown on standard output. */
import { readFileSync } from 'node:fs';
import { benchMarkdown } from './table.ts';

process.stdout.write(benchMarkdown(JSON.parse(readFileSync(process.argv[2]!, 'utf8'))));
