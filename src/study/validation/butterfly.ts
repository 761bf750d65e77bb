import { type LinearActivity, spanActivity } from '../../accelerator/butterfly-activity.ts';
import { resolveButterfly } from '../../accelerator/butterfly-config.ts';
import { butterflyLedger } from '../../accelerator/butterfly-ledger.ts';
import type { TechnologyChange } from '../../ledger/elasticity.ts';
import type { Figure } from '../../ledger/figure.ts';
import { butterflyPublished } from '../../ledger/published/butterfly.ts';
import { type OwnFigure, ownFigures, type ValidationRow, validationRow } from '../../ledger/validation.ts';
import { decodeBandwidth, decodeEnergy } from './decode-energy.ts';

/** The rows of the 28 nm chip of digital macros. */
export function butterflyRows(): readonly ValidationRow[] {
  const board =
    'a system of four chips with memory and board against an A100: model, memory, batch and clocks are not public, and a chip alone says nothing about it';
  const only = (id: string, claim: string, name: string, reason: string) =>
    validationRow({ id, claim, published: [published(name)], reason });
  return [
    validationRow({
      id: 'B1',
      claim: 'the chip reaches 53.8 TOPS/W at 8 bits',
      published: [published('efficiency')],
      ours: ownFigures(layer(false), ['efficiency at ']),
      reason:
        'sparsity, supply and toggle rate of the measurement are not public: the triple in the name was chosen because the model comes near there',
    }),
    only(
      'B1-conflict',
      'a survey lists 2.52 TOPS/W for the same chip',
      'efficiency-in-a-survey',
      'an open conflict with 53.8: whole chip, dense, at the highest supply, or a misprint; nothing is fitted to it and the two are not averaged',
    ),
    validationRow({
      id: 'B2',
      claim: 'both engines together save up to 6.8 times the energy at 75 % zero weights',
      published: [published('energy-gain-of-both-engines')],
      ours: [...gains('causal', layer(true)), ...gains('in both directions', layer(false))],
      reason: `${layerWords}: models, lengths, spans and baseline of the paper are not public, nor what each engine brings, so that ours alone say nothing about a split of the 6.8; clock, leakage and outside memory are not in ours`,
    }),
    only('B3', 'four chips are up to 4.2 times as fast as an A100', 'speedup-over-a100', board),
    only('B4', 'four chips are up to 27.6 times as efficient as an A100', 'energy-efficiency-over-a100', board),
    validationRow({
      id: 'B5',
      claim: 'four chips take 0.21 J a token',
      published: [published('decode-energy')],
      ours: decodeEnergy(),
      comparable: false,
      reason:
        'a roofline of the system, not of the dies: 7 billion weights read from memory for every token, a quarter of them with the settings of their butterflies; model, memory and batch are not public, and memory is nearly all of it',
    }),
    validationRow({
      id: 'B6',
      claim: 'four chips decode 186.9 tokens a second',
      published: [published('decode-throughput')],
      ours: decodeBandwidth(published('decode-throughput').value as number),
      comparable: false,
      reason:
        'follows from the bandwidth of a memory that is not named, and the model is not public: ours says what the memory would have to bring for the model of B5, not how fast the chips are',
    }),
  ];
}

const [width, heads, dim, tokens, span] = [768, 12, 64, 1024, 128];
const layerWords = `a layer of ${width} with ${heads} heads, ${tokens} tokens, spans of ${span}, 4 of 16 weights kept`;

/** A layer with balanced weights: every round of every butterfly is full. */
function layer(causal: boolean): (change?: TechnologyChange) => ReturnType<typeof butterflyLedger> {
  const config = resolveButterfly({ spans: span });
  const linear = (inputs: number, outputs: number, projects = false): LinearActivity => ({
    rows: tokens,
    inputs,
    outputs,
    keptWeights: (inputs * outputs * config.lanes) / config.block,
    rounds: (inputs / config.block) * (outputs / config.macroColumns),
    projects,
  });
  const linears = [
    linear(width, 3 * width, true),
    linear(width, width),
    linear(width, 4 * width),
    linear(4 * width, width),
  ];
  const head = spanActivity({ queries: tokens, keys: tokens, span, causal, tileQueries: config.tileQueries });
  const subject = { config, dim, chips: 1, windows: 1, longestKeys: tokens, causal };
  return (change) => butterflyLedger(subject, [Array.from({ length: heads }, () => head)], linears, change);
}

/** What each engine saves alone, all of them with the spans as they are, and over full attention. */
function gains(label: string, ledger: ReturnType<typeof layer>): readonly OwnFigure[] {
  const engines = ['zero skipper', 'span reuse', 'QK sharing', 'all three', 'all three and the spans'];
  return ownFigures(
    ledger,
    engines.map((name) => `energy gain, ${name}`),
  ).map((own) => ({
    ...own,
    figure: { ...own.figure, name: `${own.figure.name}, ${label}` },
  }));
}

function published(name: string): Figure {
  return butterflyPublished.find((figure) => figure.name === `butterfly.${name}`)!;
}
