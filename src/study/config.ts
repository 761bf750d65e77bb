import type { z } from 'zod';
import { type ButterflyConfig, resolveButterfly } from '../accelerator/butterfly-config.ts';
import { type ChargeConfig, resolveCharge } from '../accelerator/charge-config.ts';
import { type CrossbarConfig, resolveCrossbar } from '../accelerator/crossbar-config.ts';
import type { HardseaConfig } from '../accelerator/hardsea-config.ts';
import { resolveHardsea } from '../accelerator/hardsea-config.ts';
import { resolveSprint, type SprintConfig } from '../accelerator/sprint-config.ts';
import type { ThresholdList } from '../accelerator/thresholds.ts';
import { type CellChoice, cellModel, cellNames } from '../device/cell.ts';
import { wtaModel } from '../device/time-domain.ts';
import { CimError, fail } from '../errors.ts';
import type { Generator } from '../generator.ts';
import { jsonKind, parseJsonObject } from '../model/json.ts';
import { quote } from '../quote.ts';
import { type ConfigFile, configSchema } from './config-schema.ts';

/** What the command line sets; each takes the place of the file's value. */
export interface ConfigFlags {
  readonly seed?: number;
  readonly generator?: Generator;
  readonly chips?: number;
  readonly windows?: number;
  /** A cell preset's name. */
  readonly device?: string;
  readonly causal?: boolean;
}

/** Settings that may be the path of a file. */
export type ConfigFileKey = 'hardsea.codebooks' | 'sprint.thresholds' | 'charge.thresholds' | 'butterfly.spans';

/** A configuration with file, flags and defaults put together. The sections are checked, and left as they were given. */
export interface StudyConfig {
  readonly seed: number;
  readonly generator: Generator;
  readonly chips: number;
  readonly windows: number;
  readonly causal: boolean;
  readonly device: string | CellChoice;
  readonly hardsea: HardseaConfig;
  readonly sprint: SprintConfig;
  readonly charge: ChargeConfig;
  readonly butterfly: ButterflyConfig;
  readonly crossbar: CrossbarConfig;
  /** Paths of trained codebooks, thresholds and spans, as given. */
  readonly files: Readonly<Partial<Record<ConfigFileKey, string>>>;
  /** Settings that the file or a flag gave, by path such as `hardsea.keepRatio`; the rest are defaults. */
  readonly given: ReadonlySet<string>;
}

/**
 * Checks the text of a `--config` file (`name` for messages), or an object, and puts the flags over it. Throws the input
 * error `CONFIG` that names the path, the value and what is allowed, and the errors of cells and winner-take-alls with
 * their path.
 */
export function resolveConfig(
  file: string | object | undefined,
  flags: ConfigFlags = {},
  name = 'config',
): StudyConfig {
  const raw = typeof file === 'string' ? parseJsonObject(file, 'CONFIG', quote(name)) : (file ?? {});
  const parsed = parse(raw, name);
  checkContradictions(parsed, name);
  const { codebooks, ...hardsea } = parsed.hardsea ?? {};
  if (flags.device !== undefined && !cellNames.includes(flags.device)) {
    throw fail('CONFIG', `--device is ${quote(flags.device)}`, `use one of ${cellNames.join(', ')}`);
  }
  const device = flags.device ?? hardsea.device ?? parsed.device ?? 'ideal';
  const sprint = splitThresholds(parsed.sprint ?? {});
  const charge = splitThresholds(parsed.charge ?? {});
  const { spans, ...butterfly } = parsed.butterfly ?? {};
  const { crossbar = {} } = parsed;
  // A preset of the array brings its cells.
  const crossbarCells = crossbar.preset === undefined ? (parsed.device ?? 'ideal') : undefined;
  const crossbarDevice = flags.device ?? crossbar.device ?? crossbarCells;
  const resolved: StudyConfig = {
    seed: flags.seed ?? parsed.seed ?? 1,
    generator: flags.generator ?? parsed.generator ?? 'pcg4d',
    chips: flags.chips ?? parsed.chips ?? 1,
    windows: flags.windows ?? parsed.windows ?? 4,
    causal: flags.causal ?? parsed.causal ?? false,
    device: flags.device ?? parsed.device ?? 'ideal',
    hardsea: { ...hardsea, device },
    sprint: { ...sprint.settings, device: flags.device ?? parsed.sprint?.device ?? parsed.device ?? 'ideal' },
    charge: charge.settings,
    butterfly: spans === undefined || typeof spans === 'string' ? butterfly : { ...butterfly, spans },
    crossbar: { ...crossbar, ...(crossbarDevice === undefined ? {} : { device: crossbarDevice }) },
    files: {
      ...(codebooks === undefined ? {} : { 'hardsea.codebooks': codebooks }),
      ...(sprint.path === undefined ? {} : { 'sprint.thresholds': sprint.path }),
      ...(charge.path === undefined ? {} : { 'charge.thresholds': charge.path }),
      ...(typeof spans === 'string' ? { 'butterfly.spans': spans } : {}),
    },
    given: new Set([...pathsOf(raw), ...(flags.device === undefined ? [] : ['device'])]),
  };
  at(name, 'hardsea', () => resolveHardsea(resolved.hardsea));
  at(name, 'sprint', () => resolveSprint(resolved.sprint));
  at(name, 'charge', () => resolveCharge(resolved.charge));
  at(name, 'butterfly', () => resolveButterfly(resolved.butterfly));
  at(name, 'crossbar', () => resolveCrossbar(resolved.crossbar));
  return resolved;
}

/** Thresholds that are a path are read elsewhere. */
function splitThresholds<Section extends { readonly thresholds?: string | ThresholdList | undefined }>(
  section: Section,
): { settings: Omit<Section, 'thresholds'> & { thresholds?: ThresholdList }; path: string | undefined } {
  const { thresholds, ...rest } = section;
  if (typeof thresholds === 'string') return { settings: rest, path: thresholds };
  return { settings: thresholds ? { ...rest, thresholds } : rest, path: undefined };
}

function parse(raw: object, name: string): ConfigFile {
  const result = configSchema.safeParse(raw, { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw explain(issue!, raw, name);
}

/** One complaint as an error: the path and value that are wrong, and what is allowed there. */
function explain(issue: z.core.$ZodIssue, raw: unknown, name: string, prefix: readonly PropertyKey[] = []): CimError {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union') {
    // A branch that complains about something inside the value is the one that was meant.
    for (const branch of issue.errors) {
      const inside = branch.find((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys');
      if (inside) return explain(inside, raw, name, path);
    }
  }
  if (issue.code === 'unrecognized_keys') {
    const key = dotted([...path, issue.keys[0]!]);
    return fail('CONFIG', `${quote(name)}: ${key} is not known`, issue.message);
  }
  const value = path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown>)?.[key], raw);
  return fail('CONFIG', `${quote(name)}: ${dotted(path) || 'the whole'} is ${jsonKind(value)}`, issue.message);
}

function checkContradictions(config: ConfigFile, name: string): void {
  const { hardsea } = config;
  if (hardsea?.keep !== undefined && hardsea.keepRatio !== undefined) {
    throw both(name, 'hardsea.keep', 'hardsea.keepRatio');
  }
  for (const machine of ['sprint', 'charge'] as const) {
    const section = config[machine];
    if (section?.thresholds !== undefined && section.keepRatio !== undefined)
      throw both(name, `${machine}.thresholds`, `${machine}.keepRatio`);
  }
  for (const [path, cell] of [
    ['device', config.device],
    ['hardsea.device', hardsea?.device],
    ['sprint.device', config.sprint?.device],
    ['crossbar.device', config.crossbar?.device],
  ] as const) {
    if (cell === undefined) continue;
    if (typeof cell === 'object') {
      if (cell.onOffRatio !== undefined && cell.conductanceMinUs !== undefined) {
        throw both(name, `${path}.onOffRatio`, `${path}.conductanceMinUs`);
      }
      if (cell.relativeSigma !== undefined && cell.programming?.sigmaUs !== undefined) {
        throw both(name, `${path}.relativeSigma`, `${path}.programming.sigmaUs`);
      }
    }
    at(name, path, () => cellModel(cell));
  }
  for (const part of ['encoder', 'selector'] as const) {
    const wta = hardsea?.[part]?.wta;
    if (wta !== undefined) at(name, `hardsea.${part}.wta`, () => wtaModel(wta));
  }
}

function both(name: string, one: string, other: string): CimError {
  return fail('CONFIG', `${quote(name)}: both ${one} and ${other} are given`, 'give one of the two');
}

/** Runs a check of another room and puts the path before what it complains about. */
function at(name: string, path: string, check: () => unknown): void {
  try {
    check();
  } catch (cause) {
    if (!(cause instanceof CimError)) throw cause;
    const what = cause.what.startsWith(path) ? cause.what : `${path}: ${cause.what}`;
    throw fail('CONFIG', `${quote(name)}: ${what}`, cause.fix, cause);
  }
}

function dotted(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      const text = String(key);
      const shown = /^[\w$]{1,60}$/.test(text) ? text : quote(text, 60);
      return i === 0 ? shown : `.${shown}`;
    })
    .join('');
}

function* pathsOf(value: unknown, prefix = ''): Iterable<string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [key, part] of Object.entries(value)) {
    yield prefix + key;
    yield* pathsOf(part, `${prefix}${key}.`);
  }
}
