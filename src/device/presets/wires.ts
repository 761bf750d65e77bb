import { type Source, source } from '../../source.ts';
import type { WiresField, WiresModel } from '../wires.ts';

const none = source('D', 'this package', 'no resistance by definition');
const ends = source('D', 'this package', 'the source names none; 0 leaves the ends out');
const sides = source('D', 'this package', 'one driven and one sensed end, the plainest array');
const network = source('D', 'this package', 'the network is solved; no approximation');
const aihwkit = 'IBM AIHWKit, src/rpucuda and its IRDropParameter';

const sourcesOf = (row: Source, column: Source, model = network): Readonly<Record<WiresField, Source>> => ({
  model,
  rowOhm: row,
  columnOhm: column,
  driverOhm: ends,
  senseOhm: ends,
  drive: sides,
  sense: sides,
});

const plain = { model: 'exact', driverOhm: 0, senseOhm: 0, drive: 'left', sense: 'bottom' } as const;

const mnsim = source('A', 'MNSIM 2.0, thu-nics', 'resistance of a wire segment between cells, its default');
const thevenin = source('A', aihwkit, 'default segment of its time-stepped tile');
const closed = source('A', aihwkit, 'default segment of its closed form, at cells of up to 5 uS');
const formula = source('A', aihwkit, 'applyIrDrop in rpu_forward_backward_pass.cpp');
const neurosim = (across: string) =>
  source('C', 'NeuroSim V1.4, Param.cpp', `65 nm wire of 105 nm width, about ${across}`);

/** Every named set of wires. */
export const wiresPresets: Readonly<Record<string, WiresModel>> = {
  ideal: { name: 'ideal', ...plain, rowOhm: 0, columnOhm: 0, sources: sourcesOf(none, none) },
  mnsim: { name: 'mnsim', ...plain, rowOhm: 2.82, columnOhm: 2.82, sources: sourcesOf(mnsim, mnsim) },
  'neurosim-65nm': {
    name: 'neurosim-65nm',
    ...plain,
    rowOhm: 1.5,
    columnOhm: 0.5,
    sources: sourcesOf(neurosim('1.5 ohm along the 12F of a 1T1R cell'), neurosim('0.5 ohm along its 4F')),
  },
  aihwkit: { name: 'aihwkit', ...plain, rowOhm: 0.15, columnOhm: 0.15, sources: sourcesOf(thevenin, thevenin) },
  'aihwkit-closed-form': {
    name: 'aihwkit-closed-form',
    ...plain,
    model: 'closed-form',
    rowOhm: 0,
    columnOhm: 0.35,
    sources: sourcesOf(none, closed, formula),
  },
};
